// What a team wrote for a Job that runs once. A Job's pod cannot be changed once it is in a cluster, so a Job for which something
// else is written must be another object, which runs again; a new cronfleet, or a default of ours, must not run anything again.

import { createHash } from 'node:crypto';
import type { Fleet, Resources } from '../config/schema';
import { JOB_HASH_LENGTH } from '../groups/in-dist';
import type { FleetLock } from '../groups/lock';
import type { Variable } from './environment';

/** Parts of a source that its groups' variables are made from. */
const TOLD = ['key', 'column', 'type', 'where'];

/**
 * All that makes one Job another than it was, and nothing that has not been written, for this group, in the config or the data.
 * Id and lineage are in it because its pod carries them; namespace and `suspend` can stay out.
 */
export function writtenFor(
  { job, labels, annotations, deadlineMinutes, queue }: Fleet,
  { lineage, source }: Pick<FleetLock, 'lineage' | 'source'>,
  id: number,
  share: Record<string, string | null>,
  forIt: { env: readonly Variable[]; resources: Resources },
  steps: readonly { written: readonly string[] }[],
): object {
  return {
    lineage,
    id,
    share,
    source: Object.fromEntries(Object.entries(source).filter(([name]) => TOLD.includes(name))),
    // Variables as a list: their order is part of the pod. What `customize` does is only known once it has been called.
    job: keysOf({ ...job, ...forIt, written: job.written.filter((key) => key !== 'customize') }),
    labels,
    annotations,
    deadlineMinutes,
    queue,
    // Nothing where there are none, so that Jobs from before there were steps keep their names.
    ...(steps.length > 0 ? { steps: steps.map(keysOf) } : {}),
  };
}

/** What is written of it, not our defaults. */
function keysOf(container: { written: readonly string[] }): object {
  const values = container as unknown as Record<string, unknown>;
  return Object.fromEntries(container.written.map((key) => [key, values[key]]));
}

/** Short hash of plain data, in which the order of keys does not count. */
export function shortHash(data: unknown): string {
  return createHash('sha256').update(canonicalJson(data)).digest('hex').slice(0, JOB_HASH_LENGTH);
}

function canonicalJson(data: unknown): string {
  return JSON.stringify(data, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
