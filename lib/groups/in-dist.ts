// Which groups the files of dist belong to.

/** Hexadecimal digits behind the name of a Job that runs once; see ../plan/written.ts. */
export const JOB_HASH_LENGTH = 8;

const FILE = new RegExp(`^([^/]+)/(CronJob\\.(.+)|Job\\.(.+)-[0-9a-f]{${JOB_HASH_LENGTH}})\\.k8s\\.yaml$`);

/** CronJobs of a fleet that are no group's; see ../charts/after.ts. */
const WATCHERS = ['after', 'alert'];

/**
 * The fleet and group of a path below dist: `catalog-0001` of `catalog/CronJob.catalog-0001.k8s.yaml` and of
 * `catalog/Job.catalog-0001-1a2b3c4d.k8s.yaml`; undefined for objects that are no group's.
 */
export function groupOf(path: string): { fleet: string; group: string } | undefined {
  const [, fleet, , cronJob, job] = FILE.exec(path) ?? [];
  if (fleet === undefined || WATCHERS.some((role) => cronJob === `${fleet}-${role}`)) return undefined;
  return { fleet, group: (cronJob ?? job) as string };
}

/** How many Jobs of the fleet take the place of another Job of their group, and so run once more. */
export function runsAgain(
  fleet: string,
  before: readonly { path: string }[],
  after: readonly { path: string }[],
): number {
  const jobs = (files: readonly { path: string }[]) =>
    files.map(({ path }) => path).filter((path) => path.startsWith(`${fleet}/Job.`));
  const had = jobs(before);
  const groups = new Set(had.map((path) => groupOf(path)?.group));
  return jobs(after).filter((path) => !had.includes(path) && groups.has(groupOf(path)?.group)).length;
}
