// What a synth would change, as a comment on a pull request. Lists are capped, so that the number of groups does not matter, and what
// is still too long is left out whole, with a word that says so.

import type { Comparison } from '../compare';
import { printTimeOfDay } from '../config/time';
import type { Bar, FleetChanges } from '../review/changes';
import { visible } from '../text';
import type { Line, Sign } from './line';
import { headline, linesOf, strayWords } from './plan-words';

/** GitHub takes 65,536 characters in a comment. In bytes, so that it fits a variable of the environment (128 KiB) too. */
const MOST_BYTES = 65_000;
/** For the word that says what is left out. */
const RESERVED_BYTES = 200;
const MOST_WARNINGS = 20;
const MOST_OF_A_WARNING = 700;
const MOST_OF_A_REVISION = 200;
/** Rows of a timeline; more would be a pattern, not a picture. */
const MOST_BARS = 30;
const SIGNS: Record<Sign, string> = { '+': '🟢 new', '-': '🔴 gone', '~': '🟡 changed', '!': '⚠️ look' };

/** The comment: whatever is of others stands as code, where GitHub sees no markup, mention, link or formula. */
export function planMarkdown(comparison: Comparison): string {
  const { fleets, strays, warnings, hasChanges, against, isOutgrown, isFrozen } = comparison;
  const strayed = strayWords(strays);
  const shown = fleets.filter(({ what, overCapacity }) => what !== 'unchanged' || overCapacity.length > 0);
  const more = warnings.length - MOST_WARNINGS;
  const head = [
    `### cronfleet plan${against === undefined ? '' : ` against ${code(shortened(against, MOST_OF_A_REVISION))}`}`,
    hasChanges ? '' : 'No changes.',
    isOutgrown && !isFrozen ? '> The data has outgrown the lock: run synth and commit.' : '',
    ...warnings
      .slice(0, MOST_WARNINGS)
      .map((warning) => `> **warning** ${code(shortened(warning, MOST_OF_A_WARNING))}`),
    more > 0 ? `> and ${more} more` : '',
    // With the head, since it is short and easily overlooked: five names at most.
    strayed ? section(strayed.headline, strayed.lines) : '',
  ].filter((part) => part !== '');
  const { taken, leftOut } = fitting(head, shown.map(fleetSection), fleets.flatMap(timeline));
  return `${[...taken, ...leftOut].join('\n\n')}\n`;
}

/** As many whole parts as there is room for: fleets first, then nights. */
function fitting(head: readonly string[], fleets: readonly string[], nights: readonly string[]) {
  const taken = [...head];
  let room = MOST_BYTES - RESERVED_BYTES - Buffer.byteLength(head.join('\n\n'));
  const lacking = [fleets, nights].map((parts) => {
    const fit = parts.filter((part) => {
      const size = Buffer.byteLength(part) + 2;
      if (size > room) return false;
      room -= size;
      return true;
    });
    taken.push(...fit);
    return parts.length - fit.length;
  });
  const [ofFleets = 0, ofNights = 0] = lacking;
  const words = [
    ...(ofFleets > 0 ? [`${ofFleets} of ${fleets.length} fleets`] : []),
    ...(ofNights > 0 ? [`${ofNights} of ${nights.length} nights`] : []),
  ].join(' and ');
  return { taken, leftOut: words === '' ? [] : [`… left out: ${words}. Run \`cronfleet plan\` to see all of it`] };
}

function fleetSection(fleet: FleetChanges): string {
  return section(headline(fleet), linesOf(fleet));
}

function section(headline: string, lines: readonly Line[]): string {
  const title = `**${code(headline)}**`;
  if (lines.length === 0) return title;
  const rows = lines.map(({ sign, subject, text }) => `| ${SIGNS[sign]} | ${cell(subject)} | ${cell(text)} |`);
  return [title, '', '| | what | how |', '|---|---|---|', ...rows].join('\n');
}

/** The night as Mermaid draws it. */
function timeline({ name, night, what, window }: FleetChanges): string[] {
  if (window === undefined || night.length === 0 || what === 'unchanged') return [];
  const time = (minutes: number) => printTimeOfDay(window.opensAt + minutes);
  const bar = ({ start, minutes, count }: Bar, index: number) =>
    `  ${count} ${count === 1 ? 'start' : 'starts'} at ${time(start).replace(':', '.')} :${name}-${index}, ${stamp(window.opensAt + start)}, ${minutes}m`;
  const shown = night.slice(0, MOST_BARS);
  const more = night.length > shown.length ? [`  %% and ${night.length - shown.length} more`] : [];
  return [
    [
      `<details><summary>The night of ${name}</summary>`,
      '',
      '```mermaid',
      'gantt',
      `  title ${name}, ${window.timeZone}: each start, and how long a job may run`,
      '  dateFormat YYYY-MM-DD HH:mm',
      '  axisFormat %H:%M',
      `  section window`,
      `  open :${name}-window, ${stamp(window.opensAt)}, ${window.minutes}m`,
      '  section starts',
      ...shown.map(bar),
      ...more,
      '```',
      '',
      '</details>',
    ].join('\n'),
  ];
}

/** A day that stands for any. */
function stamp(minutes: number): string {
  return `2000-01-0${minutes >= 1440 ? 2 : 1} ${printTimeOfDay(minutes)}`;
}

function shortened(text: string, most: number): string {
  const shown = visible(text);
  return shown.length > most ? `${shown.slice(0, most)}…` : shown;
}

/** A code span, on one line. Its fence is longer than any backticks in it. */
function code(text: string): string {
  const shown = visible(text);
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  // A space at both ends is taken off by GitHub, and keeps a backtick at an end apart from the fence.
  const edge = longest > 0 || shown.trim() === '' ? ' ' : '';
  return `${fence}${edge}${shown}${edge}${fence}`;
}

/** The same in a table, whose cells end at a `|` also within code, unless a backslash stands before it; GitHub takes that off. */
function cell(text: string): string {
  return code(text).replaceAll('|', '\\|');
}
