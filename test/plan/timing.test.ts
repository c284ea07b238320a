import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoffSeconds } from '../../lib/config/backoff';
import type { Fleet, Window } from '../../lib/config/schema';
import { printTimeOfDay } from '../../lib/config/time';
import type { WindowConfig } from '../../lib/config/types';
import { UserError } from '../../lib/errors';
import { foldedTiming, scheduleTiming, type Timing, timesOf, waitTiming } from '../../lib/plan/timing';
import { describeWindow } from '../../lib/plan/window-in-words';
import { aFleet, aPlan, refusal } from '../support/builders';
import {
  type Clock,
  changingClocks,
  clockOf,
  type Nights,
  type NightWindow,
  seenNights,
  shownEveryNight,
  startsOf,
  weekdaysOf,
} from '../support/clock';

/** 00:00 to 05:00 in Seoul. */
const fleetIn = (window: Partial<WindowConfig> = {}, retries = 3) => aFleet({ window, job: { retries } });
const slots = (...of: number[]) => of.map((slot) => ({ slot }));
const upTo = (count: number) => Array.from({ length: count }, (_, slot) => ({ slot }));
const times = (fleet: Fleet, groups: { slot: number }[]) => timesOf('catalog', fleet, groups) as Timing[];
const schedules = (fleet: Fleet, groups: { slot: number }[]) => times(fleet, groups).map(({ schedule }) => schedule);
const minutes = ({ startingDeadlineSeconds, activeDeadlineSeconds }: Timing) => [
  startingDeadlineSeconds / 60,
  activeDeadlineSeconds / 60,
];

describe('starts', () => {
  test.each([
    { slot: 0, startsPerMinute: 30, schedule: '0 0 * * *' },
    { slot: 29, startsPerMinute: 30, schedule: '0 0 * * *' },
    { slot: 30, startsPerMinute: 30, schedule: '1 0 * * *' },
    { slot: 60, startsPerMinute: 30, schedule: '2 0 * * *' },
    { slot: 5, startsPerMinute: 1, schedule: '5 0 * * *' },
    { slot: 75, startsPerMinute: 1, schedule: '15 1 * * *' },
    { slot: 999, startsPerMinute: 1_000, schedule: '0 0 * * *' },
  ])('are spread: slot $slot at "$schedule" when $startsPerMinute start in a minute', (row) => {
    expect(schedules(fleetIn({ startsPerMinute: row.startsPerMinute }), slots(row.slot))).toEqual([row.schedule]);
  });

  test('come in waves of `concurrency`, one every `jobMinutes`', () => {
    expect(schedules(fleetIn({ concurrency: 2, jobMinutes: 45 }), upTo(5))).toEqual([
      '0 0 * * *',
      '0 0 * * *',
      '45 0 * * *',
      '45 0 * * *',
      '30 1 * * *',
    ]);
  });

  test('move for no growth, and follow the slot whatever the order', () => {
    const spread = { window: { startsPerMinute: 1 } };
    const planned = (groups: number) =>
      aPlan({ fleet: spread, lock: { groups } }).groups.map(({ schedule }) => schedule);
    expect(planned(40).slice(0, 3)).toEqual(planned(3));
    expect(schedules(fleetIn({ startsPerMinute: 1 }), slots(7, 2))).toEqual(['7 0 * * *', '2 0 * * *']);
  });

  test('jump over the hour that clocks skip on one night of the year', () => {
    const berlin = fleetIn({ timeZone: 'Europe/Berlin', concurrency: 1, jobMinutes: 50 });
    expect(schedules(berlin, upTo(4))).toEqual(['0 0 * * *', '50 0 * * *', '40 1 * * *', '30 3 * * *']);
  });

  test('begin when clocks show a time again, where the window opens in the hour that they skip', () => {
    const berlin = fleetIn({ timeZone: 'Europe/Berlin', opens: '02:30' });
    expect(times(berlin, upTo(1))).toEqual([
      {
        schedule: '0 3 * * *',
        timeZone: 'Europe/Berlin',
        startingDeadlineSeconds: 600,
        activeDeadlineSeconds: 110 * 60,
      },
    ]);
  });

  test('keep that hour on days that never see the change', () => {
    const workdays = fleetIn({ timeZone: 'Europe/Berlin', concurrency: 1, jobMinutes: 50, days: '1-5' });
    expect(schedules(workdays, upTo(4)).at(-1)).toBe('30 2 * * 1-5');
  });

  describe('of a window over midnight', () => {
    const overMidnight = (days: string) => fleetIn({ opens: '23:58', closes: '05:00', startsPerMinute: 1, days });

    test.each([
      // days, slot that starts at 23:59, slot that starts at 00:01 of the next day
      ['*', '59 23 * * *', '1 0 * * *'],
      ['5', '59 23 * * 5', '1 0 * * 6'],
      ['6', '59 23 * * 6', '1 0 * * 0'],
      ['FRI', '59 23 * * FRI', '1 0 * * 6'],
      ['1-5', '59 23 * * 1-5', '1 0 * * 2,3,4,5,6'],
      ['5,6', '59 23 * * 5,6', '1 0 * * 0,6'],
      ['*/2', '59 23 * * */2', '1 0 * * 0,1,3,5'],
      ['0-6', '59 23 * * 0-6', '1 0 * * *'],
    ])('on days %s, move to the day after once midnight is past', (days, before, after) => {
      expect(schedules(overMidnight(days), slots(1, 3))).toEqual([before, after]);
    });

    test('belong to the next day at midnight itself', () => {
      expect(schedules(overMidnight('5'), slots(2))).toEqual(['0 0 * * 6']);
    });
  });
});

