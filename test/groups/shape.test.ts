import { describe, expect, test } from 'vitest';
import type { FleetLock } from '../../lib/groups/lock';
import { parseLock, printLock } from '../../lib/groups/lock';
import { refuseOtherShape, reshaped, reshapedInWindow, stagesOf } from '../../lib/groups/shape';
import { aFleet, aFleetLock, refusal } from '../support/builders';

const NOON = new Date('2026-03-01T12:00:00Z');
const SOON = new Date('2026-03-01T14:00:00Z');
/** After the window of Seoul, 15:00 to 20:00 in UTC. */
const MORNING = new Date('2026-03-01T20:00:00Z');
const folding = aFleet({ fold: true, job: { command: ['work'] } });
const unfolded = aFleet();
const lock = aFleetLock({ serial: 5 });
const shapeOf = ({ serial, shape, reshaped }: FleetLock) => ({ serial, shape, reshaped });

describe('reshaped', () => {
  test('a fleet begins in the shape of its config, and nothing of another stays', () => {
    const first = aFleetLock();
    expect(shapeOf(reshaped(folding, undefined, first, NOON))).toEqual({ serial: 1, shape: 'folded' });
    expect(reshaped(unfolded, undefined, first, NOON)).toBe(first);
  });

  test('a fleet that keeps its shape keeps its lock', () => {
    expect(reshaped(unfolded, lock, lock, NOON)).toBe(lock);
    const folded = aFleetLock({ shape: 'folded' });
    expect(reshaped(folding, folded, folded, NOON)).toBe(folded);
  });

  test('a change is noted with its time, and the note goes once a whole window has passed', () => {
    const changed = reshaped(folding, lock, lock, NOON);
    expect(shapeOf(changed)).toEqual({ serial: 6, shape: 'folded', reshaped: '2026-03-01T12:00:00Z' });
    expect(reshaped(folding, changed, changed, SOON)).toBe(changed);
    const settled = reshaped(folding, changed, changed, MORNING);
    expect(shapeOf(settled)).toEqual({ serial: 7, shape: 'folded' });
    expect(reshaped(folding, settled, settled, MORNING)).toBe(settled);
  });

  test('the serial rises once, also when the groups change in the same run', () => {
    const grown = { ...lock, serial: 6, nextId: 9 };
    expect(reshaped(folding, lock, grown, NOON)).toMatchObject({ serial: 6, nextId: 9, shape: 'folded' });
  });

  test('the way back may begin before the way there has ended', () => {
    const there = reshaped(folding, lock, lock, NOON);
    const back = reshaped(unfolded, there, there, SOON);
    expect(shapeOf(back)).toEqual({ serial: 7, reshaped: '2026-03-01T14:00:00Z' });
    expect(stagesOf(unfolded, back)).toEqual({ ofGroups: 'live', folded: 'leaving' });
    expect(shapeOf(reshaped(unfolded, back, back, MORNING))).toEqual({ serial: 8 });
  });

  test('what runs once from now on waits for no window', () => {
    const folded = aFleetLock({ shape: 'folded', reshaped: '2026-03-01T12:00:00Z' });
    const once = { ...unfolded, once: true as const };
    expect(shapeOf(reshaped(once, folded, folded, SOON))).toEqual({ serial: 2 });
  });
});

test('a change while the window is open is warned about, and by day is not', () => {
  const tonight = new Date('2026-03-01T16:00:00Z');
  const warned = (now: Date, fleet = folding) =>
    reshapedInWindow('catalog', fleet, lock, reshaped(fleet, lock, lock, now), now);
  expect(warned(tonight)).toEqual([
    'fleets.catalog.fold: the window is open until 2026-03-01T20:00Z, and the shape changes; applied before that, groups may run twice tonight or not at all',
  ]);
  expect(warned(NOON)).toEqual([]);
  expect(warned(tonight, unfolded)).toEqual([]);
});

test('each shape is live, leaving while the note is there, or not at all', () => {
  const reshaped = '2026-03-01T12:00:00Z';
  expect(stagesOf(unfolded, {})).toEqual({ ofGroups: 'live', folded: 'none' });
  expect(stagesOf(folding, { shape: 'folded' })).toEqual({ ofGroups: 'none', folded: 'live' });
  expect(stagesOf(folding, { shape: 'folded', reshaped })).toEqual({ ofGroups: 'leaving', folded: 'live' });
});

test('a frozen run refuses another shape than the lock has, either way', () => {
  const folded = aFleetLock({ shape: 'folded' });
  refuseOtherShape('catalog', folding, folded, 'fleet.lock.json');
  const there = refusal(() => refuseOtherShape('catalog', folding, lock, 'fleet.lock.json'));
  expect(there.code).toBe('lock-mismatch');
  expect(there.message).toBe('fleet catalog: it is folded in the config and not folded in the lock (fleet.lock.json)');
  expect(there.hint).toContain('run synth once without FLEET_FROZEN');
  const back = refusal(() => refuseOtherShape('catalog', unfolded, folded, 'fleet.lock.json'));
  expect(back.message).toContain('it is not folded in the config and folded in the lock');
});

test('the lock has the shape in it, and not a byte more where there is none', () => {
  const print = (fleet: FleetLock) => printLock({ version: 1, fleets: { catalog: fleet } });
  expect(print(aFleetLock())).not.toMatch(/shape/);
  const text = print(aFleetLock({ shape: 'folded', reshaped: '2026-03-01T12:00:00Z' }));
  expect(text).toContain(
    '"serial": 1,\n      "shape": "folded",\n      "reshaped": "2026-03-01T12:00:00Z",\n      "source"',
  );
  expect(print(parseLock(text, 'fleet.lock.json').fleets.catalog as FleetLock)).toBe(text);
  for (const bad of [text.replace('"folded"', '"square"'), text.replace('2026-03-01T12:00:00Z', 'yesterday')])
    expect(refusal(() => parseLock(bad, 'fleet.lock.json')).code).toBe('lock-invalid');
});
