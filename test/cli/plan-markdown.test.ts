import { describe, expect, test } from 'vitest';
import { planMarkdown } from '../../lib/cli/plan-markdown';
import { planLines } from '../../lib/cli/plan-text';
import { linesOf } from '../../lib/cli/plan-words';
import type { Comparison } from '../../lib/compare';
import { changesOf, type FleetChanges } from '../../lib/review/changes';
import { aFleetLock, aLock, aPlan, type FleetKeys, manifestsFor } from '../support/builders';

/** What would change when a fleet of `before` groups becomes one of `after`. */
function aComparison(before: number, after: number, fleet: FleetKeys = {}): Comparison {
  const plan = aPlan({ fleet, lock: { groups: after } });
  const changes = changesOf(
    { lock: aLock({ groups: before }), files: manifestsFor(aPlan({ lock: { groups: before } })) },
    { lock: { version: 1, fleets: { catalog: aFleetLock({ groups: after, serial: 2 }) } }, files: manifestsFor(plan) },
    [plan],
    new Date('2026-11-20T12:00:00Z'),
  );
  const places = { against: undefined, folder: 'dist', lockFile: 'fleet.lock.json' };
  return { ...places, isFrozen: false, hasChanges: true, isOutgrown: true, ...changes, plans: [plan], warnings: [] };
}

/** What others may write, each of which GitHub or a terminal would make something of. */
const NASTY = [
  '<img src=x onerror=alert(1)> <!-- | `x` ``y`` @octocat [a](b) #1 www.evil.example https://evil.example ~~s~~ $x$ :tada: &copy; \\| `',
  'a\nb\r\n| c |\n```\n# d',
  'now \u202eback\u2066 x\u2028y\u0000z\u001b[31mred\u009b0m \u{e0041}\ud800',
];
const CONTROLS = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** A comparison in which everything that can be somebody's words is `words`. */
function aComparisonOf(words: string): Comparison {
  const comparison = aComparison(2, 2);
  const [fleet] = comparison.fleets as [FleetChanges];
  const field = {
    kind: 'CronJob',
    field: `metadata.annotations.${words}`,
    before: undefined,
    after: JSON.stringify(words),
    objects: [words],
    of: 2,
  };
  const fields = [...fleet.objects.fields, field];
  const groups = { ...fleet.groups, removed: [words] };
  const fleets = [{ ...fleet, name: words, window: undefined, groups, objects: { ...fleet.objects, fields } }];
  return { ...comparison, against: words, fleets, warnings: [words] };
}

/** Without its code spans, as CommonMark finds them: a fence, and the next one as long. */
const withoutCode = (line: string) => line.replaceAll(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/gu, '<code>');