describe('deadlines', () => {
  test('end when the window closes: a start may be ten minutes late, and the rest is the run’s', () => {
    expect(times(fleetIn({ startsPerMinute: 1 }), slots(15)).map(minutes)).toEqual([[10, 5 * 60 - 15 - 10]]);
  });

  test('leave a written starting deadline as it is', () => {
    const written = fleetIn({ startsPerMinute: 1, startingDeadlineMinutes: 20, jobMinutes: 30 });
    expect(times(written, slots(15)).map(minutes)).toEqual([[20, 5 * 60 - 15 - 20]]);
  });

  test('share what a job does not need between starting late and running long', () => {
    // 300 - 100 min and no retries leave 200 for slot 0; 45 + 1.17 min of the last wave leave 28.83.
    expect(times(fleetIn({ jobMinutes: 100 }, 0), upTo(1)).map(minutes)).toEqual([[100, 200]]);
    expect(times(fleetIn({ concurrency: 1, jobMinutes: 45 }), slots(5)).map(minutes)).toEqual([[14, 61]]);
  });

  test('let a start be ten minutes late however little is left', () => {
    expect(times(fleetIn({ jobMinutes: 285 }), upTo(1)).map(minutes)).toEqual([[10, 290]]);
  });

  test('end on the shortest night, too', () => {
    const berlin = fleetIn({ timeZone: 'Europe/Berlin' });
    expect(times(berlin, upTo(1)).map(minutes)).toEqual([[10, 230]]);
  });
});

