// The alerts, told by Prometheus' own tool, over nights as kube-state-metrics would show them.

import { describe, expect, test } from 'vitest';
import { type AlertRuleGroup, alertRules } from '../../lib/plan/alert-rules';
import type { FleetPlan } from '../../lib/plan/plan';
import { aPlan, type FleetKeys } from '../support/builders';
import { type Cluster, DAY, goodNights, opening, type Story } from '../support/cluster-metrics';
import { alertProblems, type Firing, HAS_PROMTOOL, PROMTOOL, textProblems } from '../support/promtool';

/** Five hours from noon. */
const WINDOW = { opens: '12:00', closes: '17:00', timeZone: 'Etc/UTC' };
const CLOSED = 300;

function rulesOf(plan: FleetPlan): AlertRuleGroup {
  return alertRules(plan) as AlertRuleGroup;
}

/** Fleet `catalog` of as many groups as there are stories. */
function fleetOf(groups: number, fleet: FleetKeys = {}): AlertRuleGroup {
  return rulesOf(aPlan({ fleet: { ...(fleet.schedule ? {} : { window: WINDOW }), ...fleet }, lock: { groups } }));
}

/** A cluster with CronJobs `catalog-0001` and on, watched for three nights unless said otherwise. */
function clusterOf(stories: Story[], keys: Partial<Cluster> = {}): Cluster {
  const cronJobs = Object.fromEntries(stories.map((story, index) => [nameOf(index + 1), story]));
  return { cronJobs, minutes: 3 * DAY, ...keys };
}

function nameOf(id: number): string {
  return `catalog-${String(id).padStart(4, '0')}`;
}

/** Labels of an alert about that group. */
function group(id: number): Record<string, string> {
  return { cronjob: nameOf(id), group: nameOf(id) };
}

const nothing: Firing = {};
const wellDone: Story = { runs: goodNights([0, 1, 2]) };
/** Minutes at which something would be wrong if anything ever was: twelve in each of three days. */
const allTheTime = Object.fromEntries(Array.from({ length: 36 }, (_, index) => [index * 120 + 119, nothing]));

