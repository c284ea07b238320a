import { describe, expect, test } from 'vitest';
import { rerunCode, rerunLines, tell } from '../lib/cli/rerun';
import type { JobProgress } from '../lib/cluster/run-jobs';
import { printLock } from '../lib/groups/lock';
import { askedNight, seenOf, windowOf } from '../lib/night';
import { type RerunOptions, rerun } from '../lib/rerun';
import { outcomesOf } from '../lib/runs/outcome';
import { aLock, aPlan, groupsAt, objectsFor } from './support/builders';
import { aKubeconfig, aPace, connected } from './support/cluster/connected';
import type { Draft, KubeObject } from './support/cluster/index';
import { aNight, applied, type Night } from './support/cluster/night';
import { rulesIn } from './support/cluster/rules-in';
import { aConfig, aProject } from './support/project';

const NOTHING = { done: false, running: false, suspended: false, otherRows: false };
const DONE = new Date('2026-03-01T00:30:00Z');

interface Asked extends Partial<RerunOptions> {
  /** What becomes of a Job once it runs; it completes by default, `undefined` leaves it running. */
  ends?: (job: string) => 'completed' | 'failed' | undefined;
  user?: string;
}

/** Runs it in a cluster whose Jobs end as soon as they are seen to run. */
async function reran(night: Night, { ends = () => 'completed', user, ...keys }: Asked) {
  const lines: string[] = [];
  const progress = tell({ write: (text) => lines.push(text.trimEnd()) }, { follow: keys.follows ?? true });
  let most = 0;
  const cluster = await connected(night.double, aPace(night.double), user === undefined ? {} : { user });
  const outcome = await rerun(cluster, {
    plan: night.plan,
    groups: [],
    failed: false,
    evenIf: NOTHING,
    after: false,
    concurrency: 10,
    follows: true,
    dryRun: false,
    signal: new AbortController().signal,
    onStart: progress.onStart,
    ...keys,
    onChange(all: readonly JobProgress[], changed: JobProgress) {
      progress.onChange(all, changed);
      keys.onChange?.(all, changed);
      most = Math.max(most, all.filter(({ state }) => state === 'running').length);
      const how = changed.state === 'running' ? ends(changed.job) : undefined;
      if (how === 'completed') setImmediate(() => night.end(changed.job, { completedAt: DONE }));
      if (how === 'failed') setImmediate(() => night.end(changed.job, { failedAt: DONE }));
    },
  });
  return { outcome, states: statesOf(outcome.groups), lines, most };
}

const statesOf = (groups: readonly { group: string | undefined; job: string; state: string }[]) =>
  groups.map(({ group, state }) => `${group} ${state}`);
const made = ({ double }: Night) =>
  double.writeRequests.map(({ name, verb, resource }) => `${verb} ${name ?? resource}`);
const namesOf = (night: Night) => night.jobs().map(({ metadata }) => metadata?.name);

const refusalOf = (night: Night, keys: Asked) =>
  reran(night, keys).then(
    () => 'none',
    (error) => [error.code, error.message, error.hint].join('\n'),
  );

/** Group 1 is done, 2 has failed, 3 was missed. */
async function aBadNight(options: Parameters<typeof aNight>[0] = {}): Promise<Night> {
  const night = await aNight(options);
  night.ran('catalog-0001');
  night.ran('catalog-0002', 'failed');
  return night;
}

async function statesNow(night: Night, date?: string) {
  const cluster = await connected(night.double);
  const { window, night: asked } = askedNight(windowOf(night.plan), date, night.double.clock.now());
  const outcomes = outcomesOf(await seenOf(cluster, night.plan), window, asked, night.double.clock.now());
  return outcomes.map(({ state }) => state);
}