describe('a fleet that cannot finish', () => {
  const told = (work: () => unknown) => {
    const { code, message, hint } = refusal(work);
    expect(code).toBe('window-too-short');
    return `${message}\n${hint}`;
  };

  test('in waves is refused with the sum and every least change that would do, the smallest first', () => {
    expect(told(() => times(fleetIn({ concurrency: 2, jobMinutes: 60 }), upTo(12)))).toMatchInlineSnapshot(`
      "fleets.catalog.window: 12 groups cannot finish in 00:00 to 05:00 Asia/Seoul (5 h, 2 at once for 60 min each): 300 min until the last of 6 waves starts + 10 min starting deadline + 60 min for a job + 1.2 min back-off of 3 retries = 371.2 min, and it has 300 min
      each of these alone makes it fit, the smallest change first:
        window.closes: '06:12'
        window.concurrency: 3"
    `);
  });

  test('that is spread is refused in the same way', () => {
    expect(
      told(() => times(fleetIn({ closes: '00:30', startsPerMinute: 1, startingDeadlineMinutes: 15 }), upTo(19))),
    ).toMatchInlineSnapshot(`
      "fleets.catalog.window: 19 groups cannot finish in 00:00 to 00:30 Asia/Seoul (0.5 h): 18 min until the last starts, 1 a minute + 15 min starting deadline + 1 min to run at least + 1.2 min back-off of 3 retries = 35.2 min, and it has 30 min
      each of these alone makes it fit, the smallest change first:
        window.closes: '00:36'
        window.startingDeadlineMinutes: 9
        window.startsPerMinute: 2"
    `);
  });

  test('on the night that clocks are put forward is told the date', () => {
    const berlin = fleetIn({ timeZone: 'Europe/Berlin', concurrency: 5, jobMinutes: 60 });
    expect(told(() => times(berlin, upTo(20)))).toMatchInlineSnapshot(`
      "fleets.catalog.window: 20 groups cannot finish in 00:00 to 05:00 Europe/Berlin (5 h, 5 at once for 60 min each): 180 min until the last of 4 waves starts + 10 min starting deadline + 60 min for a job + 1.2 min back-off of 3 retries = 251.2 min, and it has 240 of its 300 min when clocks skip 02:00 to 03:00, as on 2026-03-29
      each of these alone makes it fit, the smallest change first:
        window.closes: '05:12'
        window.concurrency: 7"
    `);
  });

  test('because clocks skip its window is told so', () => {
    const skipped = fleetIn({ timeZone: 'Europe/Berlin', opens: '02:10', closes: '02:50' }, 0);
    expect(told(() => times(skipped, upTo(1)))).toMatchInlineSnapshot(`
      "fleets.catalog.window: not even one group can finish in 02:10 to 02:50 Europe/Berlin (0.67 h): 10 min starting deadline + 1 min to run at least = 11 min, and it has 0 of its 40 min when clocks skip 02:00 to 03:00, as on 2026-03-29
      this makes it fit:
        window.closes: '03:11'"
    `);
  });

  test('for the back-off of its retries alone is told that', () => {
    expect(told(() => times(fleetIn({ closes: '01:00' }, 20), upTo(1)))).toMatchInlineSnapshot(`
      "fleets.catalog.window: not even one group can finish in 00:00 to 01:00 Asia/Seoul (1 h): 10 min starting deadline + 1 min to run at least + 150.5 min back-off of 20 retries = 161.5 min, and it has 60 min
      each of these alone makes it fit, the smallest change first:
        job.retries: 9
        window.closes: '02:42'"
    `);
  });

  test('for a starting deadline as long as the window is told that', () => {
    expect(told(() => times(fleetIn({ startingDeadlineMinutes: 300 }), upTo(1)))).toMatchInlineSnapshot(`
      "fleets.catalog.window: not even one group can finish in 00:00 to 05:00 Asia/Seoul (5 h): 300 min starting deadline + 1 min to run at least + 1.2 min back-off of 3 retries = 302.2 min, and it has 300 min
      each of these alone makes it fit, the smallest change first:
        window.closes: '05:03'
        window.startingDeadlineMinutes: 297"
    `);
  });

  test('whatever one key says is told so plainly', () => {
    const day = fleetIn({ opens: '06:00', closes: '06:00 next day', jobMinutes: 1_440, startingDeadlineMinutes: 700 });
    const query = { ...day, groups: { ...day.groups, by: 'query' } } as unknown as Fleet;
    expect(told(() => times(query, upTo(3)))).toMatchInlineSnapshot(`
      "fleets.catalog.window: 3 groups cannot finish in 06:00 to 06:00 next day Asia/Seoul (24 h over midnight): 700 min starting deadline + 1440 min for a job + 1.2 min back-off of 3 retries = 2141.2 min, and it has 1440 min
      no other value of one key alone makes it fit: change several, or give the work to several fleets, each with a window of its own"
    `);
  });

  test('is refused once, by its highest slot, though lower ones are free', () => {
    const fleet = fleetIn({ closes: '00:20', startsPerMinute: 1 });
    expect(refusal(() => times(fleet, slots(0, 29))).message).toContain('30 groups cannot finish');
  });

  test('is accepted to the minute, and to the second of its retries', () => {
    // 60 s for a run; 3 retries wait 10 + 20 + 40 s.
    const fleet = (retries: number) => fleetIn({ closes: '00:15', startsPerMinute: 1 }, retries);
    expect(times(fleet(0), slots(4)).map(minutes)).toEqual([[10, 1]]);
    expect(times(fleet(3), slots(2)).map(minutes)).toEqual([[10, 3]]);
    expect(refusal(() => times(fleet(0), slots(5))).code).toBe('window-too-short');
    expect(refusal(() => times(fleet(3), slots(3))).code).toBe('window-too-short');
  });

  test('is no fleet without groups', () => {
    expect(times(fleetIn({ closes: '00:01' }), [])).toEqual([]);
  });
});

