// A folded fleet: one CronJob, whose Job has an index for each group.

import type { MappedGroup } from './group-map';
import type { RawCronJob } from './raw';
import type { Run } from './run';

/** The one CronJob of a folded fleet: it has the fleet's name. */
export function foldedCronJob(cronJobs: readonly RawCronJob[]): RawCronJob | undefined {
  return cronJobs.find(({ metadata }) => metadata?.name === metadata?.labels?.['cronfleet/fleet']);
}

/** A folded fleet's Job has the indexes that there were when it was made. */
export function isIn({ indexes }: Run, { index }: MappedGroup): boolean {
  return indexes === undefined || index === undefined || index < indexes.count;
}

/** A Job of the fleet as a whole has a completed, failed or running index for each group. */
export function stateIn(run: Run, group: Pick<MappedGroup, 'index'>): Run['state'] {
  if (run.indexes === undefined || group.index === undefined) return run.state;
  if (run.indexes.completed.has(group.index)) return 'completed';
  if (run.indexes.failed.has(group.index)) return 'failed';
  // Once the Job is over, what has not completed never will.
  return run.state === 'running' ? 'running' : 'failed';
}