describe('rerun --failed', () => {
  test('makes a Job of each group that failed or was missed, and the night is done', async () => {
    const night = await aBadNight();
    const { states, lines } = await reran(night, { failed: true });
    expect(states).toEqual(['catalog-0002 completed', 'catalog-0003 completed']);
    expect(await statesNow(night)).toEqual(['done', 'done', 'done']);
    expect(lines).toEqual([
      '2 groups of the night of 2026-03-01, in namespace batch',
      'catalog-0002-260301-r1: completed (1 of 2)',
      'catalog-0003-260301-r1: completed (2 of 2)',
    ]);
    expect(await reran(night, { failed: true })).toMatchObject({ states: [] });
    expect(made(night)).toHaveLength(2);
  });

  test('asks as often for a hundred groups as for one, but for the Jobs it makes', async () => {
    const asked = [];
    for (const groups of [1, 40]) {
      const night = await aNight({ lock: { groups } });
      await reran(night, { failed: true });
      asked.push(night.double.requests.filter(({ verb }) => verb !== 'create').length);
      expect(night.double.writeRequests).toHaveLength(groups);
    }
    expect(asked[1]).toBe(asked[0]);
  });

  test('runs so many at once, and the next as one ends', async () => {
    const night = await aNight({ lock: { groups: 9 } });
    const { most, states } = await reran(night, {
      failed: true,
      concurrency: 4,
      ends: (job) => (job.includes('0005') ? 'failed' : 'completed'),
    });
    expect(most).toBe(4);
    expect(states.filter((state) => state.endsWith('completed'))).toHaveLength(8);
    expect(states[4]).toBe('catalog-0005 failed');
  });

  test('tells why a Job has failed, and ends with 4', async () => {
    const night = await aBadNight();
    const { outcome } = await reran(night, {
      failed: true,
      ends: (job) => (job.includes('0002') ? 'failed' : 'completed'),
    });
    expect(rerunCode(outcome, { follows: true, dryRun: false })).toBe(4);
    expect(rerunLines(outcome, 'catalog', { follow: true })).toEqual([
      'catalog-0002  failed       catalog-0002-260301-r1  BackoffLimitExceeded: Job has reached the specified backoff limit',
      'catalog-0003  completed    catalog-0003-260301-r1',
      '`cronfleet logs catalog --window 2026-03-01` shows the last lines of what failed',
    ]);
    const [first, ...others] = outcome.groups as [(typeof outcome.groups)[0], ...typeof outcome.groups];
    const groups = [{ ...first, reason: 'a\u001b]0;owned\u0007\u202eb' }, ...others];
    expect(rerunLines({ ...outcome, groups }, 'catalog', { follow: true })[0]).toContain(
      'a\\u001b]0;owned\\u0007\\u202eb',
    );
    // The next try has the next number.
    await reran(night, { failed: true });
    expect(namesOf(night)).toContain('catalog-0002-260301-r2');
    expect(await statesNow(night)).toEqual(['done', 'done', 'done']);
  });

  test('goes on through dropped watches and busy servers, and makes no Job twice', async () => {
    const night = await aNight({ lock: { groups: 6 } });
    night.double.fail({ verb: 'create', times: 2 }, { status: 429 });
    night.double.fail({ verb: 'watch', times: 1 }, { status: 500 });
    const { states } = await reran(night, {
      failed: true,
      concurrency: 2,
      onChange: (_, { state }) => state === 'running' && night.double.dropWatches(),
    });
    expect(states.every((state) => state.endsWith('completed'))).toBe(true);
    expect(night.jobs()).toHaveLength(6);
  });

  test.each([
    ['the answer', true],
    ['the request', false],
  ])('a Job is made once when %s is lost', async (_, isApplied) => {
    const night = await aBadNight();
    night.double.fail({ verb: 'create', times: 1 }, { reset: true, applied: isApplied });
    const { states, lines } = await reran(night, { failed: true });
    expect(states).toEqual(['catalog-0002 completed', 'catalog-0003 completed']);
    expect(night.jobs()).toHaveLength(4);
    expect(lines.join()).not.toContain('somebody else');
  });

  test('two at once make each Job once, and both follow it', async () => {
    const night = await aBadNight();
    const hold = night.double.hold({ verb: 'create' });
    const [one, two] = [reran(night, { failed: true }), reran(night, { failed: true, ends: () => undefined })];
    await hold.waiting(4);
    hold.release();
    expect((await one).states).toEqual((await two).states);
    expect(namesOf(night).filter((name) => name?.includes('-r'))).toEqual([
      'catalog-0002-260301-r1',
      'catalog-0003-260301-r1',
    ]);
    const all = [...(await one).outcome.groups, ...(await two).outcome.groups];
    expect(all.filter(({ isOthers }) => isOthers)).toHaveLength(2);
    expect([...(await one).lines, ...(await two).lines].join()).toContain('made by somebody else just before');
  });

  test('a Job of that name that redoes other rows is nobody’s rerun', async () => {
    const night = await aBadNight();
    const hold = night.double.hold({ verb: 'create' });
    const running = reran(night, { groups: ['2'] });
    await hold.waiting(1);
    const { spec } = night.cronJob('catalog-0002').spec?.jobTemplate ?? {};
    const metadata = { name: 'catalog-0002-260301-r1', namespace: 'batch' };
    night.double.put({ apiVersion: 'batch/v1', kind: 'Job', metadata, spec } as KubeObject);
    hold.release();
    expect((await running).outcome.groups[0]).toMatchObject({ state: 'refused' });
  });

  test('makes no more once the cluster refuses one, and tells what was not started', async () => {
    const night = await aNight({ lock: { groups: 4 } });
    night.double.fail({ verb: 'create', after: 1 }, { status: 403, message: 'exceeded quota: jobs' });
    const { states, outcome } = await reran(night, { failed: true, concurrency: 1 });
    expect(states).toEqual([
      'catalog-0001 completed',
      'catalog-0002 refused',
      'catalog-0003 waiting',
      'catalog-0004 waiting',
    ]);
    expect(rerunLines(outcome, 'catalog', { follow: true }).at(-1)).toContain('2 not started');
    expect(night.double.writeRequests).toHaveLength(2);
  });

  test('interrupted, it leaves what runs, and the next one does not start it again', async () => {
    const night = await aNight();
    const interrupt = new AbortController();
    const { outcome, states } = await reran(night, {
      failed: true,
      concurrency: 1,
      ends: () => undefined,
      signal: interrupt.signal,
      onChange: (_, { state }) => state === 'running' && setImmediate(() => interrupt.abort()),
    });
    expect(states).toEqual(['catalog-0001 running', 'catalog-0002 waiting', 'catalog-0003 waiting']);
    expect(rerunCode(outcome, { follows: true, dryRun: false })).toBe(130);
    expect(rerunLines(outcome, 'catalog', { follow: true }).slice(3)).toEqual([
      'interrupted: 1 of these Jobs goes on in the cluster',
      '2 not started: `cronfleet rerun catalog --failed --window 2026-03-01` takes them up',
    ]);
    expect((await reran(night, { failed: true })).states).toEqual(['catalog-0002 completed', 'catalog-0003 completed']);
    expect(night.jobs()).toHaveLength(3);
  });

  test('a Job that is deleted before it ends is not waited for', async () => {
    const night = await aBadNight();
    const { states } = await reran(night, {
      groups: ['2'],
      ends: () => undefined,
      onChange: (_, { state, job }) =>
        state === 'running' && setTimeout(() => night.double.remove('Job', 'batch', job), 0),
    });
    expect(states).toEqual(['catalog-0002 gone']);
  });

  test('unfollowed, all are made and left', async () => {
    const night = await aNight({ lock: { groups: 15 } });
    const { outcome } = await reran(night, { failed: true, follows: false, concurrency: 1, ends: () => undefined });
    expect(night.jobs()).toHaveLength(15);
    expect(night.double.requests.some(({ verb }) => verb === 'watch')).toBe(false);
    expect(rerunLines(outcome, 'catalog', { follow: false }).at(-1)).toBe('all 15 are made, and nothing is followed');
    expect(rerunCode(outcome, { follows: false, dryRun: false })).toBe(0);
  });

  test('a dry run writes nothing', async () => {
    const night = await aBadNight();
    const { outcome } = await reran(night, { failed: true, dryRun: true });
    expect(rerunLines(outcome, 'catalog', { follow: true, dryRun: true })).toEqual([
      'catalog-0002  would run    catalog-0002-260301-r1',
      'catalog-0003  would run    catalog-0003-260301-r1',
    ]);
    expect(night.double.writeRequests).toEqual([]);
  });

  test('a queue starts nothing once the next window has opened, for its CronJobs do', async () => {
    const night = await aNight({ now: new Date('2026-03-01T14:00:00Z') });
    const { states, outcome } = await reran(night, {
      failed: true,
      concurrency: 1,
      onChange: (_, { state }) => state === 'running' && night.double.clock.set(new Date('2026-03-01T15:00:00Z')),
    });
    expect(states).toEqual(['catalog-0001 completed', 'catalog-0002 refused', 'catalog-0003 refused']);
    expect(outcome.groups[1]?.reason).toBe('the next window has opened');
  });

  test('a queue does not start a group that a rerun of another night has begun meanwhile', async () => {
    const night = await aNight();
    night.ran('catalog-0002', 'failed', { nightsAgo: 1 });
    let others: Promise<unknown> | undefined;
    const { states, outcome } = await reran(night, {
      groups: ['1', '2'],
      concurrency: 1,
      ends: () => undefined,
      onChange: (_, { job, state }) => {
        if (state !== 'running' || others) return;
        others = reran(night, { groups: ['2'], date: '2026-02-28', follows: false, ends: () => undefined }).then(() =>
          night.end(job, { completedAt: DONE }),
        );
      },
    });
    await others;
    expect(states).toEqual(['catalog-0001 completed', 'catalog-0002 refused']);
    expect(outcome.groups[1]?.reason).toBe('catalog-0002-260228-r1 is running');
  });

  test('a queued group that somebody else reruns meanwhile is followed as theirs', async () => {
    const night = await aNight();
    let others: Promise<unknown> | undefined;
    const { states, outcome } = await reran(night, {
      failed: true,
      concurrency: 1,
      ends: (job) => (job.startsWith('catalog-0001') ? undefined : 'completed'),
      onChange: (_, { job, state }) => {
        if (state !== 'running' || others) return;
        others = reran(night, { groups: ['2'], follows: false, ends: () => undefined }).then(() =>
          night.end(job, { completedAt: DONE }),
        );
      },
    });
    await others;
    expect(states).toEqual(['catalog-0001 completed', 'catalog-0002 completed', 'catalog-0003 completed']);
    expect(outcome.groups[1]?.isOthers).toBe(true);
    expect(night.jobs()).toHaveLength(3);
  });

  test('its own Jobs do not keep each other from being made, though dist is applied in part only', async () => {
    const night = await aNight();
    applied(night.double, aPlan({ lock: { groups: 3, serial: 2, source: { where: 'id > 0' } } }));
    const other = aPlan({ lock: { groups: groupsAt(['1500', '2500']) } });
    for (const object of objectsFor(other).all) if (object.kind === 'CronJob') night.double.put(object as Draft);
    const evenIf = { ...NOTHING, otherRows: true };
    const { states } = await reran(night, {
      ...{ groups: ['1', '2', '3'], concurrency: 2, evenIf },
      ends: (job) => (job.startsWith('catalog-0002') ? undefined : 'completed'),
      onChange: (_, { job, state }) => {
        const isLast = job.startsWith('catalog-0003') && state !== 'running';
        if (isLast) night.end('catalog-0002-260301-r1', { completedAt: DONE });
      },
    });
    expect(states.map((state) => state.split(' ')[1])).toEqual(['completed', 'completed', 'completed']);
  });

  test('after failed ones it ends with 4 while groups are left that it may not run', async () => {
    const night = await aNight();
    night.ran('catalog-0001');
    night.ran('catalog-0002');
    night.double.remove('CronJob', 'batch', 'catalog-0003');
    const { outcome } = await reran(night, { failed: true });
    expect(outcome.left).toEqual(['catalog-0003 missing']);
    expect(rerunCode(outcome, { follows: true, dryRun: false })).toBe(4);
    expect(rerunLines(outcome, 'catalog', { follow: true })).toContain(
      'not done, and not to be rerun unasked: catalog-0003 missing; `cronfleet status` says why',
    );
    const named = (await reran(night, { groups: ['1'], evenIf: { ...NOTHING, done: true } })).outcome;
    expect(rerunCode(named, { follows: true, dryRun: false })).toBe(0);
  });

  test('warns of what may still run when the next window opens', async () => {
    const night = await aBadNight({ now: new Date('2026-03-01T12:00:00Z') });
    const { lines } = await reran(night, { failed: true });
    expect(lines[1]).toBe(
      'warning: what is still running at 2026-03-01T15:00Z, when the next window opens, has the next run of its group beside it',
    );
  });

  test('reckons with a queue that is longer than one Job', async () => {
    const night = await aBadNight({ now: new Date('2026-03-01T06:00:00Z') });
    expect((await reran(night, { failed: true, dryRun: true })).lines.join()).not.toContain('warning');
    expect((await reran(night, { failed: true, concurrency: 1 })).lines[1]).toContain('warning');
  });
});