// Zones by what is odd about them: the hour, the length, the day, midnight, the moon, nothing.
const DAY = 86_400_000;
const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Antarctica/Troll',
  'America/Havana',
  'Asia/Beirut',
  'Africa/Cairo',
  'Africa/Casablanca',
  'America/Scoresbysund',
  'Asia/Jerusalem',
  'Pacific/Chatham',
  'Asia/Seoul',
].map((timeZone) => clockOf(timeZone, 2026, 2037));

interface Case {
  clock: Clock;
  opensAt: number;
  length: number;
  days: string;
  waves: { concurrency?: number; jobMinutes?: number; startsPerMinute?: number };
  startingDeadlineMinutes: number | undefined;
  retries: number;
  groups: number;
  pick: number;
}

const opensAt = fc.oneof(fc.nat(1_439), fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1_320, max: 1_439 }));
const jobMinutes = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 400 }));
const cases: fc.Arbitrary<Case> = fc.record({
  clock: fc.constantFrom(...ZONES),
  opensAt,
  length: fc.oneof(fc.integer({ min: 30, max: 600 }), fc.integer({ min: 1, max: 1_440 })),
  days: fc.constantFrom('*', '1-5', 'SUN', 'SAT', '0,3', '5,6'),
  waves: fc.oneof(
    fc.record({ concurrency: fc.integer({ min: 1, max: 30 }), jobMinutes }),
    fc.record({ jobMinutes, startsPerMinute: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ startsPerMinute: fc.integer({ min: 1, max: 5 }) }),
  ),
  startingDeadlineMinutes: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
  retries: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.nat(20)),
  groups: fc.oneof(fc.integer({ min: 1, max: 150 }), fc.integer({ min: 1, max: 1_500 })),
  pick: fc.nat(1_000),
});

const closesText = (minutesOfDay: number) =>
  `${printTimeOfDay(minutesOfDay)}${minutesOfDay >= 1_440 ? ' next day' : ''}`;

function fleetOf({ clock, opensAt, length, days, waves, startingDeadlineMinutes, retries }: Case): Fleet {
  const times = { opens: printTimeOfDay(opensAt), closes: closesText(opensAt + length) };
  return fleetIn({ ...times, timeZone: clock.timeZone, days, ...waves, startingDeadlineMinutes }, retries);
}

const windowOf = ({ opensAt, length, days }: Case) => ({ opensAt, minutes: length, days: weekdaysOf(days) });

/** The times, or undefined when they are refused. */
function timesOrNone(fleet: Fleet, groups: { slot: number }[]): Timing[] | undefined {
  try {
    return times(fleet, groups);
  } catch (error) {
    if (error instanceof UserError && error.code === 'window-too-short') return undefined;
    throw error;
  }
}

/** What the last run has to have over, by the words of the docs. */
function secondsNeeded({ waves, startingDeadlineMinutes = 10, retries, groups }: Case): number {
  const { concurrency, jobMinutes = 1, startsPerMinute = 30 } = waves;
  const waiting = concurrency
    ? (Math.ceil(groups / concurrency) - 1) * jobMinutes
    : Math.ceil(groups / startsPerMinute) - 1;
  return (waiting + startingDeadlineMinutes + jobMinutes) * 60 + backoffSeconds(retries);
}

/** An ordinary week, and two around changes of clocks. */
function someNights({ changed, ordinary }: Clock, pick: number): Nights[] {
  const picked = [pick, pick + 1].flatMap((at) => changed[at % Math.max(1, changed.length)] ?? []);
  return [ordinary, ...picked];
}

/** One start or more on every night of the window, none on another, and none that could last longer than its night. */
function expectWithin(timings: readonly Timing[], nights: Nights, window: NightWindow): void {
  const seen = seenNights(nights, window);
  for (const timing of new Map(timings.map((one) => [one.schedule, one])).values()) {
    const starts = startsOf(nights, timing.schedule);
    const longest = (timing.startingDeadlineSeconds + timing.activeDeadlineSeconds) * 1_000;
    const kept = seen.filter(({ open, closes }) => {
      const ofNight = starts.filter((start) => open.has(start));
      return ofNight.length > 0 && ofNight.every((start) => start + longest <= closes);
    });
    expect(kept).toHaveLength(seen.length);
    // The first may be of a night that opened before what is seen here, the last of one that opened after.
    const [first, last] = [nights.dates[0] as number, nights.dates.at(-1) as number];
    const strays = starts.filter((start) => !seen.some(({ open }) => open.has(start)));
    expect(strays.filter((start) => start > first + 2 * DAY && start < last - DAY)).toEqual([]);
  }
}

