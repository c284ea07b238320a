// What a synth would change, as a comment on a pull request. GitHub takes 65,536 characters; lists are capped, so that the number
// of groups does not matter, and what is still too long is cut with a word that says so.

import type { Comparison } from '../compare';
import { printTimeOfDay } from '../config/time';
import type { Bar, FleetChanges } from '../review/changes';
import { headline, linesOf, type Sign } from './plan-words';

const MOST_CHARACTERS = 65_000;
/** Rows of a timeline; more would be a pattern, not a picture. */
const MOST_BARS = 30;
const SIGNS: Record<Sign, string> = { '+': '🟢 new', '-': '🔴 gone', '~': '🟡 changed', '!': '⚠️ look' };

/** The comment; without anything that could run or be markup but ours. */
export function planMarkdown(comparison: Comparison): string {
  const { fleets, warnings, hasChanges, against, isOutgrown, isFrozen } = comparison;
  const parts = [
    `### cronfleet plan${against === undefined ? '' : ` against \`${against}\``}`,
    hasChanges ? '' : 'No changes.',
    isOutgrown && !isFrozen ? '> The data has outgrown the lock: run synth and commit.' : '',
    ...fleets.filter(({ what, overCapacity }) => what !== 'unchanged' || overCapacity.length > 0).map(fleetSection),
    ...warnings.map((warning) => `> **warning** ${escaped(warning)}`),
    ...fleets.flatMap(timeline),
  ];
  const text = `${parts.filter((part) => part !== '').join('\n\n')}\n`;
  if (text.length <= MOST_CHARACTERS) return text;
  return `${text.slice(0, text.lastIndexOf('\n', MOST_CHARACTERS))}\n\n… cut: run \`cronfleet plan\` to see all of it\n`;
}

function fleetSection(fleet: FleetChanges): string {
  const lines = linesOf(fleet);
  const title = `**${escaped(headline(fleet))}**`;
  if (lines.length === 0) return title;
  const rows = lines.map(({ sign, subject, text }) => `| ${SIGNS[sign]} | ${code(subject)} | ${escaped(text)} |`);
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

function code(text: string): string {
  return `\`${text.replaceAll('`', "'").replaceAll('|', '\\|')}\``;
}

/** Names and values are anybody's: they must not become markup. */
function escaped(text: string): string {
  return text.replace(/[\\`*_{}[\]<>|@#]/g, (character) => `\\${character}`).replaceAll('\n', ' ');
}
