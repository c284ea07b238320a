import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readCron } from '../../lib/config/cron';
import { openWindow } from '../../lib/config/nights';
import type { Config, Fleet, Window } from '../../lib/config/schema';
import { wallClock } from '../../lib/config/zone';
import { planDelivery } from '../../lib/plan/delivery';
import { aFleet, aPlan, type FleetKeys, manifestsFor } from '../support/builders';

const MINUTE = 60_000;
const delivery = { name: 'shop', repository: 'https://git.example.com/shop.git', branch: 'main', folder: 'delivery' };
const planOf = (fleets: Config['fleets'], path = 'dist') => planDelivery({ ...delivery, path }, fleets);
const quietOf = (window: object) => planOf({ catalog: aFleet({ window }) }).quiet[0];

describe('the quiet time of a fleet', () => {
  test.each<[string, object, object]>([
    ['is its window, in its zone', {}, { schedule: '0 0 * * *', minutes: 300, timeZone: 'Asia/Seoul' }],
    [
      'begins on the day the window opens, also over midnight',
      { opens: '22:30', closes: '05:15', days: 'MON-FRI' },
      { schedule: '30 22 * * MON-FRI', minutes: 405 },
    ],
    ['may be a whole day', { closes: '00:00 next day' }, { schedule: '0 0 * * *', minutes: 1_440 }],
    [
      'is as long as the longest night where clocks are put back in it',
      { timeZone: 'Europe/Berlin' },
      { schedule: '0 0 * * *', minutes: 360, timeZone: 'Europe/Berlin' },
    ],
    [
      'begins with the hour that clocks show twice, where the opening is in it',
      { timeZone: 'Europe/Berlin', opens: '02:30' },
      { schedule: '0 2 * * *', minutes: 30 + 150 + 60 },
    ],
    ['is no longer on days on which they never are', { timeZone: 'Europe/Berlin', days: 'WED' }, { minutes: 300 }],
  ])('%s', (_, window, expected) => {
    expect(quietOf(window)).toMatchObject({ fleet: 'catalog', ...expected });
  });

  test('is there for every fleet with a window, and for no other', () => {
    const schedule = { cron: '0 * * * *', timeZone: 'Etc/UTC', deadlineMinutes: 9 };
    const { quiet } = planOf({ a: aFleet(), b: aFleet({ schedule }), c: aFleet({ once: true }), d: aFleet() });
    expect(quiet.map(({ fleet }) => fleet)).toEqual(['a', 'd']);
  });

  // Argo CD asks whether an opening lies within the last `duration` of the wall clock (sync windows, `active`).
  test.each<[string, object, string]>([
    ['clocks go back', { opens: '00:00', closes: '05:00' }, '2026-10-24T12:00:00Z'],
    ['clocks show the closing twice', { opens: '00:00', closes: '02:30' }, '2026-10-24T12:00:00Z'],
    ['clocks show the opening twice', { opens: '02:30', closes: '04:00' }, '2026-10-24T12:00:00Z'],
    ['clocks go forward', { opens: '00:00', closes: '05:00' }, '2026-03-28T12:00:00Z'],
    ['clocks skip the opening', { opens: '02:30', closes: '04:00' }, '2026-03-28T12:00:00Z'],
    ['it is over midnight', { opens: '22:00', closes: '05:00' }, '2026-10-24T12:00:00Z'],
  ])('as Argo CD reckons leaves no minute of the window out when %s', (_, keys, since) => {
    const window = aFleet({ window: { timeZone: 'Europe/Berlin', ...keys } }).window as Window;
    const { schedule, minutes, timeZone } = planOf({
      catalog: aFleet({ window: { timeZone: 'Europe/Berlin', ...keys } }),
    }).quiet[0] as { schedule: string; minutes: number; timeZone: string };
    const cron = readCron(schedule);
    // Half past each minute: an opening is on the minute, and at that very second Argo CD does not deny yet.
    const first = new Date(since).getTime() + MINUTE / 2;
    const open = Array.from({ length: 36 * 60 }, (_, index) => first + index * MINUTE).filter((instant) =>
      openWindow(window, new Date(instant)),
    );
    expect(open.length).toBeGreaterThan(20);
    const allowed = open.filter((instant) => {
      const wall = wallClock(instant, timeZone) - MINUTE / 2;
      return !Array.from({ length: minutes }, (_, back) => wall - back * MINUTE).some((at) => cron.startsAt(at));
    });
    expect(allowed.map((instant) => new Date(instant).toISOString())).toEqual([]);
  });
});

describe('the kinds', () => {
  const all: FleetKeys = {
    alerts: { prometheus: true, webhook: { secret: 'slack', key: 'url' } },
    after: { image: 'report:1', minutes: 30 },
    brakes: { admissionPolicy: true },
  };
  test.each<[string, FleetKeys]>([
    ['least there can be', {}],
    ['most there can be', all],
    ['alerts alone', { alerts: { prometheus: true } }],
    ['a command behind it', { after: { image: 'report:1', minutes: 30 } }],
    ['Jobs that run once', { once: true }],
  ])('are those that dist has, of a fleet with the %s', (_, keys) => {
    const { kinds, clusterKinds } = planOf({ catalog: aFleet(keys) as Fleet });
    const made = manifestsFor(aPlan({ fleet: keys })).map(({ text }) => {
      const { apiVersion, kind, metadata } = parse(text);
      const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
      return { place: metadata.namespace === undefined ? clusterKinds : kinds, wanted: { group, kind } };
    });
    for (const { place, wanted } of made) expect(place).toContainEqual(wanted);
    // And none besides, but for what grows from CronJobs.
    const madeKinds = new Set([...made.map(({ wanted }) => wanted.kind), 'CronJob', 'Job', 'Pod']);
    expect([...kinds, ...clusterKinds].map(({ kind }) => kind).filter((kind) => !madeKinds.has(kind))).toEqual([]);
  });
});

test('namespaces are told once, in order', () => {
  const fleets = {
    a: aFleet({ namespace: 'shop' }),
    b: aFleet({ namespace: 'batch' }),
    c: aFleet({ namespace: 'shop' }),
  };
  expect(planOf(fleets).namespaces).toEqual(['batch', 'shop']);
});

test('the path is written as git writes it', () => {
  expect(planOf({ a: aFleet() }, './teams/shop/dist/').path).toBe('teams/shop/dist');
});