describe('whatever is accepted', () => {
  test('starts on every night of the window and only then, and is over when it closes, also on nights that clocks change', () => {
    let accepted = 0;
    fc.assert(
      fc.property(cases, (input) => {
        const timings = timesOrNone(fleetOf(input), upTo(input.groups));
        if (timings === undefined) return;
        accepted += 1;
        for (const nights of someNights(input.clock, input.pick)) {
          expectWithin(timings, nights, windowOf(input));
        }
      }),
      { numRuns: 300 },
    );
    // Else hardly anything but refusals would have been looked at.
    expect(accepted).toBeGreaterThan(60);
  });

  test('does so in every zone that changes its clocks', () => {
    const windows: NightWindow[] = [
      { opensAt: 0, minutes: 300, days: weekdaysOf('*') },
      { opensAt: 22 * 60, minutes: 480, days: weekdaysOf('6') },
      { opensAt: 23 * 60 + 30, minutes: 200, days: weekdaysOf('*') },
      { opensAt: 90, minutes: 210, days: weekdaysOf('0') },
      { opensAt: 6 * 60, minutes: 1_440, days: weekdaysOf('1-5') },
    ];
    const clocks = changingClocks();
    expect(clocks.length).toBeGreaterThan(20);
    for (const { timeZone, changed } of clocks) {
      for (const window of windows) {
        const [opens, closes] = [printTimeOfDay(window.opensAt), closesText(window.opensAt + window.minutes)];
        const fleet = fleetIn({ opens, closes, days: window.days.join(','), timeZone, concurrency: 1, jobMinutes: 16 });
        for (const nights of changed) expectWithin(times(fleet, upTo(4)), nights, window);
      }
    }
  });

  test('never has more than `concurrency` jobs at once, if each takes `jobMinutes`, on ordinary nights and shortened ones', () => {
    const inWaves = cases.filter(({ waves }) => waves.concurrency !== undefined);
    let crowded = 0;
    fc.assert(
      fc.property(inWaves, (input) => {
        const timings = timesOrNone(fleetOf(input), upTo(input.groups));
        if (timings === undefined) return;
        const { concurrency, jobMinutes } = input.waves as { concurrency: number; jobMinutes: number };
        for (const nights of someNights(input.clock, input.pick).filter(({ kind }) => kind !== 'doubled')) {
          const starts = timings.flatMap(({ schedule }) => startsOf(nights, schedule));
          const running = (now: number) => starts.filter((start) => start <= now && now < start + jobMinutes * 60_000);
          const most = Math.max(...[...new Set(starts)].map((now) => running(now).length));
          expect(most).toBeLessThanOrEqual(concurrency);
          if (most === concurrency) crowded += 1;
        }
      }),
      { numRuns: 400 },
    );
    expect(crowded).toBeGreaterThan(100);
  });

  test('fits by the sum, and what does not fit is refused: on the minutes that every night shows', () => {
    const seen = { fits: 0, refused: 0 };
    fc.assert(
      fc.property(cases, (input) => {
        const needed = secondsNeeded(input);
        const shortest = shownEveryNight(input.clock, windowOf(input)).length * 60;
        const accepted = timesOrNone(fleetOf(input), upTo(input.groups)) !== undefined;
        expect(accepted).toBe(needed <= shortest);
        seen[accepted ? 'fits' : 'refused'] += 1;
      }),
      { numRuns: 600 },
    );
    expect(Math.min(seen.fits, seen.refused)).toBeGreaterThan(120);
  });

  test('leaves every run the time its job and the retries need', () => {
    fc.assert(
      fc.property(cases, (input) => {
        const needed = (input.waves.jobMinutes ?? 1) * 60 + backoffSeconds(input.retries);
        const least = input.startingDeadlineMinutes ?? 10;
        for (const timing of timesOrNone(fleetOf(input), upTo(input.groups)) ?? []) {
          expect(timing.activeDeadlineSeconds).toBeGreaterThanOrEqual(needed);
          expect(timing.startingDeadlineSeconds).toBeGreaterThanOrEqual(least * 60);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('moves nothing when groups are added', () => {
    fc.assert(
      fc.property(cases, fc.nat(100), (input, more) => {
        const grown = timesOrNone(fleetOf(input), upTo(input.groups + more));
        if (grown === undefined) return;
        expect(times(fleetOf(input), upTo(input.groups))).toEqual(grown.slice(0, input.groups));
      }),
      { numRuns: 300 },
    );
  });
});

describe('every way out of a refusal', () => {
  /** A case with a line of the hint taken, or as much less of it as there can be. */
  function taken(input: Case, line: string, less: 0 | 1, folded: boolean): Case {
    const [, key, value] = /^ {2}([\w.]+): (.*)$/.exec(line) as unknown as [string, string, string];
    const [number] = value.match(/\d+/) as unknown as [string];
    const { waves } = input;
    switch (key) {
      case 'window.concurrency':
        return { ...input, waves: { ...waves, concurrency: Number(number) - less } };
      case 'window.startsPerMinute':
        return { ...input, waves: { ...waves, startsPerMinute: Number(number) - less } };
      case 'window.closes': {
        const [hour, minute] = (value.match(/\d+/g) ?? []).map(Number) as [number, number];
        const closes = hour * 60 + minute + (value.includes('next day') ? 1_440 : 0);
        return { ...input, length: closes - input.opensAt - less };
      }
      case 'job.retries':
        return { ...input, retries: Number(number) + less };
      case 'window.startingDeadlineMinutes':
        return { ...input, startingDeadlineMinutes: Number(number) + less };
      case 'groups.capacity': {
        // aFleet has a capacity of 1,000.
        const capacity = Number(number) + less;
        const jobMinutes = Math.ceil(((waves.jobMinutes as number) * capacity) / 1_000);
        if (less === 0) expect(line).toContain(`with window.jobMinutes: ${jobMinutes} (`);
        // Each of them is full, and cut in place.
        return { ...input, waves: { ...waves, jobMinutes }, groups: input.groups * Math.ceil(1_000 / capacity) };
      }
      default:
        throw new Error(`no way to take ${line} (${folded})`);
    }
  }

  const compile = (input: Case, folded: boolean) =>
    folded ? foldedTiming('catalog', fleetOf(input), upTo(input.groups)) : times(fleetOf(input), upTo(input.groups));

  test('is accepted when it is taken, and would not be if it were any less', () => {
    const keys = new Map<string, number>();
    fc.assert(
      fc.property(cases, fc.boolean(), (input, folded) => {
        let hint: string;
        try {
          compile(input, folded);
          return;
        } catch (error) {
          hint = (error as UserError).hint as string;
        }
        for (const line of hint.split('\n').slice(1)) {
          const key = line.trim().split(':')[0] as string;
          keys.set(key, (keys.get(key) ?? 0) + 1);
          expect(() => compile(taken(input, line, 0, folded), folded)).not.toThrow();
          expect(refusal(() => compile(taken(input, line, 1, folded), folded)).code).toBe('window-too-short');
        }
      }),
      { numRuns: 600 },
    );
    for (const key of [
      'window.concurrency',
      'window.startsPerMinute',
      'window.closes',
      'job.retries',
      'window.startingDeadlineMinutes',
      'groups.capacity',
    ]) {
      // Else nothing of it would have been looked at.
      expect([key, keys.has(key)]).toEqual([key, true]);
    }
  });
});

describe('foldedTiming', () => {
  const folded = (window: Partial<WindowConfig>, groups: number, retries = 3) =>
    foldedTiming('catalog', fleetIn(window, retries), upTo(groups));

  test('starts one Job with the night, and gives it all of it but ten minutes', () => {
    expect(folded({}, 500)).toEqual({
      schedule: '0 0 * * *',
      timeZone: 'Asia/Seoul',
      startingDeadlineSeconds: 600,
      activeDeadlineSeconds: 290 * 60,
    });
    expect(minutes(folded({ startingDeadlineMinutes: 30 }, 500))).toEqual([30, 270]);
  });

  test('accepts as many waves as the night holds, and refuses one more', () => {
    // 300 - 10 min of starting late and 1.2 min of back-off hold 9 waves of 30 min; half of what is left may be spent on starting late.
    expect(minutes(folded({ concurrency: 10, jobMinutes: 30 }, 90))).toEqual([14, 286]);
    expect(minutes(folded({ concurrency: 10, jobMinutes: 60 }, 10))).toEqual([119, 181]);
    const { code, message } = refusal(() => folded({ concurrency: 10, jobMinutes: 30 }, 91));
    expect(code).toBe('window-too-short');
    expect(message).toMatchInlineSnapshot(
      `"fleets.catalog.window: 91 groups cannot finish in 00:00 to 05:00 Asia/Seoul (5 h, 10 at once for 30 min each): 10 min starting deadline + 300 min for 10 waves + 1.2 min back-off of 3 retries = 311.2 min, and it has 300 min"`,
    );
  });

  test('starts after the hour that clocks skip, where the window opens in it', () => {
    expect(folded({ timeZone: 'Europe/Berlin', opens: '02:30' }, 5)).toMatchObject({ schedule: '0 3 * * *' });
  });

  test('has the times of a schedule where there is one', () => {
    const schedule = { cron: '0 * * * *', timeZone: 'Etc/UTC', deadlineMinutes: 30 };
    expect(foldedTiming('catalog', aFleet({ schedule }), upTo(7))).toEqual(scheduleTiming(schedule));
  });
});

describe('waitTiming', () => {
  const wait = (window: Partial<WindowConfig>, extra: number) => waitTiming(fleetIn(window).window as Window, extra);

  test('opens with the window, and lasts until it closes and for the minutes after', () => {
    expect(wait({}, 30)).toEqual({
      schedule: '0 0 * * *',
      timeZone: 'Asia/Seoul',
      startingDeadlineSeconds: 150 * 60,
      activeDeadlineSeconds: 330 * 60,
    });
  });

  test('lasts as long as the longest night', () => {
    expect(minutes(wait({ timeZone: 'Europe/Berlin' }, 0))).toEqual([120, 360]);
  });

  test('opens on the days of the window', () => {
    expect(wait({ opens: '22:00', days: '1-5' }, 0).schedule).toBe('0 22 * * 1-5');
  });
});

test('timesOf gives all groups of a schedule the same times, and those that run once a deadline at most', () => {
  const schedule = { cron: '*/5 * * * *', timeZone: 'Etc/UTC', deadlineMinutes: 4 };
  expect(times(aFleet({ schedule }), upTo(2))).toEqual([scheduleTiming(schedule), scheduleTiming(schedule)]);
  expect(times(aFleet({ once: true, deadlineMinutes: 90 }), upTo(2))).toEqual([
    { activeDeadlineSeconds: 5_400 },
    { activeDeadlineSeconds: 5_400 },
  ]);
  expect(times(aFleet({ once: true }), upTo(1))).toEqual([{}]);
});

test('scheduleTiming hands the cron line on, and lets a start be ten minutes late', () => {
  const schedule = { cron: ' */5  * * *\t* ', timeZone: 'Etc/UTC', deadlineMinutes: 4 };
  expect(scheduleTiming(schedule)).toEqual({
    schedule: '*/5 * * * *',
    timeZone: 'Etc/UTC',
    startingDeadlineSeconds: 600,
    activeDeadlineSeconds: 240,
  });
});

test.each<[Partial<WindowConfig>, string]>([
  [{}, '00:00 to 05:00 Asia/Seoul (5 h)'],
  [{ opens: '22:00' }, '22:00 to 05:00 next day Asia/Seoul (7 h over midnight)'],
  [{ opens: '22:00', closes: '00:00' }, '22:00 to 00:00 Asia/Seoul (2 h)'],
  [{ opens: '06:00', closes: '06:00 next day' }, '06:00 to 06:00 next day Asia/Seoul (24 h over midnight)'],
  [{ opens: '01:00', closes: '02:20', days: '1-5' }, '01:00 to 02:20 Asia/Seoul (1.33 h, days 1-5)'],
  [{ concurrency: 10, jobMinutes: 30 }, '00:00 to 05:00 Asia/Seoul (5 h, 10 at once for 30 min each)'],
])('describeWindow says %j as a person would', (keys, said) => {
  expect(describeWindow(fleetIn(keys).window as Window)).toBe(said);
});