describe('a refusal', () => {
  test('tells everything at once, before anything is made', async () => {
    const night = await aBadNight();
    night.ran('catalog-0003', 'running');
    expect(await refusalOf(night, { failed: true, groups: ['1', 'catalog-0003'] })).toBe(
      [
        'rerun-refused',
        '2 of 3 groups cannot be rerun as asked; nothing was started',
        'catalog-0001: it is done (catalog-0001-29538180); --even-if-done runs it again',
        'catalog-0003: catalog-0003-29538180 is running; --even-if-running runs it beside',
      ].join('\n'),
    );
    expect(night.double.writeRequests).toEqual([]);
    const { states } = await reran(night, { groups: ['1', '3'], evenIf: { ...NOTHING, done: true, running: true } });
    expect(states).toEqual(['catalog-0001 completed', 'catalog-0003 completed']);
  });

  test('names what was meant', async () => {
    const night = await aBadNight();
    expect(await refusalOf(night, { groups: ['catalog-002', '9'] })).toBe(
      [
        'config-invalid',
        'expected groups of fleet catalog, got catalog-002',
        'did you mean catalog-0002?',
        'expected groups of fleet catalog, got 9',
        '  they are catalog-0001 to catalog-0003, by name or by number',
      ].join('\n'),
    );
    expect(await refusalOf(night, {})).toContain('`cronfleet rerun catalog --failed`');
    expect(await refusalOf(night, { failed: true, date: '2026-03-09' })).toContain('no window has opened on that date');
    expect(await refusalOf(night, { failed: true, date: 'yesterday' })).toContain('no window has opened on that date');
  });

  test('a group whose rows were split since is not run for the rows it had', async () => {
    // The last one is open above until another follows it.
    const before = await aNight({ lock: { groups: 2 } });
    before.ran('catalog-0002', 'failed');
    applied(before.double, aPlan({ lock: { groups: 3 } }));
    expect(await refusalOf(before, { failed: true })).toContain(
      'catalog-0002: catalog-0002-29538180 had other rows (from 1001, to unbounded); other groups may have part of them now; --even-if-other-rows runs those it has now',
    );
    const { states } = await reran(before, { groups: ['2', '3'], evenIf: { ...NOTHING, otherRows: true } });
    expect(states).toEqual(['catalog-0002 completed', 'catalog-0003 completed']);
  });

  test('a suspended CronJob is run only when it is named and meant', async () => {
    const night = await aBadNight();
    const cronJob = night.double.get('CronJob', 'batch', 'catalog-0002') as KubeObject;
    night.double.put({ ...cronJob, spec: { ...cronJob.spec, suspend: true } });
    const meant = { ...NOTHING, suspended: true };
    expect(await refusalOf(night, { failed: true })).toContain(
      'catalog-0002: its CronJob is suspended; name it, and --even-if-suspended runs it all the same',
    );
    expect(await refusalOf(night, { failed: true, evenIf: meant })).toContain('name it, and');
    expect((await reran(night, { groups: ['2'], evenIf: meant })).states).toEqual(['catalog-0002 completed']);
  });

  test('what the CronJob starts by itself is waited for', async () => {
    const night = await aNight({ now: new Date('2026-02-28T15:00:30Z') });
    expect(await refusalOf(night, { groups: ['1'] })).toContain(
      'catalog-0001: its CronJob starts it by itself at 2026-02-28T15:00Z; --even-if-running runs it before',
    );
    expect((await reran(night, { failed: true })).states).toEqual([]);
  });

  test('a night whose Jobs may be removed is not taken for missed', async () => {
    const night = await aNight();
    for (const nightsAgo of [3, 2, 1, 0])
      for (const group of night.plan.groups) night.ran(group.facts.name, 'completed', { nightsAgo });
    for (const job of night.jobs().filter(({ metadata }) => metadata?.name?.endsWith('-29533860')))
      night.double.remove('Job', 'batch', job.metadata?.name as string);
    expect(night.jobs()).toHaveLength(9);
    expect(await statesNow(night, '2026-02-26')).toEqual(['forgotten', 'forgotten', 'forgotten']);
    expect(await refusalOf(night, { failed: true, date: '2026-02-26' })).toContain(
      'catalog-0003: whether it was done cannot be told: its Job of that night is not kept any more; --even-if-done runs it again',
    );
  });
});

