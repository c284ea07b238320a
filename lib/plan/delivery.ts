// What Argo CD or Flux has to know of the fleets, worked out before any object is made.

import type { Config, Fleet, Window } from '../config/schema';
import { changesOf } from '../config/zone';
import { nightOf } from './night';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export interface Kind {
  /** Empty for the core. */
  group: string;
  kind: string;
}

/** A stretch of time in which nothing is synced. */
export interface QuietTime {
  /** The fleet whose window it is. */
  fleet: string;
  /** A cron line of five fields: when the window opens. */
  schedule: string;
  /** How long. */
  minutes: number;
  timeZone: string;
}

export interface DeliveryPlan {
  name: string;
  repository: string;
  branch: string;
  /** The folder of dist, from the root of the repository, without `./`. */
  path: string;
  /** Of the fleets, each once, sorted; never empty. */
  namespaces: string[];
  /** Kinds that the fleets' charts make, or that grow from them, and live in namespaces. */
  kinds: Kind[];
  /** Kinds that the fleets' charts make and that have no namespace. */
  clusterKinds: Kind[];
  quiet: QuietTime[];
}

/** @param path the folder of dist in the repository, where the config does not say it */
export function planDelivery(
  { name, repository, branch, path = '' }: NonNullable<Config['delivery']>,
  fleets: Config['fleets'],
): DeliveryPlan {
  const all = Object.values(fleets);
  return {
    name,
    repository,
    branch,
    path: path.replace(/^(\.\/+)+|\/+$/g, ''),
    namespaces: [...new Set(all.map(({ namespace }) => namespace))].sort(),
    kinds: kindsOf(all),
    clusterKinds: all.some(({ brakes }) => brakes?.admissionPolicy)
      ? ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'].map(kindOf('admissionregistration.k8s.io'))
      : [],
    quiet: Object.entries(fleets).flatMap(([fleet, { window }]) => (window ? [quietTime(fleet, window)] : [])),
  };
}

/**
 * CronJobs, Jobs and Pods are in it whatever the fleets are: Argo CD shows nothing below a CronJob whose kind the project does
 * not permit, and starts no run by hand.
 */
function kindsOf(fleets: readonly Fleet[]): Kind[] {
  const waits = fleets.some(({ after, alerts }) => after !== undefined || alerts?.webhook !== undefined);
  return [
    ...['ConfigMap', 'Pod', ...(waits ? ['ServiceAccount'] : [])].map(kindOf('')),
    ...['CronJob', 'Job'].map(kindOf('batch')),
    ...(fleets.some(({ alerts }) => alerts?.prometheus) ? [kindOf('monitoring.coreos.com')('PrometheusRule')] : []),
    ...(waits ? ['Role', 'RoleBinding'].map(kindOf('rbac.authorization.k8s.io')) : []),
  ];
}

function kindOf(group: string): (kind: string) => Kind {
  return (kind) => ({ group, kind });
}

/**
 * As long as the longest night. Argo CD reckons on the wall clock, where that is up to an hour too long on other nights of a zone whose
 * clocks are put back; with the usual length it would stop denying for a while when clocks show the closing twice.
 */
function quietTime(fleet: string, window: Window): QuietTime {
  const { opensAt, days, timeZone } = window;
  const from = beforeDoubled(window);
  const schedule = `${from % 60} ${Math.floor(from / 60)} * * ${days}`;
  return { fleet, schedule, minutes: nightOf(window).longestMinutes + opensAt - from, timeZone };
}

/** The opening, in minutes after midnight; where clocks show it twice, the first minute they show twice, or it would begin anew. */
function beforeDoubled({ opensAt, timeZone }: Window): number {
  const begins = changesOf(timeZone)
    .filter(({ kind }) => kind === 'doubled')
    .map(({ from, to }) => ({ from: (from % DAY) / MINUTE, minutes: (to - from) / MINUTE }))
    .filter(({ from, minutes }) => from < opensAt && opensAt < from + minutes);
  return Math.min(opensAt, ...begins.map(({ from }) => from));
}
