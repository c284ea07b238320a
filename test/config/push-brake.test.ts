import { describe, expect, test } from 'vitest';
import { pushBrake } from '../../lib/config/push-brake';
import type { Window } from '../../lib/config/schema';
import { aFleet } from '../support/builders';

const windowOf = (fleet: string, keys: object = {}) => ({ fleet, window: aFleet({ window: keys }).window as Window });
/** 00:00 to 05:00 in Seoul: 15:00 to 20:00 UTC. */
const nightly = [windowOf('catalog')];
const from = (windows: Parameters<typeof pushBrake>[0], now: string) => {
  const brake = pushBrake(windows, new Date(now));
  return brake && `${brake.fleet} ${brake.from?.toISOString().replace(':00.000Z', 'Z')}`;
};

describe('pushBrake', () => {
  test.each([
    ['31 minutes before the window opens', '2026-11-20T14:29:00Z', undefined],
    ['a moment before the last half hour', '2026-11-20T14:29:59.999Z', undefined],
    ['30 minutes before it opens', '2026-11-20T14:30:00Z', 'catalog 2026-11-20T20:00Z'],
    ['as it opens', '2026-11-20T15:00:00Z', 'catalog 2026-11-20T20:00Z'],
    ['a moment before it closes', '2026-11-20T19:59:59.999Z', 'catalog 2026-11-20T20:00Z'],
    ['as it closes', '2026-11-20T20:00:00Z', undefined],
  ])('%s', (_, now, expected) => {
    expect(from(nightly, now)).toBe(expected);
  });

  test('tells which window it is', () => {
    expect(pushBrake(nightly, new Date('2026-11-20T14:45:00Z'))).toEqual({
      fleet: 'catalog',
      opens: new Date('2026-11-20T15:00:00Z'),
      closes: new Date('2026-11-20T20:00:00Z'),
      from: new Date('2026-11-20T20:00:00Z'),
    });
  });

  test.each([
    ['over midnight, before it', { opens: '22:00', closes: '05:00' }, '2026-11-20T12:45:00Z', '2026-11-20T20:00Z'],
    ['over midnight, behind it', { opens: '22:00', closes: '05:00' }, '2026-11-20T19:00:00Z', '2026-11-20T20:00Z'],
    ['on a day it opens', { days: 'MON' }, '2026-11-22T14:30:00Z', '2026-11-22T20:00Z'],
    ['on a day it does not', { days: 'MON' }, '2026-11-20T14:30:00Z', undefined],
    [
      'shortly before midnight of that day, in its zone',
      { opens: '00:10' },
      '2026-11-20T14:45:00Z',
      '2026-11-20T20:00Z',
    ],
    [
      'in the hour that clocks show twice, though they have shown the closing once',
      { timeZone: 'Europe/Berlin', closes: '02:30' },
      '2026-10-25T00:45:00Z',
      '2026-10-25T01:30Z',
    ],
    [
      'in the night whose opening clocks skip',
      { timeZone: 'Europe/Berlin', opens: '02:30' },
      '2026-03-29T00:30:00Z',
      '2026-03-29T03:00Z',
    ],
  ])('holds, or not, %s', (_, keys, now, expected) => {
    expect(from([windowOf('catalog', keys)], now)).toBe(expected && `catalog ${expected}`);
  });

  test('waits for all windows that follow each other without half an hour between', () => {
    const two = [windowOf('catalog'), windowOf('fruit', { opens: '05:20', closes: '06:00' })];
    expect(from(two, '2026-11-20T18:00:00Z')).toBe('catalog 2026-11-20T21:00Z');
    const apart = [windowOf('catalog'), windowOf('fruit', { opens: '05:31', closes: '06:00' })];
    expect(from(apart, '2026-11-20T18:00:00Z')).toBe('catalog 2026-11-20T20:00Z');
  });

  test('knows no time when windows leave none, and always one when there is no window', () => {
    const always = [windowOf('catalog', { opens: '00:00', closes: '00:00 next day' })];
    expect(pushBrake(always, new Date('2026-11-20T18:00:00Z'))).toMatchObject({ fleet: 'catalog', from: undefined });
    expect(pushBrake([], new Date('2026-11-20T18:00:00Z'))).toBeUndefined();
  });
});