describe('a past night', () => {
  test('is rerun as that night, and says nothing of the last one', async () => {
    const night = await aNight();
    for (const { facts } of night.plan.groups) night.ran(facts.name, 'completed');
    night.ran('catalog-0001', 'completed', { nightsAgo: 1 });
    night.ran('catalog-0002', 'failed', { nightsAgo: 1 });
    night.ran('catalog-0003', 'completed', { nightsAgo: 1 });
    const { states } = await reran(night, { failed: true, date: '2026-02-28' });
    expect(states).toEqual(['catalog-0002 completed']);
    expect(night.double.get('Job', 'batch', 'catalog-0002-260228-r1')?.metadata).toMatchObject({
      annotations: { 'cronfleet/rerun-of': '2026-02-27T15:00:00Z' },
      ownerReferences: [expect.not.objectContaining({ controller: true })],
    });
    expect(await statesNow(night, '2026-02-28')).toEqual(['done', 'done', 'done']);
  });
});

describe('a folded fleet', () => {
  const aFoldedNight = async (groups = 4) => {
    const night = await aNight({ fleet: { fold: true, job: { command: ['work'] } }, lock: { groups } });
    night.ran('catalog', 'failed', { succeededIndexes: '0,2', failedIndexes: '1,3', reason: 'FailedIndexes' });
    return night;
  };

  test('is rerun by index, each a Job of its own', async () => {
    const night = await aFoldedNight();
    expect(await statesNow(night)).toEqual(['done', 'failed', 'done', 'failed']);
    const { states } = await reran(night, { failed: true });
    expect(states).toEqual(['catalog-0002 completed', 'catalog-0004 completed']);
    expect(await statesNow(night)).toEqual(['done', 'done', 'done', 'done']);
  });

  test('that has grown since is rerun where a group’s rows are the same, and refused where they are not', async () => {
    const night = await aFoldedNight();
    const grown = aPlan({ fleet: { fold: true, job: { command: ['work'] } }, lock: { groups: 5 } });
    applied(night.double, grown);
    const folded = night.cronJob('catalog').spec?.jobTemplate.spec?.completions;
    expect(folded).toBe(5);
    const refused = await refusalOf(night, { failed: true });
    expect(refused).toContain('catalog-0004: catalog-29538180 had other rows');
    expect(refused).not.toContain('catalog-0002');
    const { states } = await reran(night, { groups: ['2'] });
    expect(states).toEqual(['catalog-0002 completed']);
  });
});

