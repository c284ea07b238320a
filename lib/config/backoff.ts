// How long Kubernetes waits between the tries of one run, and the deadlines that leave no time for it.

import { type Broken, isPlainObject } from './shapes';

/** Pods that fail are tried again after 10 s, then twice as long each time, at most this long. https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy */
const LONGEST_BACKOFF_SECONDS = 600;
/** A job that has less than this is not worth starting. */
export const SHORTEST_RUN_SECONDS = 60;
export const DEFAULT_RETRIES = 3;
export const MAX_RETRIES = 20;

/** Seconds Kubernetes waits between the tries of one run. */
export function backoffSeconds(retries: number): number {
  let sum = 0;
  for (let retry = 0; retry < retries; retry += 1) sum += Math.min(10 * 2 ** retry, LONGEST_BACKOFF_SECONDS);
  return sum;
}

/** Of a fleet as it was written: `deadlineMinutes`, its own or its schedule's, hold a minute of work and the waits between all tries. */
export function deadlineRule({ schedule, once, deadlineMinutes, job }: Record<string, unknown>): Broken[] {
  const ofSchedule = isPlainObject(schedule) ? schedule.deadlineMinutes : undefined;
  const [path, minutes] = once ? [['deadlineMinutes'], deadlineMinutes] : [['schedule', 'deadlineMinutes'], ofSchedule];
  const retries = (isPlainObject(job) ? job.retries : undefined) ?? DEFAULT_RETRIES;
  // What is no such number is told by its own key.
  if (!isWhole(minutes, 1) || !isWhole(retries, 0) || retries > MAX_RETRIES) return [];
  const needed = Math.ceil((SHORTEST_RUN_SECONDS + backoffSeconds(retries)) / 60);
  if (minutes >= needed) return [];
  let fewer = retries;
  while (SHORTEST_RUN_SECONDS + backoffSeconds(fewer) > minutes * 60) fewer -= 1;
  const waits = `${backoffSeconds(retries)} s that Kubernetes waits between ${retries} retries`;
  const message = `at least ${needed} minutes: one to run, and the ${waits}\nallow ${needed}, or write job.retries: ${fewer}`;
  return [{ path, message }];
}

function isWhole(value: unknown, min: number): value is number {
  return Number.isInteger(value) && (value as number) >= min;
}
