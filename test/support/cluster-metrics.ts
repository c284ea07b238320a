// What kube-state-metrics says of CronJobs whose story is told: series for `promtool test rules`. Time is in minutes; windows open
// at noon, so that a test can begin before the first.

export const DAY = 1_440;
/** Minute at which the window of a night opens; the first is night 0. */
export const opening = (night: number) => 720 + night * DAY;

/** One Job. */
export interface Run {
  /** When it starts. */
  at: number;
  /** How many minutes it takes. @default 60; Infinity for one that hangs */
  takes?: number;
  fails?: true;
  /** Created with `kubectl create job --from`. */
  byHand?: true;
  /** When the Job object is deleted. */
  removed?: number;
}

/** One CronJob. */
export interface Story {
  /** Minutes behind the window's opening at which it is due. @default 0 */
  due?: number;
  /** A minute, and from then on another `due`. */
  moved?: [number, number];
  /** Weekdays do not come into it: every so many days. @default 1 */
  everyDays?: number;
  runs?: Run[];
  created?: number;
  deleted?: number;
  /** From and to. */
  paused?: [number, number][];
  /** Minutes of its Jobs' deadline. @default 290 */
  deadline?: number;
}

export interface Cluster {
  /** By name of the CronJob. */
  cronJobs: Record<string, Story>;
  /** Where one Prometheus sees many. */
  name?: string;
  /** How long it is watched. */
  minutes: number;
  /** From and to: kube-state-metrics is away. */
  blind?: [number, number];
  /** A second kube-state-metrics that says the same. */
  isDoubled?: true;
  /** When the namespace is made. @default 0 */
  namespaceCreated?: number;
}

export interface Series {
  series: string;
  values: string;
}

type At = (minute: number) => number | undefined;

const STARTING_DEADLINE = 600;

/** A night's run that goes well, for each of these nights. */
export function goodNights(nights: readonly number[], due = 0): Run[] {
  return nights.map((night) => ({ at: opening(night) + due }));
}

/** The series of a namespace `batch`, a sample a minute. */
export function metricsOf(cluster: Cluster): Series[] {
  const all: [string, Record<string, string>, At][] = [
    ['kube_namespace_created', {}, () => (cluster.namespaceCreated ?? 0) * 60],
    ...Object.entries(cluster.cronJobs).flatMap(([name, story]) => [...ofCronJob(name, story), ...ofJobs(name, story)]),
  ];
  const where: Record<string, string> = cluster.name ? { cluster: cluster.name } : {};
  const sources = cluster.isDoubled ? ['ksm-a', 'ksm-b'] : ['ksm-a'];
  return sources.flatMap((pod) =>
    all.map(([metric, labels, at]) => ({
      series: `${metric}${printed({ namespace: 'batch', ...labels, ...where, job: 'kube-state-metrics', pod })}`,
      values: samples(cluster, at),
    })),
  );
}

function ofCronJob(cronjob: string, story: Story): [string, Record<string, string>, At][] {
  const { created = 0, deleted = Number.POSITIVE_INFINITY, runs = [], paused = [], everyDays = 1 } = story;
  const lastDue = (minute: number) => latest(runs.filter((run) => !run.byHand && run.at <= minute).map(({ at }) => at));
  const lastSuccess = (minute: number) =>
    latest(runs.filter((run) => !run.fails && ended(run) <= minute).map((run) => ended(run)));
  const isPaused = (minute: number) => paused.some(([from, to]) => minute >= from && minute < to);
  const next = (minute: number) => {
    const after = lastDue(minute) ?? created;
    const due = story.moved && minute >= story.moved[0] ? story.moved[1] : (story.due ?? 0);
    let night = 0;
    while (opening(night) + due <= after) night += everyDays;
    return opening(night) + due;
  };
  const seconds = (minutes: number | undefined) => (minutes === undefined ? undefined : minutes * 60);
  const metrics: Record<string, At> = {
    created: () => created * 60,
    spec_suspend: (minute) => (isPaused(minute) ? 1 : 0),
    spec_starting_deadline_seconds: () => STARTING_DEADLINE,
    status_active: (minute) => runs.filter((run) => !run.byHand && run.at <= minute && ended(run) > minute).length,
    status_last_schedule_time: (minute) => seconds(lastDue(minute)),
    status_last_successful_time: (minute) => seconds(lastSuccess(minute)),
    next_schedule_time: (minute) => (isPaused(minute) ? undefined : seconds(next(minute))),
  };
  return Object.entries(metrics).map(([metric, at]) => [
    `kube_cronjob_${metric}`,
    { cronjob },
    (minute) => (minute >= created && minute < deleted ? at(minute) : undefined),
  ]);
}

function ofJobs(cronjob: string, { runs = [], deadline = 290 }: Story): [string, Record<string, string>, At][] {
  return runs.flatMap((run): [string, Record<string, string>, At][] => {
    const isThere = (minute: number) => minute >= run.at && minute < (run.removed ?? Number.POSITIVE_INFINITY);
    const when =
      (at: At): At =>
      (minute) =>
        isThere(minute) ? at(minute) : undefined;
    const job_name = `${cronjob}-${run.byHand ? 'r' : ''}${run.at}`;
    const owner = { owner_kind: 'CronJob', owner_name: cronjob, owner_is_controller: 'true' };
    return [
      ['kube_job_owner', { job_name, ...owner }, when(() => 1)],
      ['kube_job_status_start_time', { job_name }, when(() => run.at * 60)],
      ['kube_job_spec_active_deadline_seconds', { job_name }, when(() => deadline * 60)],
      ['kube_job_status_active', { job_name }, when((minute) => (ended(run) > minute ? 1 : 0))],
    ];
  });
}

function ended({ at, takes = 60 }: Run): number {
  return at + takes;
}

function latest(minutes: readonly number[]): number | undefined {
  return minutes.length > 0 ? Math.max(...minutes) : undefined;
}

function printed(labels: Record<string, string>): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}}`;
}

/** In promtool's notation: `5x3` is four samples, `_x3` none for three minutes, `stale` the end of a series. */
function samples({ minutes, blind }: Cluster, at: At): string {
  const words: string[] = [];
  let last: number | undefined;
  let length = 0;
  const flush = () => {
    if (length > 0) words.push(last === undefined ? `_x${length}` : `${last}x${length - 1}`);
    length = 0;
  };
  for (let minute = 0; minute <= minutes; minute += 1) {
    const isBlind = blind !== undefined && minute >= blind[0] && minute < blind[1];
    const value = isBlind ? undefined : at(minute);
    if (value !== last) {
      flush();
      if (value === undefined && minute > 0) {
        words.push('stale');
        last = undefined;
        continue;
      }
    }
    last = value;
    length += 1;
  }
  flush();
  return words.join(' ');
}
