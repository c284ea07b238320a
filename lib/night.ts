// One night of a fleet as the cluster has it, read once: three questions, however many groups there are.

import { groupMapName } from './charts/group-map';
import type { Cluster } from './cluster/cluster';
import { CONFIG_MAPS, CRON_JOBS, JOBS } from './cluster/kinds';
import { currentNight, type Night, nightOn } from './config/nights';
import type { Window } from './config/schema';
import { printDate } from './config/time';
import { wallClock } from './config/zone';
import { UserError } from './errors';
import type { FleetPlan } from './plan/plan';
import { parseGroupMap } from './runs/group-map';
import type { Seen } from './runs/outcome';
import type { RawConfigMap, RawCronJob, RawJob } from './runs/raw';

export interface AskedNight {
  window: Window;
  night: Night;
  /** The local date on which it opened, `YYYY-MM-DD`. */
  date: string;
}

/**
 * The night of a date, else the one that is open, else the last that has closed.
 * @throws UserError `config-invalid` for a fleet without a window, and for a date on which none has opened
 */
export function askedNight({ name, window }: FleetPlan, date: string | undefined, now: Date): AskedNight {
  if (window === undefined)
    throw new UserError('config-invalid', `${name}: expected a fleet with a window, got one without`, {
      hint: 'only nights can be looked at; `kubectl get jobs` shows the Jobs of other fleets',
    });
  const night = date === undefined ? currentNight(window, now) : nightNamed(window, date);
  if (night === undefined || night.opens > now)
    throw new UserError('config-invalid', `--window ${date}: no window has opened on that date`, {
      hint: `expected a past local date, YYYY-MM-DD, on one of the days ${window.days} on which the window opens`,
    });
  return { window, night, date: printDate(wallClock(night.opens.getTime(), window.timeZone)) };
}

function nightNamed(window: Window, date: string): Night | undefined {
  const isDate = /^\d{4}-\d\d-\d\d$/.test(date) && !Number.isNaN(Date.parse(date));
  return isDate ? nightOn(window, date) : undefined;
}

/** @throws UserError `lock-missing` when the group map is not in the cluster, and those of the cluster */
export async function seenOf(cluster: Cluster, plan: FleetPlan): Promise<Seen> {
  const { name, namespace } = plan;
  const selection = { labelSelector: fleetSelector(name) };
  const mapName = groupMapName(plan);
  const map = await cluster.get<RawConfigMap>(CONFIG_MAPS, namespace, mapName);
  if (map === undefined)
    throw new UserError('lock-missing', `ConfigMap ${namespace}/${mapName} is not there, so no groups are known`, {
      hint: `has dist been applied, and is context ${cluster.access.context} the right cluster?`,
    });
  const cronJobs = await cluster.list<RawCronJob>(CRON_JOBS, namespace, selection);
  const jobs = await cluster.list<RawJob>(JOBS, namespace, selection);
  return {
    map: parseGroupMap(map.data ?? {}, `ConfigMap ${namespace}/${mapName}`),
    cronJobs: cronJobs.items,
    jobs: jobs.items,
  };
}

export function fleetSelector(fleet: string): string {
  return `cronfleet/fleet=${fleet}`;
}
