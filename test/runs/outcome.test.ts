import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Window } from '../../lib/config/schema';
import { type GroupMap, parseGroupMap } from '../../lib/runs/group-map';
import { outcomesOf, verdictOf } from '../../lib/runs/outcome';
import type { RawCronJob, RawJob } from '../../lib/runs/raw';
import { aPlan, objectsFor } from '../support/builders';
import { CLOSES, minute, OPENS } from '../support/cluster/fleet';

const plan = aPlan({ lock: { groups: 3 } });
const window = plan.window as Window;
const night = { opens: OPENS, closes: CLOSES };
const { groupMap, cronJobs } = objectsFor(plan);
const map: GroupMap = parseGroupMap(groupMap.data ?? {}, 'map');
const HOUR = 60;

/** A Job as it may be found: of which night, over which rows, by whom, and how it ended. */
interface Found {
  group: number;
  night: -1 | 0 | 1;
  rows: 'own' | 'other';
  by: 'schedule' | 'hand' | 'rerun';
  end: 'completed' | 'failed' | 'running';
}

const found: fc.Arbitrary<Found> = fc.record({
  group: fc.nat({ max: 2 }),
  night: fc.constantFrom<Found['night'][]>(-1, 0, 1),
  rows: fc.constantFrom<Found['rows'][]>('own', 'own', 'own', 'other'),
  by: fc.constantFrom<Found['by'][]>('schedule', 'schedule', 'hand', 'rerun'),
  end: fc.constantFrom<Found['end'][]>('completed', 'completed', 'failed', 'running'),
});

function jobOf({ group, night: which, rows, by, end }: Found, at: number): RawJob {
  const template = (cronJobs[group] as never as RawCronJob).spec?.jobTemplate;
  const start = minute(which * 24 * HOUR + 1);
  const ended = minute(which * 24 * HOUR + 2 + at).toISOString();
  const opened = minute(which * 24 * HOUR).toISOString();
  const share = template?.metadata?.annotations ?? {};
  return {
    metadata: {
      name: `job-${at}`,
      uid: `${at}`,
      // What is made by hand comes last of all that night.
      creationTimestamp: (by === 'schedule' ? start : minute(which * 24 * HOUR + 3 * HOUR)).toISOString(),
      labels: { ...template?.metadata?.labels },
      ownerReferences: [
        { apiVersion: 'batch/v1', kind: 'CronJob', name: `${group}`, uid: `cron-${group}`, controller: true },
      ],
      annotations: {
        ...share,
        ...(rows === 'other' ? { 'cronfleet/to': '424242', 'cronfleet/from': '424241' } : {}),
        ...(by === 'schedule' ? { 'batch.kubernetes.io/cronjob-scheduled-timestamp': start.toISOString() } : {}),
        ...(by === 'rerun' ? { 'cronfleet/rerun-of': opened } : {}),
      },
    },
    status:
      end === 'running'
        ? { active: 1 }
        : {
            conditions: [
              { type: end === 'completed' ? 'Complete' : 'Failed', status: 'True', lastTransitionTime: ended },
            ],
          },
  };
}

function judged(jobs: readonly Found[], gone: readonly number[] = []) {
  const there = cronJobs
    .map((cronJob, at) => {
      const metadata = { ...cronJob.metadata, uid: `cron-${at}`, creationTimestamp: '2026-01-01T00:00:00Z' };
      return { ...cronJob, metadata };
    })
    .filter((_, at) => !gone.includes(at));
  const seen = { map, cronJobs: there as never as RawCronJob[], jobs: jobs.map(jobOf) };
  const outcomes = outcomesOf(seen, window, night, CLOSES);
  return { outcomes, verdict: verdictOf(outcomes, night, CLOSES) };
}

test('a night is done only when each group has a completed Job of that night over its own rows', () => {
  fc.assert(
    fc.property(fc.array(found, { maxLength: 9 }), fc.array(fc.nat({ max: 2 }), { maxLength: 1 }), (jobs, gone) => {
      const { verdict } = judged(jobs, gone);
      const isDone = ({ group, night, rows, by, end }: Found, at: number) => {
        if (night !== 0 || rows !== 'own' || end !== 'completed') return false;
        // Made by hand, it counts once the group's own run has failed.
        return (
          by !== 'hand' ||
          jobs.some(
            (own, index) =>
              index !== at && own.group === group && own.night === 0 && own.by === 'schedule' && own.end === 'failed',
          )
        );
      };
      const each = [0, 1, 2].every(
        (group) => !gone.includes(group) && jobs.some((job, at) => job.group === group && isDone(job, at)),
      );
      if (verdict === 'done') expect(each).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test('a night in which each group has just its own completed Job is done, whatever other nights had', () => {
  fc.assert(
    fc.property(fc.array(found, { maxLength: 6 }), (others) => {
      const own = [0, 1, 2].map((group): Found => ({ group, night: 0, rows: 'own', by: 'schedule', end: 'completed' }));
      const { verdict } = judged([...own, ...others.filter(({ night }) => night !== 0)]);
      expect(verdict).toBe('done');
    }),
    { numRuns: 200 },
  );
});

test('a rerun over the rows that the group has now makes up for a run over others', () => {
  const own = [0, 1, 2].map((group): Found => ({ group, night: 0, rows: 'own', by: 'schedule', end: 'completed' }));
  const other: Found = { group: 2, night: 0, rows: 'other', by: 'schedule', end: 'completed' };
  expect(judged([...own.slice(0, 2), other]).verdict).toBe('unknown');
  expect(judged([...own.slice(0, 2), other, { ...other, rows: 'own', by: 'rerun' }]).verdict).toBe('done');
});

test('no Job, no CronJob and no group are never success', () => {
  expect(judged([]).verdict).toBe('failed');
  expect(judged([], [0, 1, 2]).verdict).toBe('unknown');
  expect(verdictOf([], night, CLOSES)).toBe('unknown');
});
