import { describe, expect, test } from 'vitest';
import { fleetsSchema } from '../../lib/config/schema';
import { accepts, fleet, schedule, tells, window } from './written';

describe('window', () => {
  const at = (key: string, expected: string) => (got: string, todo: string) => [
    `fleets.catalog.window.${key}: expected ${expected}, got ${got}`,
    `  ${todo}`,
  ];
  const opens = at('opens', 'a time HH:MM');
  const closes = at('closes', 'a time HH:MM or "HH:MM next day"');
  const timeZone = at('timeZone', 'an IANA time zone such as "Asia/Seoul" or "Etc/UTC"');
  const days = at('days', 'a day-of-week field of cron, such as "1-5" or "MON-FRI"');
  tells([
    ['opens at no time', window({ opens: '25:00' }), opens('"25:00"', 'use 24-hour times such as "05:30"')],
    ['opens at a short time', window({ opens: '5:00' }), opens('"5:00"', 'write "05:00"')],
    [
      'opens on the next day',
      window({ opens: '01:00 next day' }),
      opens('"01:00 next day"', 'only `closes` can be on the next day'),
    ],
    ['opens at a number', window({ opens: 5 }), 'fleets.catalog.window.opens: expected a time HH:MM, got 5'],
    ['closes at no time', window({ closes: '05:60' }), closes('"05:60"', 'use 24-hour times such as "05:30"')],
    [
      'closes at 24:00',
      window({ opens: '20:00', closes: '24:00' }),
      closes('"24:00"', 'the end of the day is "00:00"'),
    ],
    [
      'closes when it opens',
      window({ opens: '01:00', closes: '01:00' }),
      at('closes', 'a time other than `opens`')('"01:00"', 'for a whole day write closes: "01:00 next day"'),
    ],
    [
      'opens after it closes, by mistake it seems',
      window({ opens: '06:00', closes: '05:00' }),
      at('closes', 'a time after `opens`, or at most 12 hours later over midnight')(
        '"05:00", which over midnight would be a window of 23 hours',
        'if that is meant, write closes: "05:00 next day"; if not, swap opens and closes',
      ),
    ],
    [
      'is longer than a day',
      window({ closes: '05:00 next day' }),
      at('closes', 'a window of at most 24 hours')(
        '"05:00 next day", 29 hours after `opens`',
        'write closes: "05:00" if the same day is meant',
      ),
    ],
    [
      'tells what is wrong between two keys beside what is wrong in a third',
      window({ opens: '06:00', timeZone: 'Asia/Soul' }),
      [
        ...at('closes', 'a time after `opens`, or at most 12 hours later over midnight')(
          '"05:00", which over midnight would be a window of 23 hours',
          'if that is meant, write closes: "05:00 next day"; if not, swap opens and closes',
        ),
        ...timeZone('"Asia/Soul"', 'did you mean "Asia/Seoul"? Kubernetes wants the exact letters'),
      ],
    ],
    [
      'has a zone in small letters',
      window({ timeZone: 'asia/seoul' }),
      timeZone('"asia/seoul"', 'did you mean "Asia/Seoul"? Kubernetes wants the exact letters'),
    ],
    [
      'is in the zone of the controller',
      window({ timeZone: 'Local' }),
      timeZone('"Local"', 'Local would be the zone of the cluster’s controller: name the one you mean'),
    ],
    [
      'is on an eighth day',
      window({ days: '1-7' }),
      days('"1-7"', 'the weekday "1-7" is not within 0 to 6 or SUN to SAT'),
    ],
    [
      'is on days that run backwards',
      window({ days: 'FRI-MON' }),
      days('"FRI-MON"', 'the weekday range "FRI-MON" runs backwards; write it as a list'),
    ],
    [
      'starts none or too late',
      window({ startsPerMinute: 0, startingDeadlineMinutes: 1_441 }),
      [
        'fleets.catalog.window.startsPerMinute: expected a whole number from 1 to 1,000, got 0',
        'fleets.catalog.window.startingDeadlineMinutes: expected a whole number from 1 to 1,440, got 1441',
      ],
    ],
    [
      'has waves and does not say how long a job takes',
      window({ concurrency: 5 }),
      [
        'fleets.catalog.window.jobMinutes: expected the minutes a full group takes, beside `concurrency`, got nothing',
        '  a wave starts when the one before it is done',
      ],
    ],
    [
      'has waves and is spread',
      window({ concurrency: 5, jobMinutes: 30, startsPerMinute: 30 }),
      [
        'fleets.catalog.window.startsPerMinute: expected no such key beside `concurrency`, got 30',
        '  leave it out: a wave starts at once, and the waves decide when',
      ],
    ],
    [
      'tells all that is wrong with waves beside what is wrong with its times',
      window({ opens: '06:00', concurrency: 0, startsPerMinute: 1 }),
      [
        ...at('closes', 'a time after `opens`, or at most 12 hours later over midnight')(
          '"05:00", which over midnight would be a window of 23 hours',
          'if that is meant, write closes: "05:00 next day"; if not, swap opens and closes',
        ),
        'fleets.catalog.window.concurrency: expected a whole number from 1 to 10,000, got 0',
        'fleets.catalog.window.startsPerMinute: expected no such key beside `concurrency`, got 1',
        '  leave it out: a wave starts at once, and the waves decide when',
        'fleets.catalog.window.jobMinutes: expected the minutes a full group takes, beside `concurrency`, got nothing',
        '  a wave starts when the one before it is done',
      ],
    ],
    [
      'is a text',
      fleet({ window: '00:00-05:00' }),
      'fleets.catalog.window: expected an object with the keys opens, closes, timeZone, days, concurrency, jobMinutes, startsPerMinute, startingDeadlineMinutes, got "00:00-05:00"',
    ],
  ]);

  accepts([
    ['waves', window({ concurrency: 10_000, jobMinutes: 1_440 })],
    ['a spread of jobs whose length is known', window({ jobMinutes: 30, startsPerMinute: 1 })],
  ]);

  test.each([
    ['on one day', '00:00', '05:00', 0, 300],
    ['over midnight', '22:00', '05:00', 1320, 420],
    ['over midnight for 12 hours', '17:00', '05:00', 1020, 720],
    ['over midnight for longer, on purpose', '06:00', '05:00 next day', 360, 1380],
    ['over midnight, said although it need not be', '22:00', '05:00 next day', 1320, 420],
    ['for a whole day', '06:00', '06:00 next day', 360, 1440],
    ['until midnight', '20:00', '00:00', 1200, 240],
  ])('%s is understood as its start and length', (_, opens, closes, opensAt, minutes) => {
    const read = fleetsSchema.parse(window({ opens, closes }));
    expect(read.fleets.catalog?.window).toMatchObject({ opensAt, minutes });
  });
});

describe('schedule', () => {
  const cron = (got: string, todo: string) => [
    `fleets.catalog.schedule.cron: expected a cron line of five fields: minute, hour, day of month, month, weekday, got ${got}`,
    `  ${todo}`,
  ];
  tells([
    [
      'is no cron line',
      schedule({ cron: '0 0 * * 7' }),
      cron('"0 0 * * 7"', 'the weekday "7" is not within 0 to 6 or SUN to SAT'),
    ],
    ['is a nickname', schedule({ cron: '@daily' }), cron('"@daily"', 'write "0 0 * * *"')],
    [
      'has bad keys',
      schedule({ timeZone: 9, deadlineMinutes: 0 }),
      [
        'fleets.catalog.schedule.timeZone: expected an IANA time zone such as "Asia/Seoul" or "Etc/UTC", got 9',
        'fleets.catalog.schedule.deadlineMinutes: expected a whole number from 1 to 10,080, got 0',
      ],
    ],
    [
      'is a text',
      fleet({ window: undefined, schedule: '* * * * *' }),
      'fleets.catalog.schedule: expected an object with the keys cron, timeZone, deadlineMinutes, got "* * * * *"',
    ],
  ]);
  accepts([['every minute', schedule({ cron: '* * * * *' })]]);
});