test('a folded fleet of which an apply was cut short is not rerun over rows that its pods are not told', async () => {
  const night = await aNight({ fleet: { fold: true, job: { command: ['work'] } }, lock: { groups: 3 } });
  night.ran('catalog', 'failed', { succeededIndexes: '0', failedIndexes: '1-2', reason: 'FailedIndexes' });
  const map = night.double.get('ConfigMap', 'batch', 'catalog-groups') as never as { data: { groups: string } };
  map.data.groups = map.data.groups.replaceAll('"2001"', '"1501"');
  night.double.put(map as never);
  expect(await refusalOf(night, { groups: ['3'] })).toContain('--even-if-other-rows');
});

describe('rerun --after', () => {
  const AFTER = { fleet: { after: { image: 'after:1', minutes: 60 } } };

  test('runs it behind the groups, for that night', async () => {
    const night = await aBadNight(AFTER);
    night.ran('catalog-after', 'failed');
    const { outcome } = await reran(night, { failed: true, after: true });
    expect(outcome.after).toMatchObject({ job: 'catalog-after-260301-r1', state: 'completed' });
    expect(night.double.writeRequests).toHaveLength(3);
    await expect(reran(night, { after: true })).rejects.toThrow('catalog-after-260301-r1 has completed');
  });

  test('does not run it while a group is not done', async () => {
    const night = await aBadNight(AFTER);
    const { outcome } = await reran(night, { groups: ['2'], after: true });
    expect(outcome.after).toEqual({ state: 'not-done', groups: ['catalog-0003 missed'] });
    expect(rerunCode(outcome, { follows: true, dryRun: false })).toBe(4);
    expect(namesOf(night).some((name) => name?.startsWith('catalog-after'))).toBe(false);
  });

  test('needs one, and needs to be followed', async () => {
    const night = await aBadNight();
    await expect(reran(night, { failed: true, after: true })).rejects.toThrow('there is no CronJob catalog-after');
    await expect(reran(night, { failed: true, after: true, follows: false })).rejects.toMatchObject({
      code: 'config-invalid',
    });
    expect(night.double.writeRequests).toEqual([]);
  });
});

