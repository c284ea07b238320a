// The words in which changes are told, on a terminal and in a pull request alike.

import { printMinute } from '../config/time';
import type { Share } from '../groups/share';
import { type Changes, type FleetChanges, hasStrays } from '../review/changes';
import { type FieldChange, identityOf } from '../review/field-changes';
import type { LockChange } from '../review/lock-changes';
import { counted, listed, number, shortened, visible } from '../text';
import { capped, type Line, type Sign, shown } from './line';
import { fieldLine, inObjects, isObjectOf, isRule, objectName, otherObjects, rulesLine } from './object-words';

/** `fleet catalog in namespace batch: 10 -> 11 groups` */
export function headline({ name, namespace, what, groups }: FleetChanges): string {
  const count =
    groups.before === groups.after ? number(groups.after) : `${number(groups.before)} -> ${number(groups.after)}`;
  const words = { added: 'new fleet', removed: 'fleet', changed: 'fleet', unchanged: 'fleet' };
  const end = { added: '', removed: ', all removed', changed: '', unchanged: ', no changes' };
  const place = namespace === '' ? '' : ` in namespace ${namespace}`;
  return visible(
    `${words[what]} ${name}${place}: ${count} ${groups.after === 1 && groups.before === 1 ? 'group' : 'groups'}${end[what]}`,
  );
}

/** Everything about a fleet, most important last, where the eye rests. */
export function linesOf(fleet: FleetChanges): Line[] {
  return wordsOf(fleet).map(shown);
}

/** What becomes of objects of no fleet, as a headline and lines; undefined where there is nothing to tell. */
export function strayWords(strays: Changes['strays']): { headline: string; lines: Line[] } | undefined {
  if (!hasStrays(strays)) return undefined;
  const files = (sign: Sign, paths: readonly string[], text: string): Line[] =>
    paths.length === 0 ? [] : [{ sign, subject: counted(paths.length, 'file'), text: `${text}: ${listed(paths)}` }];
  const lines = [
    ...capped(strays.fields.map(fieldLine), '~', ['more field', 'more fields']),
    ...files('+', strays.added, 'new'),
    ...files('-', strays.removed, 'removed'),
  ];
  return { headline: 'objects of no fleet in config or lock', lines: lines.map(shown) };
}

function wordsOf(fleet: FleetChanges): Line[] {
  const { groups, lock, shape, objects, schedules, overCapacity, openUntil } = fleet;
  const ofShape = new Set(shape?.objects);
  const names = (sign: Sign, list: readonly string[], text: string): Line[] =>
    list.length === 0 ? [] : [{ sign, subject: counted(list.length, 'group'), text: `${text}: ${listed(list)}` }];
  return [
    ...capped(
      groups.added.map(({ name, share }): Line => ({ sign: '+', subject: name, text: shareText(share) })),
      '+',
      ['more group', 'more groups'],
    ),
    ...capped(
      groups.cut.flatMap(({ name, into, isLast }): Line[] => [
        {
          sign: '~',
          subject: name,
          text: isLast ? `has filled up; ${listed(into)} behind it` : `is cut; its other rows go to ${listed(into)}`,
        },
      ]),
      '~',
      ['more group is cut', 'more groups are cut'],
    ),
    ...capped(
      groups.changed.map(
        ({ name, before, after }): Line => ({
          sign: '~',
          subject: name,
          text: `${shareText(before)} -> ${shareText(after)}`,
        }),
      ),
      '~',
      ['more group with other rows', 'more groups with other rows'],
    ),
    ...names('~', groups.emptied, 'without rows now'),
    ...names('~', groups.refilled, 'with rows again'),
    ...names('-', groups.retiring, 'suspended now, removed after a whole window'),
    ...names('-', groups.removed, 'removed'),
    ...lock.map(lockLine),
    ...capped(objects.fields.filter((change) => !isRule(change) && !isSwitch(fleet, change)).map(fieldLine), '~', [
      'more field',
      'more fields',
    ]),
    ...rulesLine(objects.fields),
    ...otherObjects(
      '+',
      objects.added.filter((path) => !ofShape.has(path)),
      [...groups.added.map(({ name }) => name), ...groups.cut.flatMap(({ into }) => into)],
    ),
    ...otherObjects(
      '-',
      objects.removed.filter((path) => !ofShape.has(path)),
      groups.removed,
    ),
    ...shapeLine(fleet),
    ...capped(
      schedules.map(
        ({ before, after, objects, of }): Line => ({
          sign: '!',
          subject: 'schedule',
          text: `${before} -> ${after} ${inObjects('CronJob', objects, of)}. Kubernetes starts a job at once whose start moves to a time that has just passed: apply well outside the window`,
        }),
      ),
      '!',
      ['more move', 'more moves'],
    ),
    ...(overCapacity.length === 0
      ? []
      : [
          {
            sign: '!' as const,
            subject: 'over capacity',
            text: `${listed(overCapacity.map(({ name, rows }) => `${name} (${number(rows)} rows)`))}; capacity is ${number(overCapacity[0]?.capacity ?? 0)}`,
          },
        ]),
    ...(openUntil === undefined || fleet.what === 'unchanged'
      ? []
      : [
          {
            sign: '!' as const,
            subject: 'window',
            text: `open now, until ${printMinute(openUntil)}: apply after that`,
          },
        ]),
  ];
}

