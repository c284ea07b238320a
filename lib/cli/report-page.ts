// A report as one page of HTML: nothing to load and nothing that runs, so it may be mailed, kept as an artifact and printed.

import type { Comparison } from '../compare';
import type { Window } from '../config/schema';
import { printTimeOfDay } from '../config/time';
import type { FleetPlan } from '../plan/plan';
import type { FleetChanges } from '../review/changes';
import { type FleetNumbers, type GroupNumbers, groupsInNumbers, livingOf } from '../review/groups-in-numbers';
import { counted, number } from '../text';
import type { Line, Sign } from './line';
import { headline, linesOf, shareText, strayWords } from './plan-words';
import { fullnessChart, nightChart, STEPS, showsEachGroup, showsEachStart, type Width } from './report-charts';
import { REPORT_STYLE } from './report-style';

/** How every report begins, so that another file is known from it. */
export const REPORT_START = '<!doctype html>\n<meta name="generator" content="cronfleet report">';
/** Long tables are folded away. */
const MOST_ROWS_OPEN = 50;
const SIGNS: Record<Sign, [string, string]> = {
  '+': ['new', 'new'],
  '-': ['gone', 'gone'],
  '~': ['changed', 'changed'],
  '!': ['look', 'look'],
};

/** The page. The same comparison gives the same bytes; names and values of others are text in it, never markup. */
export function reportPage(comparison: Comparison): string {
  const { fleets, strays, plans, warnings, against, folder, lockFile } = comparison;
  const strayed = strayWords(strays);
  const base = against ?? `${folder} and ${lockFile}`;
  const title = plans.length === 1 ? `cronfleet: ${plans[0]?.name}` : `cronfleet: ${plans.length} fleets`;
  const body = [
    `<h1>${escaped(title)}</h1>`,
    `<p class="soft">Changes are told against ${escaped(base)}.</p>`,
    ...warnings.map((warning) => `<p class="warning">Warning: ${escaped(warning)}</p>`),
    plans.length > 1 ? contents(plans) : '',
    ...plans.map((plan) => section(plan, fleets.find(({ name }) => name === plan.name) as FleetChanges)),
    ...fleets.filter(({ what }) => what === 'removed').map((fleet) => heading(fleet) + changes(linesOf(fleet))),
    strayed ? `<h2>Of no fleet</h2>\n<p class="soft">${strayed.headline}</p>\n${changes(strayed.lines)}` : '',
  ];
  return `${REPORT_START}
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
${body.filter((part) => part !== '').join('\n')}
</body>
</html>
`;
}

function contents(plans: readonly FleetPlan[]): string {
  const items = plans.map((plan) => {
    const name = escaped(plan.name);
    return `<li><a href="#${name}">${name}</a>: ${counted(livingOf(groupsInNumbers(plan).groups).length, 'group')}</li>`;
  });
  return `<nav><ul>${items.join('')}</ul></nav>`;
}

function heading(fleet: FleetChanges): string {
  return `<h2 id="${escaped(fleet.name)}">${escaped(fleet.name)}</h2>\n<p class="soft">${escaped(headline(fleet))}</p>\n`;
}

function section(plan: FleetPlan, fleet: FleetChanges): string {
  const numbers = groupsInNumbers(plan);
  const parts = [
    figures(plan, numbers),
    changes(linesOf(fleet)),
    fullness(numbers),
    night(fleet),
    table(numbers, plan.window),
  ];
  return heading(fleet) + parts.filter((part) => part !== '').join('\n');
}

/** The numbers one looks for first. */
function figures({ window }: FleetPlan, { groups, capacity, rows }: FleetNumbers): string {
  const living = livingOf(groups);
  const fullest = [...living].sort((a, b) => b.rows - a.rows)[0];
  const ends = groups.flatMap(({ endsBy }) => endsBy ?? []);
  const cells: [string, string][] = [
    ['groups', number(living.length)],
    ['rows', number(rows)],
    ...(capacity === undefined ? [] : ([['capacity', number(capacity)]] as [string, string][])),
    ...(fullest?.full === undefined ? [] : ([['fullest group', `${percent(fullest.full)}`]] as [string, string][])),
    ...(window === undefined
      ? []
      : ([
          [
            'window',
            `${printTimeOfDay(window.opensAt)} to ${printTimeOfDay(window.opensAt + window.minutes)} ${window.timeZone}`,
          ],
          ...(ends.length === 0 ? [] : [['all ended by', printTimeOfDay(window.opensAt + Math.max(...ends))]]),
        ] as [string, string][])),
  ];
  return `<dl>${cells.map(([name, value]) => `<div><dt>${name}</dt><dd>${escaped(value)}</dd></div>`).join('')}</dl>`;
}

