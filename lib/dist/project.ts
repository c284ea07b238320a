// Lock and dist on disk: read together before a synth, written together after it.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '../errors';
import { groupOf } from '../groups/in-dist';
import { onDisk } from './failures';
import { readFolder, sameManifests, writeFolder } from './folder';
import type { Manifest } from './manifests';
import type { Output, Places } from './output';
import { finishFile, finishFolder, type Swap, swapFile, swapFolder } from './swap';

/** What is on disk. */
export interface Files {
  /** Undefined when there is no lock. */
  lockText: string | undefined;
  manifests: readonly Manifest[];
}

/** Reads both, once what a killed run left is put right. @throws UserError `output-refused`, `write-failed` */
export function readProject(places: Places): Files {
  return onDisk('nothing was written', () => {
    finishFile(places.lockPath);
    finishFolder(places.distPath);
    return { lockText: readLockText(places), manifests: readFolder(places.distPath) };
  });
}

/** The lock alone, for those who write nothing. @throws UserError `write-failed` when it cannot be read */
export function readLockText({ lockPath }: Pick<Places, 'lockPath'>): Files['lockText'] {
  return onDisk('nothing was written', () => (existsSync(lockPath) ? readFileSync(lockPath, 'utf8') : undefined));
}

/**
 * A dist whose lock is lost must not be given new groups under old names: ids would start at 1 again with other ranges.
 * @throws UserError `lock-missing`
 */
export function refuseLostLock(
  places: Places,
  files: Files,
  fleets: readonly string[],
  newLock: ReadonlySet<string>,
): void {
  const groups = files.manifests.filter(({ path }) => groupOf(path) !== undefined);
  if (files.lockText !== undefined || groups.length === 0 || fleets.every((fleet) => newLock.has(fleet))) return;
  const lock = basename(places.lockPath);
  throw new UserError(
    'lock-missing',
    `dist holds ${groups.length} ${groups.some(({ path }) => path.includes('/Job.')) ? 'groups' : 'CronJobs'}, but ${lock} is gone`,
    {
      hint: `bring it back with \`git checkout -- ${lock}\`.\nIf the groups may be cut anew: FLEET_NEW_LOCK=${fleets.join(',')}`,
    },
  );
}

/**
 * Another config's dist must not be replaced by this one's: its groups would be gone.
 * @throws UserError `output-refused`
 */
export function refuseSharedDist(places: Places, { manifests }: Files): void {
  const others = readdirSync(places.root).filter(
    (name) => name.endsWith('.lock.json') && name !== basename(places.lockPath),
  );
  for (const lock of others) {
    const lineages = readFileSync(join(places.root, lock), 'utf8').match(/(?<="lineage": ")[0-9a-f]{16}/g) ?? [];
    const theirs = manifests.find(({ text }) => lineages.some((lineage) => text.includes(lineage)));
    if (theirs === undefined) continue;
    throw new UserError(
      'output-refused',
      `${basename(places.distPath)} holds ${theirs.path} of the fleets in ${lock}`,
      {
        hint: "two configs cannot share a dist: give this one its own, such as dist: 'dist-prod'",
      },
    );
  }
}

/**
 * Makes everything ready on disk, then moves it into place: the lock first and dist behind it, since dist follows from lock
 * and config. Files that would stay the same are not touched; a refusal of the disk leaves all as it was.
 * @returns what became of lock and dist
 * @throws UserError `write-failed`
 */
export function writeProject(
  places: Places,
  output: Output,
  before: Files,
  after: Files,
): 'changed' | 'unchanged' | 'elsewhere' {
  if (output.kind === 'elsewhere') {
    onDisk('lock and dist are untouched', () => writeFolder(output.folder, after.manifests));
    return 'elsewhere';
  }
  const swaps: Swap[] = [];
  onDisk('lock and dist are as they were', () => {
    try {
      if (output.copy !== undefined) writeFolder(output.copy, after.manifests);
      if (after.lockText !== undefined && after.lockText !== before.lockText)
        swaps.push(swapFile(places.lockPath, after.lockText));
      if (!sameManifests(before.manifests, after.manifests)) {
        swaps.push(swapFolder(places.distPath, (folder) => writeFolder(folder, after.manifests)));
      }
      for (const swap of swaps) swap.commit();
    } catch (error) {
      for (const swap of swaps) swap.undo();
      throw error;
    } finally {
      tidy(places);
    }
  });
  return swaps.length > 0 ? 'changed' : 'unchanged';
}

/** What cannot be removed now stands beside lock and dist, harms nothing, and goes with the next run. */
function tidy(places: Places): void {
  try {
    finishFile(places.lockPath);
    finishFolder(places.distPath);
  } catch {}
}
