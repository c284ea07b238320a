// The style of a report: one column, light and dark by the reader's choice, and paper.

export const REPORT_STYLE = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --panel: #f5f6f8; --text: #24292f; --soft: #57606a; --line: #d0d7de;
  --bar: #2f6fb5; --idle: #a9b4c0; --late: #b9d3ee; --limit: #b35900; --over: #c9302c;
  --full-1: #d6e6f5; --full-2: #a3c8e8; --full-3: #6aa3d5; --full-4: #2f6fb5;
  --new: #1a7f37; --gone: #c9302c; --changed: #8a6100; --look: #b35900;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #15191e; --panel: #1e242b; --text: #e3e8ee; --soft: #9aa5b1; --line: #3a434d;
    --bar: #5b9bdd; --idle: #55606c; --late: #2c4763; --limit: #e8a052; --over: #ef6b66;
    --full-1: #22384e; --full-2: #2f567c; --full-3: #437bb0; --full-4: #6fb0ef;
    --new: #56c271; --gone: #ef6b66; --changed: #dcb44c; --look: #e8a052;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 920px; padding: 20px; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 22px; margin: 0 0 4px; }
h2 { font-size: 19px; margin: 44px 0 4px; padding-top: 16px; border-top: 2px solid var(--line); overflow-wrap: anywhere; }
h3 { font-size: 15px; margin: 26px 0 6px; }
p { margin: 4px 0; overflow-wrap: anywhere; }
.soft { color: var(--soft); }
.warning { color: var(--look); }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(135px, 1fr)); gap: 8px; margin: 14px 0; }
dl div { background: var(--panel); border-radius: 6px; padding: 8px 12px; }
dt { color: var(--soft); font-size: 13px; }
dd { margin: 0; font-size: 19px; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
figure { margin: 0; }
figure svg { display: block; }
.narrow { display: none; }
.key { display: inline-block; margin-right: 14px; }
.key::before { content: ''; display: inline-block; width: 11px; height: 11px; margin-right: 5px; border-radius: 2px; background: var(--of); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 3px 12px 3px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 500; }
.number { text-align: right; }
td { white-space: nowrap; }
.wide-text { white-space: normal; overflow-wrap: anywhere; min-width: 160px; }
.new { color: var(--new); } .gone { color: var(--gone); } .changed { color: var(--changed); } .look { color: var(--look); }
summary { cursor: pointer; margin: 20px 0 6px; font-weight: 600; }
a { color: var(--bar); }
@media (max-width: 700px) {
  body { padding: 10px; }
  .wide { display: none; }
  .narrow { display: block; }
  .changes tr { display: block; padding: 4px 0; border-bottom: 1px solid var(--line); }
  .changes td { display: block; padding: 0; border: 0; }
  .changes td:nth-child(-n + 2) { display: inline; padding-right: 8px; font-weight: 500; }
}
@media print {
  :root { color-scheme: light; }
  body { max-width: none; padding: 0; }
  figure, dl, tr { break-inside: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
  h2, h3 { break-after: avoid; }
}
`;
