// What a verify found, for people and for programs. Text only; where it goes is for the caller.

import type { FleetVerification } from '../review/verify';
import { counted, number } from '../text';

/** More groups than these are not all read; then the fullest come first and the others are counted. */
const SHOWN_GROUPS = 20;

/** A table for each fleet, at most 80 columns wide, and the verdict with what to do. */
export function verificationLines(fleets: readonly FleetVerification[]): string[] {
  return fleets.flatMap((fleet) => [
    `fleet ${fleet.name}: ${fleet.table} by ${fleet.column}`,
    ...table(fleet).map((line) => `  ${line}`.trimEnd()),
    ...verdict(fleet).map((line) => `  ${line}`),
  ]);
}

function table(fleet: FleetVerification): string[] {
  const { groups, capacity } = fleet;
  const isLong = groups.length > SHOWN_GROUPS;
  const shown = isLong ? groups.toSorted((a, b) => b.rows - a.rows).slice(0, SHOWN_GROUPS) : groups;
  const full = (rows: number) => (capacity === null ? '' : percent(rows, capacity));
  const others = groups.length - shown.length;
  const lines = [
    ['group', 'rows', capacity === null ? '' : 'full'],
    ...shown.map(({ name, rows }) => [name, number(rows), full(rows)]),
    ...(isLong ? [[`${number(others)} more, none fuller`, number(fleet.grouped - sum(shown)), '']] : []),
    [`in ${counted(groups.length, 'group')}`, number(fleet.grouped), ''],
    [`${fleet.column} is NULL`, number(fleet.nulls), ''],
    ['in the table', number(fleet.rows), ''],
  ] as [string, string, string][];
  const width = (column: 0 | 1 | 2) => Math.max(...lines.map((line) => line[column].length));
  return lines.map(([name, rows, share]) =>
    [name.padEnd(width(0)), rows.padStart(width(1)), share.padStart(width(2))].join('  '),
  );
}

/** Whole percent, never 100 for what is more. */
function percent(rows: number, capacity: number): string {
  const share = (100 * rows) / capacity;
  return `${number(rows > capacity ? Math.ceil(share) : Math.floor(share))}%`;
}

function verdict(fleet: FleetVerification): string[] {
  const over = fleet.groups.filter(({ isOverCapacity }) => isOverCapacity);
  const problems = [
    ...(fleet.uncovered > 0
      ? [`${counted(fleet.uncovered, 'row')} in no group`, ...(fleet.by === 'column' ? NEW_VALUES : CHANGING)]
      : []),
    ...(fleet.doubled > 0 ? [`${counted(fleet.doubled, 'row')} counted twice`, ...CHANGING] : []),
    ...(fleet.nulls > 0
      ? [
          `${counted(fleet.nulls, 'row')} without ${fleet.column} (NULL), which no group takes`,
          fleet.by === 'column'
            ? '  they wait for one: run `cronfleet assign`, then synth'
            : `  give them one, or leave them out with where: '${fleet.column} IS NOT NULL'`,
        ]
      : []),
    ...(over.length > 0
      ? [
          `${counted(over.length, 'group')} over capacity (${number(fleet.capacity as number)} rows)`,
          "  run synth, with recount: 'all' in the config if it leaves them as they are;",
          '  a group of one key value cannot be cut: raise capacity',
        ]
      : []),
  ];
  if (problems.length > 0) return problems.map((line) => (line.startsWith(' ') ? line : `FAILS: ${line}`));
  const within = fleet.capacity === null ? '' : ', no group is over capacity';
  return [`holds: every row is in exactly one group${within}`];
}

/** Their value is newer than the lock. */
const NEW_VALUES = ['  run synth: it gives each new value a group'];

/** Ranges tile, so their counts can only differ from the total when the same question gets two answers. */
const CHANGING = [
  '  does `where` use random() or the clock? Is the table a view that changes while',
  '  it is read? Is the index sound (REINDEX)?',
];

/** The verification for programs, see docs/operating.md. Groups by id. */
export function verificationJson(fleets: readonly FleetVerification[]): unknown {
  return {
    holds: fleets.every(({ holds }) => holds),
    fleets: fleets.map(({ groups, ...fleet }) => ({
      ...fleet,
      groups: groups.map(({ id, name, share, rows, isOverCapacity }) => ({
        id,
        name,
        ...share,
        rows,
        overCapacity: isOverCapacity,
      })),
    })),
  };
}

function sum(groups: readonly { rows: number }[]): number {
  return groups.reduce((total, { rows }) => total + rows, 0);
}
