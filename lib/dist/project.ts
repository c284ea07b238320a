// Lock and dist on disk: read together before a synth, written together after it.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '../errors';
import { groupsIn } from '../groups/in-dist';
import { onDisk } from './failures';
import { differences, readFolder, writeFolder } from './folder';
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
    return readFiles(places);
  });
}

/** Reads both and touches neither, for who writes nothing. @throws UserError `output-refused`, `write-failed` when they cannot be read */
export function readFiles(places: Places): Files {
  return onDisk('nothing was written', () => ({
    lockText: readLockText(places),
    manifests: readFolder(places.distPath),
  }));
}

/** The lock alone, for those who write nothing. @throws UserError `write-failed` when it cannot be read, `lock-invalid` for a folder */
export function readLockText({ lockPath }: Pick<Places, 'lockPath'>): Files['lockText'] {
  return onDisk('nothing was written', () => {
    const status = statSync(lockPath, { throwIfNoEntry: false });
    if (status?.isDirectory()) {
      throw new UserError('lock-invalid', `${basename(lockPath)}: expected a file, got a folder`, {
        hint: 'move it out of the way, and bring the lock back with `git checkout`',
      });
    }
    return status && readFileSync(lockPath, 'utf8');
  });
}

/**
 * A dist whose lock is lost must not be given new groups under old names: ids would start at 1 again with other ranges.
 * @param fleets those of the config that the lock does not know
 * @throws UserError `lock-missing`
 */
export function refuseLostLock(
  places: Places,
  files: Files,
  fleets: readonly string[],
  newLock: ReadonlySet<string>,
): void {
  const asked = fleets.filter((fleet) => !newLock.has(fleet));
  // Without any lock, nothing is known of the groups of fleets that are not in the config either.
  const isLost = (fleet: string) => (files.lockText === undefined ? asked.length > 0 : asked.includes(fleet));
  const groups = groupsIn(files.manifests).filter(({ fleet }) => isLost(fleet));
  if (groups.length === 0) return;
  const lock = basename(places.lockPath);
  const dist = basename(places.distPath);
  const lost = (files.lockText === undefined ? fleets : [...new Set(groups.map(({ fleet }) => fleet))]).join(',');
  throw new UserError(
    'lock-missing',
    files.lockText === undefined
      ? `${dist} holds ${groups.length} groups, but ${lock} is gone`
      : `${dist} holds ${groups.length} groups of ${lost}, of which ${lock} knows nothing`,
    {
      hint: `bring it back with \`git checkout -- ${lock}\`.\nIf the groups may be cut anew: FLEET_NEW_LOCK=${lost}`,
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
    const path = join(places.root, lock);
    // A folder or a link to nowhere is no config's lock.
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) continue;
    const text = onDisk('nothing was written', () => readFileSync(path, 'utf8'));
    const lineages = text.match(/(?<="lineage": ")[0-9a-f]{16}/g) ?? [];
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

/** What became of lock and dist. */
export interface Written {
  /** `elsewhere`: rendered into the folder that `-o` named; lock and dist are untouched. */
  what: 'changed' | 'unchanged' | 'elsewhere';
  /** Whether the lock changed. */
  lock: boolean;
  /** Files of dist that are new, changed or gone. */
  files: number;
}

/**
 * Makes everything ready on disk, then moves it into place: the lock first and dist behind it, since dist follows from lock
 * and config. Files that would stay the same are not touched; a refusal of the disk leaves all as it was.
 * @returns what became of lock and dist
 * @throws UserError `write-failed`
 */
export function writeProject(places: Places, output: Output, before: Files, after: Files): Written {
  if (output.kind === 'elsewhere') {
    onDisk('lock and dist are untouched', () => writeFolder(output.folder, after.manifests));
    return { what: 'elsewhere', lock: false, files: after.manifests.length };
  }
  const swaps: Swap[] = [];
  onDisk('lock and dist are as they were', () => {
    try {
      if (output.copy !== undefined) writeFolder(output.copy, after.manifests);
      if (after.lockText !== undefined && after.lockText !== before.lockText)
        swaps.push(swapFile(places.lockPath, after.lockText));
      if (differences(before.manifests, after.manifests) > 0) {
        swaps.push(swapFolder(places.distPath, (folder) => writeFolder(folder, after.manifests)));
      }
      for (const swap of swaps) swap.commit();
    } catch (error) {
      if (!undone(swaps)) throw halfDone(error);
      throw error;
    } finally {
      tidy(places);
    }
  });
  const files = differences(before.manifests, after.manifests);
  return { what: swaps.length > 0 ? 'changed' : 'unchanged', lock: after.lockText !== before.lockText, files };
}

/** Brings all back, the last first; false when the disk refuses that too. */
function undone(swaps: readonly Swap[]): boolean {
  let all = true;
  for (const swap of [...swaps].reverse()) {
    try {
      swap.undo();
    } catch {
      all = false;
    }
  }
  return all;
}

function halfDone(cause: unknown): UserError {
  return new UserError('write-failed', `the disk refused, and also to undo: ${(cause as Error).message}`, {
    hint: 'the lock may be the new one and dist the old one, or wait beside its place. Mend the disk and run synth: it ends the work',
    cause,
  });
}

/** What cannot be removed now stands beside lock and dist, and goes with the next run. */
function tidy(places: Places): void {
  try {
    finishFile(places.lockPath);
    finishFolder(places.distPath);
  } catch {}
}