test('needs no more rights than docs/rerun.md gives it', async () => {
  const night = await aBadNight({ users: { rerunner: rulesIn('rerun.md', 'catalog-rerun') } });
  const { states } = await reran(night, { failed: true, user: 'rerunner' });
  expect(states).toEqual(['catalog-0002 completed', 'catalog-0003 completed']);
});

test('the command says what has become of the groups, and ends with 4 when one has failed', async () => {
  const night = await aBadNight();
  const project = aProject(aConfig({ store: `'postgres://reader@db/shop'` }));
  project.write('fleet.lock.json', printLock(aLock({ groups: 3, source: { table: 'public.items' } })));
  const hold = night.double.hold({ verb: 'watch' });
  const running = project.cronfleet(
    ['rerun', 'catalog', '--failed', '--window', '2026-03-01', '--even-if-done', '--json'],
    {
      env: { KUBECONFIG: aKubeconfig(night.double) },
    },
  );
  await hold.waiting(1);
  const names = ['catalog-0002-260301-r1', 'catalog-0003-260301-r1'];
  while (!names.every((name) => night.double.get('Job', 'batch', name)))
    await new Promise((resolve) => setImmediate(resolve));
  night.end(names[0] as string, { failedAt: DONE });
  night.end(names[1] as string, { completedAt: DONE });
  hold.release();
  const { code, stdout, stderr } = await running;
  expect({ code, stderr }).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('2 groups of the night of 2026-03-01'),
  });
  expect(statesOf(JSON.parse(stdout).groups)).toEqual(['catalog-0002 failed', 'catalog-0003 completed']);
});