function changes(lines: readonly Line[]): string {
  if (lines.length === 0) return `<h3>What changes</h3>\n<p>Nothing.</p>`;
  const row = ({ sign, subject, text }: Line) => {
    const [word, style] = SIGNS[sign];
    return `<tr><td class="${style}">${word}</td><td class="wide-text">${escaped(subject)}</td><td class="wide-text">${escaped(text)}</td></tr>`;
  };
  return `<h3>What changes</h3>\n<div class="scroll"><table class="changes">${lines.map(row).join('\n')}</table></div>`;
}

function fullness(numbers: FleetNumbers): string {
  const { capacity, groups } = numbers;
  // Each group of a query is one row.
  if (groups.some(({ share }) => !('from' in share || 'value' in share))) return '';
  const title = capacity === undefined ? 'Rows of each group' : 'How full each group is';
  const words =
    capacity === undefined
      ? 'Rows as the lock counted them, against the largest group.'
      : `Rows as the lock counted them, against a capacity of ${number(capacity)}.`;
  const keys = showsEachGroup(numbers)
    ? ''
    : `<p class="soft">${STEPS.map(({ label, color }) => key(color, label)).join('')}</p>\n`;
  return `<h3>${title}</h3>\n<p class="soft">${words}</p>\n${keys}${figure(title, (width) => fullnessChart(numbers, width))}`;
}

function night({ night, window }: FleetChanges): string {
  if (window === undefined || night.length === 0) return '';
  const title = 'The night';
  const starts = night.reduce((sum, { count }) => sum + count, 0);
  const words = showsEachStart(night)
    ? `<p class="soft">${key('var(--late)', 'a start may be late')}${key('var(--bar)', 'a run may last, retries included')}</p>`
    : `<p class="soft">${counted(starts, 'group')} start at ${counted(night.length, 'time')}; deadlines are in the table.</p>`;
  return `<h3>${title}</h3>\n<p class="soft">From opening to closing, ${escaped(window.timeZone)}.</p>\n${words}\n${figure(title, (width) => nightChart(night, window, width))}`;
}

function key(color: string, text: string): string {
  return `<span class="key" style="--of: ${color}">${text}</span>`;
}

function figure(label: string, draw: (width: Width) => string): string {
  return `<figure role="img" aria-label="${label}"><div class="wide">${draw('wide')}</div><div class="narrow">${draw('narrow')}</div></figure>`;
}

function table({ groups, capacity }: FleetNumbers, window: Window | undefined): string {
  const time = (minutes: number | undefined) =>
    window === undefined || minutes === undefined ? '' : printTimeOfDay(window.opensAt + minutes);
  const columns: [string, string, (group: GroupNumbers) => string][] = [
    ['group', '', ({ name }) => name],
    ['has', 'wide-text', ({ share }) => shareText(share)],
    ['rows', 'number', ({ rows }) => number(rows)],
    ...(capacity === undefined ? [] : ([['full', 'number', ({ full }) => percent(full ?? 0)]] as typeof columns)),
    ...(window === undefined
      ? []
      : ([
          ['starts', 'number', ({ starts }) => time(starts)],
          ['ends by', 'number', ({ endsBy }) => time(endsBy)],
        ] as typeof columns)),
    ['state', '', ({ state }) => state],
  ];
  const head = columns.map(([name, style]) => `<th class="${style}">${name}</th>`).join('');
  const rows = groups.map(
    (group) => `<tr>${columns.map(([, style, of]) => `<td class="${style}">${escaped(of(group))}</td>`).join('')}</tr>`,
  );
  const open = groups.length <= MOST_ROWS_OPEN ? ' open' : '';
  const retiring = groups.length - livingOf(groups).length;
  const words = `${counted(groups.length, 'group')} in numbers${retiring === 0 ? '' : `, ${number(retiring)} retiring`}`;
  return `<details${open}><summary>${words}</summary>
<div class="scroll"><table class="groups"><thead><tr>${head}</tr></thead><tbody>
${rows.join('\n')}
</tbody></table></div></details>`;
}

function percent(share: number): string {
  return `${(share * 100).toLocaleString('en', { maximumFractionDigits: 1 })} %`;
}

function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character] as string);
}
