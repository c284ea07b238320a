// What the alerts ask Prometheus: series of kube-state-metrics that need no label allow-list.
//
// Groups are told apart by their CronJobs' names. Every selector is narrowed to the namespace and taken together by `max by`: a
// second kube-state-metrics, or a new pod of it, gives each series twice, and `cluster` keeps clusters apart where one
// Prometheus sees many.

import type { AlertTimes } from './alert-times';

/** The CronJobs that a fleet's alerts are about. */
export interface Watched {
  namespace: string;
  /** Regular expression that matches their names whole, and no others in the namespace. */
  names: string;
  /** How many there are. */
  count: number;
}

const CRON_JOB = 'cluster, namespace, cronjob';
const JOB = 'cluster, namespace, job_name';
const CLUSTER = 'cluster, namespace';

/**
 * CronJobs whose last run has ended and nothing has succeeded since it was due. A rerun by hand that succeeds is a success,
 * one that fails is no run, and neither needs the failed Job to be there still.
 * Value: when the run was due.
 */
export function runFailed(watched: Watched): string {
  return [
    unsucceeded(watched),
    `unless ${all('kube_cronjob_status_active', watched)} > 0`, //
  ].join('\n');
}

/**
 * CronJobs whose start is overdue by more than their starting deadline, and nothing has succeeded since. What was paused lately, or
 * whose schedule was moved to later, looks the same from here and is passed over: its next start was never ahead.
 * Value: when the start was due.
 */
export function startMissed(watched: Watched, times: AlertTimes): string {
  const next = all('kube_cronjob_next_schedule_time', watched);
  return [
    these('kube_cronjob_next_schedule_time', watched),
    `and ${next} + ${all('kube_cronjob_spec_starting_deadline_seconds', watched)} < time()`,
    `unless ${all('kube_cronjob_status_last_successful_time', watched)} >= ${next}`,
    `unless ${lately('kube_cronjob_next_schedule_time', watched, times)} > ${next}`,
    `unless ${lately('kube_cronjob_spec_suspend', watched, times)} == 1`,
  ].join('\n');
}

/** CronJobs without any success although a whole night has passed since they were made. Value: their age in seconds. */
export function neverSucceeded(watched: Watched, times: AlertTimes): string {
  return [
    `time() - ${these('kube_cronjob_created', watched)} > ${times.firstNightHours * 3_600}`,
    `unless ${all('kube_cronjob_status_last_successful_time', watched)}`,
    `unless ${lately('kube_cronjob_spec_suspend', watched, times)} == 1`,
  ].join('\n');
}

/** Jobs, also those made by hand, that have pods although their deadline is over. Value: 1. */
export function overrunning(watched: Watched): string {
  const owner = `kube_job_owner{${inside(watched)}, owner_kind="CronJob", ${matcher('owner_name', watched)}}`;
  const ofJobs = (metric: string) => `max by (${JOB}) (${metric}{${inside(watched)}})`;
  return [
    `max by (${JOB}, cronjob) (label_replace(${owner}, "cronjob", "$1", "owner_name", "(.+)"))`,
    `and on (${JOB}) ${ofJobs('kube_job_status_active')} > 0`,
    `and on (${JOB}) ${ofJobs('kube_job_status_start_time')} + ${ofJobs('kube_job_spec_active_deadline_seconds')} < time()`,
    `unless on (${CRON_JOB}) ${all('kube_cronjob_spec_suspend', watched)} == 1`,
  ].join('\n');
}

/**
 * How many CronJobs are not done, while no night is on: started and without success since, or not started at all. A night is on
 * from its first start for as long as its window.
 */
export function incomplete(watched: Watched, times: AlertTimes): string {
  const lastSchedule = these('kube_cronjob_status_last_schedule_time', watched);
  return [
    `count by (${CLUSTER}) (`,
    indented(unsucceeded(watched)),
    '  or',
    indented(startMissed(watched, times)),
    ')',
    `unless time() - min by (${CLUSTER}) (`,
    `  ${lastSchedule}`,
    `  > on (${CLUSTER}) group_left ()`,
    `  (max by (${CLUSTER}) (${lastSchedule}) - ${times.spreadSeconds})`,
    `) <= ${times.nightSeconds}`,
  ].join('\n');
}

/**
 * How many CronJobs are not in the cluster. Where all are gone, those seen lately say that the fleet belongs there, and the
 * namespace that kube-state-metrics is at work.
 */
export function groupsGone(watched: Watched, times: AlertTimes): string {
  const namespaceIsThere = `max by (${CLUSTER}) (kube_namespace_created{${inside(watched)}})`;
  const seenLately = `present_over_time(${series('kube_cronjob_created', watched)}[${times.lookbackHours}h])`;
  return [
    // This line alone changes when the data grows.
    `${watched.count} -`,
    '(',
    `  count by (${CLUSTER}) (${these('kube_cronjob_created', watched)})`,
    '  or',
    `  0 * (count by (${CLUSTER}) (${seenLately}) and ${namespaceIsThere})`,
    ') > 0',
  ].join('\n');
}

/** Started, not paused, and nothing has succeeded since. Value: when the last run was due. */
function unsucceeded(watched: Watched): string {
  const lastSchedule = all('kube_cronjob_status_last_schedule_time', watched);
  return [
    these('kube_cronjob_status_last_schedule_time', watched),
    `unless ${all('kube_cronjob_status_last_successful_time', watched)} >= ${lastSchedule}`,
    `unless ${all('kube_cronjob_spec_suspend', watched)} == 1`,
  ].join('\n');
}

/** Of the watched CronJobs. */
function these(metric: string, watched: Watched): string {
  return `max by (${CRON_JOB}) (${series(metric, watched)})`;
}

/** Of all CronJobs in the namespace, for what is matched against {@link these}: the names stand in an expression once. */
function all(metric: string, watched: Watched): string {
  return `max by (${CRON_JOB}) (${metric}{${inside(watched)}})`;
}

/** The highest value of late. */
function lately(metric: string, watched: Watched, times: AlertTimes): string {
  const look = `[${times.lookbackHours}h]`;
  return `max by (${CRON_JOB}) (max_over_time(${metric}{${inside(watched)}}${look}))`;
}

function series(metric: string, watched: Watched): string {
  return `${metric}{${inside(watched)}, ${matcher('cronjob', watched)}}`;
}

function inside({ namespace }: Watched): string {
  return `namespace="${namespace}"`;
}

function matcher(label: string, { names }: Watched): string {
  return `${label}=~"${names}"`;
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
