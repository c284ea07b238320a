// Which groups dist holds.

import { parse } from 'yaml';
import { UserError } from '../errors';

/** Hexadecimal digits behind the name of a Job that runs once; see ../plan/written.ts. */
export const JOB_HASH_LENGTH = 8;

const FILE = new RegExp(`^([^/]+)/(CronJob\\.(.+)|Job\\.(.+)-[0-9a-f]{${JOB_HASH_LENGTH}})\\.k8s\\.yaml$`);

/**
 * The fleet and group of a path below dist: `catalog-0001` of `catalog/CronJob.catalog-0001.k8s.yaml` and of
 * `catalog/Job.catalog-0001-1a2b3c4d.k8s.yaml`; undefined for objects that are no group's.
 */
export function groupOf(path: string): { fleet: string; group: string } | undefined {
  const [, fleet, , cronJob, job] = FILE.exec(path) ?? [];
  // The one CronJob of a folded fleet has the fleet's name.
  return fleet === undefined || cronJob === fleet ? undefined : { fleet, group: (cronJob ?? job) as string };
}

/** Stands in CronJobs that wait for the groups and are none; see ../charts/after.ts. */
const WATCHER = '\n    cronfleet/role: ';

/** A file of dist. */
interface File {
  path: string;
  text: string;
}

/** A group in dist, with the file that says so. */
export interface HeldGroup extends File {
  fleet: string;
  group: string;
}

/**
 * The groups that dist holds, each once: those with a file of their own, and of a folded fleet those in its group map.
 * @throws UserError `output-refused` for a group map that cannot be read
 */
export function groupsIn(dist: readonly File[]): HeldGroup[] {
  const files = dist.flatMap((file) => {
    const held = groupOf(file.path);
    // What is spread comes last, as in ../charts/labels.ts.
    return held && !file.text.includes(WATCHER) ? [{ path: file.path, text: file.text, ...held }] : [];
  });
  const seen = new Set(files.map(({ fleet, group }) => `${fleet}/${group}`));
  return [...files, ...foldedGroups(dist).filter(({ fleet, group }) => !seen.has(`${fleet}/${group}`))];
}

function foldedGroups(dist: readonly File[]): HeldGroup[] {
  const folded = dist.flatMap(({ path }) => /^([^/]+)\/CronJob\.\1\.k8s\.yaml$/.exec(path)?.[1] ?? []);
  return folded.flatMap((fleet) => {
    const map = dist.find(({ path }) => path === `${fleet}/ConfigMap.${fleet}-groups.k8s.yaml`);
    return map === undefined ? [] : namesIn(map).map((group) => ({ ...map, fleet, group }));
  });
}

/** The names in a group map, one JSON object a line. */
function namesIn({ path, text }: File): string[] {
  try {
    const lines = (parse(text, { version: '1.1' }).data.groups as string).split('\n').filter((line) => line !== '');
    return lines.map((line) => (JSON.parse(line) as { name: string }).name);
  } catch (cause) {
    throw new UserError(
      'output-refused',
      `dist: ${path} cannot be read, and it says which groups the folded fleet has`,
      {
        hint: 'bring dist back with `git checkout -- dist`, after a merge `git checkout --ours -- dist`, then run synth',
        cause,
      },
    );
  }
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