describe.skipIf(!HAS_PROMTOOL)(`${PROMTOOL} on the alerts of a fleet`, () => {
  test('a good night raises nothing', () => {
    expect(alertProblems(fleetOf(2), clusterOf([wellDone, wellDone]), allTheTime)).toBe('');
  });

  test('a failed run is told until a rerun by hand succeeds', () => {
    const [night, rerun] = [opening(1), opening(1) + 600];
    const failed: Story = {
      runs: [...goodNights([0]), { at: night, takes: 30, fails: true }, { at: rerun, takes: 20, byHand: true }],
    };
    const cluster = clusterOf([wellDone, failed], { minutes: rerun + 120 });
    const problems = alertProblems(fleetOf(2), cluster, {
      [night + 29]: nothing,
      [night + 39]: { CronfleetRunFailed: [group(2)] },
      [night + CLOSED + 10]: { CronfleetRunFailed: [group(2)], CronfleetIncomplete: [{}] },
      [rerun + 19]: { CronfleetRunFailed: [group(2)], CronfleetIncomplete: [{}] },
      [rerun + 25]: nothing,
    });
    expect(problems).toBe('');
  });

  test('a rerun that fails, and a failed Job that is removed, leave the alert as it is', () => {
    const night = opening(0);
    const failed: Story = {
      runs: [
        { at: night, takes: 30, fails: true, removed: night + 100 },
        { at: night + 200, takes: 10, fails: true, byHand: true },
      ],
    };
    const told = { CronfleetRunFailed: [group(1)] };
    const cluster = clusterOf([failed], { minutes: night + 280 });
    expect(alertProblems(fleetOf(1), cluster, { [night + 90]: told, [night + 150]: told, [night + 230]: told })).toBe(
      '',
    );
  });

  test('a run by hand that fails after a good night raises nothing', () => {
    const tried: Story = { runs: [...goodNights([0]), { at: opening(0) + 400, takes: 10, fails: true, byHand: true }] };
    const cluster = clusterOf([tried], { minutes: opening(1) });
    expect(alertProblems(fleetOf(1), cluster, { [opening(0) + 450]: nothing, [opening(0) + 900]: nothing })).toBe('');
  });

  test('a start that is missed is told once its deadline is over, until a rerun by hand or the next start', () => {
    const missed: Story = { runs: goodNights([0, 2]) };
    const rerun: Story = { runs: [...goodNights([0, 2]), { at: opening(1) + 400, takes: 10, byHand: true }] };
    const cluster = clusterOf([wellDone, missed, rerun]);
    const night = opening(1);
    const problems = alertProblems(fleetOf(3), cluster, {
      [night + 10]: nothing,
      [night + 20]: { CronfleetStartMissed: [group(2), group(3)] },
      [night + CLOSED + 10]: { CronfleetStartMissed: [group(2), group(3)], CronfleetIncomplete: [{}] },
      [night + 420]: { CronfleetStartMissed: [group(2)], CronfleetIncomplete: [{}] },
      [opening(2) - 1]: { CronfleetStartMissed: [group(2)], CronfleetIncomplete: [{}] },
      [opening(2) + 5]: nothing,
    });
    expect(problems).toBe('');
  });

  test('a night that no group starts is told for each, and for the fleet without waiting for its end', () => {
    const missed: Story = { runs: goodNights([0]) };
    const problems = alertProblems(fleetOf(2), clusterOf([missed, missed]), {
      [opening(1) + 20]: { CronfleetStartMissed: [group(1), group(2)], CronfleetIncomplete: [{}] },
    });
    expect(problems).toBe('');
  });

  test('a group that never ran is told as missed, and as never successful once it had a whole night', () => {
    const never: Story = { created: 100 };
    const age = 100 + 30 * 60;
    const problems = alertProblems(fleetOf(2), clusterOf([wellDone, never]), {
      [opening(0) + 9]: nothing,
      [opening(0) + 20]: { CronfleetStartMissed: [group(2)] },
      [age]: { CronfleetStartMissed: [group(2)], CronfleetIncomplete: [{}] },
      [opening(2) - 1]: {
        CronfleetStartMissed: [group(2)],
        CronfleetNeverSucceeded: [group(2)],
        CronfleetIncomplete: [{}],
      },
    });
    expect(problems).toBe('');
  });

  test('a group that always fails stays told as never successful while its next run is on', () => {
    const runs = [0, 1, 2].map((night) => ({ at: opening(night), takes: 200, fails: true as const }));
    const never = { CronfleetNeverSucceeded: [group(2)] };
    const problems = alertProblems(fleetOf(2), clusterOf([wellDone, { runs }], { minutes: 4 * DAY }), {
      [opening(0) + 900]: { CronfleetRunFailed: [group(2)], CronfleetIncomplete: [{}] },
      [opening(2) - 1]: { ...never, CronfleetRunFailed: [group(2)], CronfleetIncomplete: [{}] },
      [opening(2) + 5]: never,
      [opening(2) + 199]: never,
      [opening(2) + 209]: { ...never, CronfleetRunFailed: [group(2)] },
    });
    expect(problems).toBe('');
  });

  test('a new group raises nothing before its first start is over', () => {
    // Since the one before it was made, the fleet has grown.
    const grown: Story = { created: opening(0) + 500, runs: goodNights([1, 2]) };
    const later = Object.entries(allTheTime).filter(([minute]) => Number(minute) > opening(0) + 500);
    expect(alertProblems(fleetOf(2), clusterOf([wellDone, grown]), Object.fromEntries(later))).toBe('');
  });

  test('a run past its deadline is told with its Job, and the fleet as incomplete while it goes on', () => {
    const night = opening(0);
    const over: Story = { runs: [{ at: night, takes: 500 }], deadline: 290 };
    const job = { ...group(1), job_name: `catalog-0001-${night}` };
    const problems = alertProblems(fleetOf(2), clusterOf([over, wellDone], { minutes: opening(1) - 1 }), {
      [night + 294]: nothing,
      [night + 310]: { CronfleetOverrunning: [job], CronfleetIncomplete: [{}] },
      [night + 505]: nothing,
    });
    expect(problems).toBe('');
  });

  test('a rerun by hand past its deadline is told too', () => {
    const at = opening(0) + 300;
    const over: Story = { runs: [...goodNights([0]), { at, takes: 500, byHand: true }] };
    const job = { ...group(1), job_name: `catalog-0001-r${at}` };
    const cluster = clusterOf([over], { minutes: opening(1) - 1 });
    expect(alertProblems(fleetOf(1), cluster, { [at + 300]: { CronfleetOverrunning: [job] } })).toBe('');
  });

  test('a run that hangs into the next night is told as overrunning, and the start it is in the way of as missed', () => {
    const night = opening(0);
    const hanging: Story = { runs: [{ at: night, takes: Number.POSITIVE_INFINITY }] };
    const job = { ...group(1), job_name: `catalog-0001-${night}` };
    const problems = alertProblems(fleetOf(1), clusterOf([hanging]), {
      [opening(1) + 20]: {
        CronfleetOverrunning: [job],
        CronfleetStartMissed: [group(1)],
        CronfleetNeverSucceeded: [group(1)],
        CronfleetIncomplete: [{}],
      },
    });
    expect(problems).toBe('');
  });

  test('a paused group raises nothing, whatever it left behind', () => {
    const long: [number, number] = [opening(0) + 60, 10 * DAY];
    const night = opening(0);
    const paused: Story[] = [
      { runs: [{ at: night, takes: 20, fails: true }], paused: [long] },
      { runs: [{ at: night, takes: 2_000 }], paused: [long] },
      { runs: [], paused: [[0, 10 * DAY]] },
      { runs: goodNights([0]), paused: [long] },
    ];
    const { 839: _, ...others } = allTheTime;
    expect(alertProblems(fleetOf(5), clusterOf([wellDone, ...paused]), others)).toBe('');
  });

  test('a paused fleet raises nothing, not even at the end of the pause', () => {
    const paused: Story = { runs: goodNights([0, 3]), paused: [[opening(0) + 400, opening(3) - 600]] };
    const cluster = clusterOf([paused, paused], { minutes: 4 * DAY + 600 });
    const more = { [opening(3) - 500]: nothing, [opening(3) - 1]: nothing, [opening(3) + 400]: nothing };
    expect(alertProblems(fleetOf(2), cluster, { ...allTheTime, ...more })).toBe('');
  });

  test('a group that failed before its pause is told again after it', () => {
    const failed: Story = {
      runs: [{ at: opening(0), takes: 20, fails: true }],
      paused: [[opening(0) + 60, opening(0) + 900]],
    };
    const cluster = clusterOf([failed], { minutes: opening(1) });
    const told = { CronfleetRunFailed: [group(1)], CronfleetIncomplete: [{}] };
    expect(alertProblems(fleetOf(1), cluster, { [opening(0) + 800]: nothing, [opening(0) + 910]: told })).toBe('');
  });

  test('a start that is moved to later, once it was over, is not taken for a missed one', () => {
    const moved: Story = { runs: [...goodNights([0]), ...goodNights([1, 2], 120)], moved: [opening(0) + 80, 120] };
    expect(alertProblems(fleetOf(1), clusterOf([moved]), allTheTime)).toBe('');
  });

  test('groups that are gone from the cluster are told as so many', () => {
    const gone: Story = { ...wellDone, deleted: opening(0) + 500 };
    const problems = alertProblems(fleetOf(3), clusterOf([wellDone, gone, gone]), {
      [opening(0) + 510]: nothing,
      [opening(0) + 525]: { CronfleetGroupsGone: [{}] },
      [opening(2)]: { CronfleetGroupsGone: [{}] },
    });
    expect(problems).toBe('');
  });

  test('a fleet that is gone as a whole is told as well', () => {
    const gone: Story = { ...wellDone, deleted: opening(0) + 500 };
    const problems = alertProblems(fleetOf(2), clusterOf([gone, gone]), {
      [opening(0) + 525]: { CronfleetGroupsGone: [{}] },
    });
    expect(problems).toBe('');
  });

  test('without kube-state-metrics nothing is raised, and after it comes back neither', () => {
    const blind: [number, number] = [opening(0) + 500, opening(1) + 500];
    const cluster = clusterOf([wellDone, wellDone], { blind });
    expect(alertProblems(fleetOf(2), cluster, allTheTime)).toBe('');
  });

  test('two kube-state-metrics raise what one would, once', () => {
    const failed: Story = { runs: [{ at: opening(0), takes: 30, fails: true }] };
    const over: Story = { runs: [{ at: opening(0), takes: 500 }] };
    const missed: Story = {};
    const cluster = clusterOf([failed, over, missed], { isDoubled: true, minutes: opening(1) - 1 });
    const problems = alertProblems(fleetOf(4), cluster, {
      [opening(0) + 320]: {
        CronfleetRunFailed: [group(1)],
        CronfleetOverrunning: [{ ...group(2), job_name: `catalog-0002-${opening(0)}` }],
        CronfleetStartMissed: [group(3)],
        CronfleetIncomplete: [{}],
        CronfleetGroupsGone: [{}],
      },
    });
    expect(problems).toBe('');
  });

  test('each of many clusters is judged by itself, and one without the fleet not at all', () => {
    const failed: Story = { runs: [{ at: opening(0), takes: 30, fails: true }] };
    const minutes = opening(1) - 1;
    const clusters = [
      clusterOf([wellDone, wellDone], { name: 'eu', minutes }),
      clusterOf([failed, wellDone], { name: 'us', minutes }),
      { cronJobs: { other: wellDone }, name: 'dev', minutes },
    ];
    const problems = alertProblems(fleetOf(2), clusters, {
      [opening(0) + 320]: {
        CronfleetRunFailed: [{ ...group(1), cluster: 'us' }],
        CronfleetIncomplete: [{ cluster: 'us' }],
      },
    });
    expect(problems).toBe('');
  });

  test('waves are one night: it is judged when the window closes, not between two starts', () => {
    const night = opening(1);
    const dues = [0, 0, 90, 90, 180];
    const waves = { ...WINDOW, concurrency: 2, jobMinutes: 90 };
    const stories = dues.map((due): Story => ({ due, runs: goodNights([0, 1, 2], due) }));
    const failing = { at: night, takes: 10, fails: true as const };
    stories[1] = { runs: [...goodNights([0]), failing, ...goodNights([2])] };
    const failed = { CronfleetRunFailed: [group(2)] };
    const problems = alertProblems(fleetOf(5, { window: waves }), clusterOf(stories), {
      [night + 85]: failed,
      [night + 175]: failed,
      [night + 290]: failed,
      [night + CLOSED + 10]: { ...failed, CronfleetIncomplete: [{}] },
      [opening(2) - 1]: { ...failed, CronfleetIncomplete: [{}] },
      [opening(2) + 5]: nothing,
    });
    expect(problems).toBe('');
  });

  test('a night of waves longer than half a day is not taken for the one before', () => {
    // Starts at 0, 130 … 520 minutes of 20 hours; the last of yesterday is nearer to today's first than a window is long.
    const dues = [0, 130, 260, 390, 520];
    const window = { opens: '12:00', closes: '08:00 next day', timeZone: 'Etc/UTC', concurrency: 1, jobMinutes: 130 };
    const stories = dues.map((due): Story => ({ due, runs: goodNights([0, 1, 2], due) }));
    expect(alertProblems(fleetOf(5, { window }), clusterOf(stories), allTheTime)).toBe('');
  });

  test('a folded fleet is one CronJob, and its group is no label', () => {
    const cluster: Cluster = {
      cronJobs: {
        catalog: { runs: [{ at: opening(0), takes: 30, fails: true }] },
        'catalog-after': { runs: [{ at: opening(0), takes: 30, fails: true }] },
      },
      minutes: opening(1) - 1,
    };
    const plan = aPlan({ fleet: { window: WINDOW, fold: true, job: { command: ['work'] } }, lock: { groups: 5 } });
    const problems = alertProblems(rulesOf(plan), cluster, {
      [opening(0) + 320]: { CronfleetRunFailed: [{ cronjob: 'catalog' }], CronfleetIncomplete: [{}] },
    });
    expect(problems).toBe('');
  });

  test('other CronJobs of the namespace are left alone', () => {
    const failed: Story = { runs: [{ at: opening(0), takes: 30, fails: true }] };
    const names = ['catalog-after', 'catalog-alert', 'catalog-eu-0001', 'my-catalog-0001', 'catalog-001', 'catalog'];
    const others = Object.fromEntries(names.map((name) => [name, failed]));
    const cluster = { cronJobs: { 'catalog-0001': wellDone, ...others }, minutes: 3 * DAY };
    expect(alertProblems(fleetOf(1), cluster, allTheTime)).toBe('');
  });

  test('a fleet that works on some days is not missed on the others', () => {
    const rare: Story = { everyDays: 4, runs: goodNights([0, 4]) };
    const grown: Story = { everyDays: 4, created: opening(0) + 60, runs: goodNights([4]) };
    const rules = fleetOf(2, { window: { ...WINDOW, days: 'MON,THU' } });
    const days = Object.fromEntries(Array.from({ length: 13 }, (_, index) => [(index + 2) * 480, nothing]));
    expect(alertProblems(rules, clusterOf([rare, grown], { minutes: 5 * DAY }), days)).toBe('');
  });

  test('a schedule has the same alerts', () => {
    const schedule = { cron: '0 12 * * *', timeZone: 'Etc/UTC', deadlineMinutes: 60 };
    const failed: Story = { runs: [{ at: opening(0), takes: 30, fails: true }] };
    const problems = alertProblems(fleetOf(2, { schedule }), clusterOf([failed, {}], { minutes: opening(1) - 1 }), {
      [opening(0) + 39]: { CronfleetRunFailed: [group(1)], CronfleetStartMissed: [group(2)] },
      [opening(0) + 80]: {
        CronfleetRunFailed: [group(1)],
        CronfleetStartMissed: [group(2)],
        CronfleetIncomplete: [{}],
      },
    });
    expect(problems).toBe('');
  });

  test('the texts name fleet, group and time, and give commands that can be pasted', () => {
    const failed: Story = { runs: [{ at: opening(0), takes: 30, fails: true }] };
    const problems = textProblems(
      fleetOf(1),
      clusterOf([failed], { minutes: opening(0) + 60 }),
      opening(0) + 40,
      'CronfleetRunFailed',
      {
        exp_labels: { fleet: 'catalog', severity: 'warning', namespace: 'batch', ...group(1) },
        exp_annotations: {
          summary: 'catalog: the last run of catalog-0001 failed',
          description: [
            'The run due 1970-01-01 12:00:00 +0000 UTC ended without success: the rows of this group are not done, or half done, until a run succeeds.',
            'Jobs: kubectl -n batch get jobs -l cronfleet/group=catalog-0001',
            'Logs: kubectl -n batch logs -l cronfleet/group=catalog-0001 --all-containers --tail=50 --prefix',
            'Rerun: kubectl -n batch create job --from=cronjob/catalog-0001 catalog-0001-r$(date +%d%H%M%S)',
          ].join('\n'),
        },
      },
    );
    expect(problems).toBe('');
  });
});