describe('the comment on a pull request', () => {
  test('is short enough for GitHub however many groups there are', () => {
    const env = ({ id }: { id: number }) => ({ TEXT: `${id} ${'x'.repeat(200)}` });
    const text = planMarkdown(aComparison(2, 3_000, { job: { env }, window: { startsPerMinute: 1_000 } }));
    expect(Buffer.byteLength(text)).toBeLessThan(65_536);
    expect(text).toContain('catalog-0003');
  });

  test('leaves out whole parts, nights before fleets, says how many, and keeps the warnings', () => {
    const one = aComparison(2, 30, { job: { env: { TEXT: '漢'.repeat(60) } } });
    const [fleet] = one.fleets as [FleetChanges];
    const many = (count: number) => Array.from({ length: count }, (_, at) => ({ ...fleet, name: `fleet-${at}` }));
    const warnings = Array.from({ length: 50 }, () => '漢'.repeat(5_000));
    const [few, lots] = [35, 100].map((count) => planMarkdown({ ...one, warnings, fleets: many(count) })) as [
      string,
      string,
    ];
    for (const text of [few, lots]) {
      expect(Buffer.byteLength(text)).toBeLessThan(65_536);
      expect(text.match(/^```mermaid$/gm)?.length ?? 0).toBe(text.match(/^```$/gm)?.length ?? 0);
      expect(text.match(/<details>/g)?.length).toBe(text.match(/<\/details>/g)?.length);
      expect(text.indexOf('**warning**')).toBeLessThan(text.indexOf('fleet-0'));
      expect(text).toContain('> and 30 more');
    }
    expect(few).toMatch(/… left out: \d+ of 35 nights\. Run `cronfleet plan` to see all of it\n$/);
    expect(few).toContain('fleet-34');
    expect(lots).toMatch(/… left out: \d+ of 100 fleets and 100 of 100 nights\. Run/);
  });

  test.each(NASTY)('holds the words of others as code alone: %j', (words) => {
    const text = planMarkdown(aComparisonOf(words));
    expect(text.replaceAll('\n', '')).not.toMatch(CONTROLS);
    const lines = text.split('\n');
    expect(lines[0]).toMatch(/^### cronfleet plan against `/);
    for (const line of lines.map(withoutCode)) {
      expect(line).toMatch(
        /^(### cronfleet plan against <code>|> \*\*warning\*\* <code>|> The data has .*|\*\*<code>\*\*|\|.*|)$/,
      );
      expect(line).not.toMatch(/[@#$&~:\\]\w|evil|`/);
    }
    const rows = lines.filter((line) => /^\| [🟢🔴🟡⚠]/u.test(line));
    expect(rows).toHaveLength(2);
    for (const row of rows) expect(row.replaceAll('\\|', '').split('|')).toHaveLength(5);
  });
});

describe('the text for a terminal', () => {
  const comparison = aComparison(2, 4, {
    job: { image: 'worker:2', env: { A_LONG_NAME_OF_A_VARIABLE: 'x'.repeat(70) } },
  });

  test('keeps to 80 columns', () => {
    for (const line of planLines(comparison, { width: 80, colour: false })) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('has colours only where they are wanted, and says the same without', () => {
    const plain = planLines(comparison, { width: 80, colour: false }).join('\n');
    const coloured = planLines(comparison, { width: 80, colour: true }).join('\n');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of
    expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain);
    expect(coloured).not.toBe(plain);
  });

  test.each(NASTY)('neither breaks lines nor passes on what drives a terminal: %j', (words) => {
    for (const line of planLines(aComparisonOf(words), { width: 80, colour: false })) {
      expect(line).not.toMatch(CONTROLS);
    }
  });
});

describe('the words of a plan', () => {
  test('count what is beyond twenty moves and fields', () => {
    const comparison = aComparison(2, 2);
    const [fleet] = comparison.fleets as [FleetChanges];
    const schedules = Array.from({ length: 23 }, (_, at) => ({
      before: `${at} 0 * * *`,
      after: `${at} 1 * * *`,
      objects: ['a'],
      of: 9,
    }));
    const fields = Array.from({ length: 21 }, (_, at) => ({
      kind: 'CronJob',
      field: `f${at}`,
      before: '1',
      after: '2',
      objects: ['a'],
      of: 9,
    }));
    const lines = linesOf({ ...fleet, schedules, objects: { ...fleet.objects, fields } });
    expect(lines.filter(({ subject }) => subject === 'schedule')).toHaveLength(20);
    expect(lines.filter(({ subject }) => subject === '…').map(({ sign, text }) => `${sign} ${text}`)).toEqual([
      '~ 1 more field',
      '! 3 more moves',
    ]);
  });

  test('say of a comment that no value is another, and of a list that its order is', () => {
    const plan = aPlan({ fleet: { job: { env: { A: '1', B: '2' } } }, lock: { groups: 3 } });
    const files = manifestsFor(plan);
    const after = { lock: aLock({ groups: 3 }), files };
    const told = (edit: (text: string) => string) => {
      const before = files.map(({ path, text }) => ({ path, text: path.includes('-0003') ? edit(text) : text }));
      const { fleets } = changesOf({ ...after, files: before }, after, [plan], new Date('2026-11-20T12:00:00Z'));
      return linesOf(fleets[0] as FleetChanges);
    };
    expect(told((text) => `# by hand\n${text}`)).toEqual([
      { sign: '~', subject: 'text only', text: 'comments or layout, no value in catalog-0003' },
    ]);
    const swapped = told((text) => text.replace(/( +- name: A\n.*\n)( +- name: B\n.*\n)/, '$2$1'));
    expect(swapped).toEqual([
      { sign: '~', subject: 'order of env of job', text: '["B","A"] -> ["A","B"] in catalog-0003' },
    ]);
  });
});