/** A switch of the shape with what becomes of the objects of before, in place of all that come, go and are suspended. */
function shapeLine({ name, shape, groups, objects }: FleetChanges): Line[] {
  if (shape === undefined) return [];
  const isOf = new Set(shape.objects);
  const left = objects.removed.filter((path) => isOf.has(path) && !isObjectOf(path, groups.removed));
  if (shape.what === 'settled') {
    const text = `removed, suspended since the shape changed: ${listed(left.map(objectName))}`;
    return left.length === 0 ? [] : [{ sign: '-', subject: counted(left.length, 'file'), text }];
  }
  const kind = shape.objects.some((path) => identityOf(path).kind === 'Job') ? 'Job' : 'CronJob';
  const [all, each] = [`one ${kind} for all groups`, `a ${kind} for each group`];
  const stay = objects.fields.some((change) => isSwitch({ name, shape }, change) && change.after === 'true')
    ? ` suspended until a synth after a whole window: apply outside the window`
    : undefined;
  const text =
    shape.what === 'folded'
      ? `${all} in place of ${each.replace(' group', '')}, ${stay ? `which stay${stay}` : 'which go'}`
      : `${each} in place of the one for all, which ${stay ? `stays${stay}` : 'goes'}`;
  return [{ sign: '!', subject: 'shape', text }];
}

/** Suspends what the fleet leaves, or takes that back from what it comes back to. */
function isSwitch(
  { name, shape }: Pick<FleetChanges, 'name' | 'shape'>,
  { kind, field, before, after, objects }: FieldChange,
): boolean {
  if (shape === undefined || shape.what === 'settled' || kind !== 'CronJob' || field !== 'spec.suspend') return false;
  const isOne = (shape.what === 'folded') === (after === undefined);
  const leavesOrReturns = after === 'true' ? before === undefined : before === 'true' && after === undefined;
  const names = new Set(shape.objects.map((path) => identityOf(path).name));
  return leavesOrReturns && objects.every((object) => names.has(object) && (object === name) === isOne);
}

/** Figures follow the config; another source or lineage means that the groups' rows may be other ones. */
function lockLine({ field, before, after }: LockChange): Line {
  const value = (of: string | number | undefined) =>
    of === undefined ? 'nothing' : typeof of === 'number' ? number(of) : shortened(JSON.stringify(of));
  const follows = field === 'where' ? ', and so in GROUP_WHERE of every group' : '';
  return {
    sign: field === 'capacity' || field === 'rowsPerGroup' ? '~' : '!',
    subject: field,
    text: `${value(before)} -> ${value(after)} in the lock${follows}`,
  };
}

/** `from 1001 to 2001`, `from 1001 on`, `value 7`. */
export function shareText(share: Share): string {
  if ('from' in share && 'to' in share) {
    if (share.from === null && share.to === null) return 'all rows';
    if (share.from === null) return `up to ${share.to}`;
    return share.to === null ? `from ${share.from} on` : `from ${share.from} to ${share.to}`;
  }
  const parts = Object.entries(share).map(([name, value]) => `${name} ${shortened(JSON.stringify(value))}`);
  return parts.length === 0 ? 'a row without parameters' : parts.join(', ');
}
