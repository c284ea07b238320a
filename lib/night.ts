// One night of a fleet as the cluster has it, read once: three questions, however many groups there are.

import { fleetSelector } from './charts/labels';
import type { Cluster } from './cluster/cluster';
import { liveGroupMap } from './cluster/group-map';
import { CRON_JOBS, JOBS } from './cluster/kinds';
import { currentNight, type Night, nightOn } from './config/nights';
import type { Window } from './config/schema';
import { printDate } from './config/time';
import { wallClock } from './config/zone';
import { UserError } from './errors';
import type { FleetPlan } from './plan/plan';
import type { Seen } from './runs/outcome';
import type { RawCronJob, RawJob } from './runs/raw';

export interface AskedNight {
  window: Window;
  night: Night;
  /** The local date on which it opened, `YYYY-MM-DD`. */
  date: string;
}

/** @throws UserError `config-invalid` */
export function windowOf({ name, window }: FleetPlan): Window {
  if (window !== undefined) return window;
  throw new UserError('config-invalid', `fleet ${name} has no window, so it has no nights to look at`, {
    hint: '`cronfleet status` shows its last runs, and `kubectl get jobs` its Jobs',
  });
}

/**
 * The night of a date, else the one that is open, else the last that has closed.
 * @throws UserError `config-invalid` for a date on which none has opened
 */
export function askedNight(window: Window, date: string | undefined, now: Date): AskedNight {
  const night = date === undefined ? currentNight(window, now) : nightOn(window, date);
  if (night === undefined || night.opens > now)
    throw new UserError('config-invalid', `--window ${date}: no window has opened on that date`, {
      hint: `expected a past local date, YYYY-MM-DD, on one of the days ${window.days} on which the window opens`,
    });
  return { window, night, date: printDate(wallClock(night.opens.getTime(), window.timeZone)) };
}

/** @throws UserError `lock-missing` when the group map is not in the cluster, and those of the cluster */
export async function seenOf(cluster: Cluster, { name, namespace }: FleetPlan): Promise<Seen> {
  const selection = { labelSelector: fleetSelector(name) };
  const map = await liveGroupMap(cluster, namespace, name);
  const cronJobs = await cluster.list<RawCronJob>(CRON_JOBS, namespace, selection);
  const jobs = await cluster.list<RawJob>(JOBS, namespace, selection);
  return { map, cronJobs: cronJobs.items, jobs: jobs.items };
}
