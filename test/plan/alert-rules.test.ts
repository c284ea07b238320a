import { describe, expect, test } from 'vitest';
import { type AlertRuleGroup, alertRules } from '../../lib/plan/alert-rules';
import { type FleetPlan, planFleet } from '../../lib/plan/plan';
import { aGroup, aPlan, aQueryFleet, aQueryLock } from '../support/builders';

const RUN_FAILED = 'CronfleetRunFailed';
const ABOUT_THE_FLEET = ['CronfleetIncomplete', 'CronfleetGroupsGone'];

function rulesOf(plan: FleetPlan): AlertRuleGroup['rules'] {
  return (alertRules(plan) as AlertRuleGroup).rules;
}

function queryPlan(...names: string[]): FleetPlan {
  return planFleet('fruit', aQueryFleet(), aQueryLock(Object.fromEntries(names.map((name) => [name, {}]))));
}

function folded(plan: FleetPlan): FleetPlan {
  return { ...plan, fold: { compact: false } };
}

/** Every selector of an expression, without its braces. */
function selectors(expr: string): string[] {
  return [...expr.matchAll(/kube_\w+(\{[^}]*\}?"?\})?/g)].map(([found]) => found);
}

/** True when the alerts of the plan are about that CronJob. */
function isWatched(plan: FleetPlan, cronJob: string): boolean {
  const [, names] = /cronjob=~"([^"]+)"/.exec(rulesOf(plan)[0]?.expr as string) as unknown as [string, string];
  return new RegExp(`^(?:${names})$`).test(cronJob);
}

