// Starts that Kubernetes would make up for at once: a CronJob's newest start lies before now, after its last run, and is not too late.

import type { KubernetesObject } from '@kubernetes/client-node';
import { readCron } from '../config/cron';
import { wallClock } from '../config/zone';
import type { RawCronJob } from '../runs/raw';
import type { Change } from './changes';

const MINUTE = 60_000;
/** The controller looks back no further without a deadline; ours always have one. */
const DAY_SECONDS = 24 * 60 * 60;

/** The start that would be made up for once the manifest is applied; undefined for none. */
export function startsAtOnce({ manifest, live }: Change, now: Date): Date | undefined {
  if (manifest.kind !== 'CronJob' || live === undefined) return undefined;
  const [next, then] = [(manifest as RawCronJob).spec, (live as RawCronJob).spec];
  if (next === undefined || then === undefined || isSuspended(manifest, live)) return undefined;
  const isMoved = next.schedule !== then.schedule || (next.timeZone ?? '') !== (then.timeZone ?? '');
  // A pause that ends makes up for what it held back.
  if (!isMoved && !then.suspend) return undefined;
  const { lastScheduleTime } = (live as RawCronJob).status ?? {};
  const since = new Date(lastScheduleTime ?? live.metadata?.creationTimestamp ?? 0).getTime();
  const late = (next.startingDeadlineSeconds ?? DAY_SECONDS) * 1000;
  const line = readCron(next.schedule);
  const minute = now.getTime() - (now.getTime() % MINUTE);
  for (let at = minute; at > since && at >= now.getTime() - late; at -= MINUTE)
    if (line.startsAt(wallClock(at, next.timeZone ?? 'Etc/UTC'))) return new Date(at);
  return undefined;
}

/** Once applied. A pause that our manifest does not speak of, and never has, is somebody's own and stays. */
function isSuspended(manifest: KubernetesObject, live: KubernetesObject): boolean {
  const { suspend } = (manifest as RawCronJob).spec ?? {};
  if (suspend !== undefined) return suspend;
  const isOurs = live.metadata?.managedFields?.some(
    ({ manager, operation, fieldsV1 }) =>
      manager === 'cronfleet' && operation === 'Apply' && JSON.stringify(fieldsV1 ?? {}).includes('"f:suspend"'),
  );
  return (live as RawCronJob).spec?.suspend === true && !isOurs;
}