describe('the alerts of a fleet', () => {
  test('are one for each thing that can go wrong', () => {
    expect(rulesOf(aPlan()).map(({ alert, labels }) => [alert, labels.severity])).toEqual([
      ['CronfleetRunFailed', 'warning'],
      ['CronfleetStartMissed', 'warning'],
      ['CronfleetNeverSucceeded', 'warning'],
      ['CronfleetOverrunning', 'warning'],
      ['CronfleetIncomplete', 'critical'],
      ['CronfleetGroupsGone', 'critical'],
    ]);
  });

  test('hold a night for as long as the longest one is', () => {
    const incomplete = (timeZone: string) =>
      rulesOf(aPlan({ fleet: { window: { timeZone } } })).find(({ alert }) => alert === 'CronfleetIncomplete')?.expr;
    expect(incomplete('Asia/Seoul')).toMatch(/<= 18000$/);
    expect(incomplete('Europe/Berlin')).toMatch(/<= 21600$/);
  });

  test.each(rulesOf(aPlan()))(
    '$alert names fleet and group, and gives the commands',
    ({ alert, labels, annotations }) => {
      const isOfFleet = ABOUT_THE_FLEET.includes(alert);
      const { summary = '', description = '' } = annotations;
      expect(labels).toMatchObject({ fleet: 'catalog', ...(isOfFleet ? {} : { group: '{{ $labels.cronjob }}' }) });
      expect(labels.group === undefined).toBe(isOfFleet);
      expect(summary).toMatch(isOfFleet ? /^catalog: / : /^catalog: .*\{\{ \$labels\.cronjob \}\}/);
      expect(description).toMatch(/^.*(process|done).*\n/);
      expect(description).toContain(isOfFleet ? 'cronfleet/fleet=catalog' : 'cronfleet/group={{ $labels.cronjob }}');
      expect(description).toMatch(
        alert === 'CronfleetGroupsGone'
          ? /\nMend: kubectl apply/
          : /\nRerun.*: kubectl -n batch create job --from=cronjob\//,
      );
    },
  );

  test('look into the namespace alone, each series', () => {
    for (const { expr } of rulesOf(aPlan({ fleet: { namespace: 'nightly' } }))) {
      const found = selectors(expr);
      expect(found.length).toBeGreaterThan(1);
      for (const selector of found) expect(selector).toMatch(/^kube_\w+\{namespace="nightly"/);
    }
  });

  test('take the series of kube-state-metrics that are there without an allow-list', () => {
    const exprs = rulesOf(aPlan()).map(({ expr }) => expr);
    const metrics = new Set(exprs.flatMap((expr) => selectors(expr).map((found) => found.replace(/\{.*/, ''))));
    expect([...metrics].sort()).toEqual([
      'kube_cronjob_created',
      'kube_cronjob_next_schedule_time',
      'kube_cronjob_spec_starting_deadline_seconds',
      'kube_cronjob_spec_suspend',
      'kube_cronjob_status_active',
      'kube_cronjob_status_last_schedule_time',
      'kube_cronjob_status_last_successful_time',
      'kube_job_owner',
      'kube_job_spec_active_deadline_seconds',
      'kube_job_status_active',
      'kube_job_status_start_time',
      'kube_namespace_created',
    ]);
  });

  test("are about the fleet's groups, whatever other CronJobs are called", () => {
    const plan = aPlan();
    for (const own of ['catalog-0001', 'catalog-9999', 'catalog-10000']) expect(isWatched(plan, own)).toBe(true);
    const others = ['catalog', 'catalog-after', 'catalog-alert', 'catalog-eu-0001', 'my-catalog-0001', 'catalog-001'];
    for (const other of [...others, 'catalog-0001-0001']) expect(isWatched(plan, other)).toBe(false);
  });

  test("are about the rows of a query by name, also where another fleet's names begin alike", () => {
    const plan = queryPlan('apple', 'red-plum');
    for (const own of ['fruit-apple', 'fruit-red-plum']) expect(isWatched(plan, own)).toBe(true);
    for (const other of ['fruit-after', 'fruit-alert', 'fruit-apple-pie', 'fruit-apple-0001', 'fruit'])
      expect(isWatched(plan, other)).toBe(false);
  });

  test('name the rows of a query once in each line', () => {
    const lines = rulesOf(queryPlan('apple', 'plum')).flatMap(({ expr }) => expr.split('\n'));
    for (const line of lines) expect(line.match(/fruit-apple/g)?.length ?? 0).toBeLessThan(2);
  });

  test('are about the one CronJob of a folded fleet, by the labels that there are', () => {
    const plan = folded(aPlan({ lock: { groups: 3 } }));
    expect(isWatched(plan, 'catalog')).toBe(true);
    expect(isWatched(plan, 'catalog-0001')).toBe(false);
    for (const { labels, annotations } of rulesOf(plan)) {
      expect(labels).not.toHaveProperty('group');
      expect(annotations.description).not.toContain('cronfleet/group');
    }
    const [{ annotations: { description = '' } = {} } = {}] = rulesOf(plan);
    expect(description).toContain('-l cronfleet/fleet=catalog');
    expect(description).toContain(
      'Rerun (all groups once more): kubectl -n batch create job --from=cronjob/catalog catalog-r$(date +%d%H%M%S)',
    );
    expect(rulesOf(plan).at(-1)?.expr).toMatch(/^1 -\n/);
  });

  test("have the team's labels, which may be another severity but not another fleet", () => {
    const alertLabels = { team: 'data', severity: 'page' };
    const plan = aPlan({ fleet: { alerts: { prometheus: { alertLabels } } } });
    for (const { labels } of rulesOf(plan)) expect(labels).toMatchObject({ ...alertLabels, fleet: 'catalog' });
  });

  test('make names of Jobs that Kubernetes takes, however long the group is called', () => {
    const [, suffix = ''] = /-r\$\(date (\S+)\)$/.exec(rulesOf(aPlan())[0]?.annotations.description as string) ?? [];
    expect(suffix).toBe('+%d%H%M%S');
    expect('x'.repeat(52).length + '-r31235959'.length).toBeLessThanOrEqual(63);
  });

  test('count the CronJobs that are written, with those that retire', () => {
    const groups = [aGroup({ from: null, to: null }), aGroup({ id: 2, state: 'retiring' })];
    expect(rulesOf(aPlan({ lock: { groups } })).at(-1)?.expr).toMatch(/^2 -\n/);
  });

  test('are none where nothing is scheduled', () => {
    expect(alertRules(aPlan({ fleet: { once: true } }))).toBeUndefined();
    expect(alertRules(queryPlan())).toBeUndefined();
  });
});

describe('the first whole night of a group', () => {
  /** From which age on it should have succeeded once, in hours. */
  const hours = (fleet: Parameters<typeof aPlan>[0]) => {
    const rule = rulesOf(aPlan(fleet)).find(({ alert }) => alert === 'CronfleetNeverSucceeded');
    return Number(/> (\d+)$/m.exec(rule?.expr as string)?.[1]) / 3_600;
  };
  const scheduled = (cron: string) => ({
    fleet: { schedule: { cron, timeZone: 'Etc/UTC', deadlineMinutes: 50 } },
  });

  test.each([
    ['every day', { fleet: {} }, 24 + 5 + 1],
    ['for a day', { fleet: { window: { closes: '00:00 next day' } } }, 24 + 24 + 1],
    ['on workdays', { fleet: { window: { days: '1-5' } } }, 3 * 24 + 5 + 1],
    ['once a week', { fleet: { window: { days: 'SUN' } } }, 7 * 24 + 5 + 1],
    ['twice a week', { fleet: { window: { days: '0,6' } } }, 6 * 24 + 5 + 1],
    ['by a daily schedule', scheduled('30 4 * * *'), 24 + 1 + 1],
    ['by a weekly schedule', scheduled('30 4 * * 0'), 7 * 24 + 1 + 1],
    ['by a schedule of every month', scheduled('30 4 31 * *'), 62 * 24 + 1 + 1],
    ['by a schedule of every year', scheduled('30 4 1 1 *'), 366 * 24 + 1 + 1],
  ])('of a fleet that works %s is over for certain', (_, fleet, expected) => {
    expect(hours(fleet)).toBe(expected);
  });

  test('is what is looked back for a pause, eight days at most', () => {
    const ranges = (cron: string) =>
      new Set(rulesOf(aPlan(scheduled(cron))).flatMap(({ expr }) => expr.match(/\[\d+h\]/g) ?? []));
    expect([...ranges('30 4 * * *')]).toEqual(['[26h]']);
    expect([...ranges('30 4 1 1 *')]).toEqual(['[192h]']);
  });
});

test('nothing in the alerts of one fleet depends on another', () => {
  const rule = (plan: FleetPlan) => rulesOf(plan).find(({ alert }) => alert === RUN_FAILED);
  expect(rule(aPlan({ lock: { groups: 2 } }))).toEqual(rule(aPlan({ lock: { groups: 9, serial: 7 } })));
});
