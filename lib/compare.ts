// The story of `cronfleet plan`: everything of a synth but writing, held against what is there. Nothing is written.

import { basename, relative } from 'node:path';
import { type Loaded, loadConfig } from './config/load';
import type { Fleet } from './config/schema';
import { type Files, readFiles, refuseLostLock } from './dist/project';
import { readRevision } from './dist/revision';
import { UserError } from './errors';
import { emptyLock, parseLock } from './groups/lock';
import { type ClusterLock, ofClusterLock, withClusterLock } from './lock-in-cluster';
import type { FleetPlan } from './plan/plan';
import { type Changes, changesOf, hasChanges, type State } from './review/changes';
import { type Draft, draftOf, type SynthOptions } from './synth';

export interface CompareOptions extends Omit<SynthOptions, 'cdk8sOutput'> {
  /** A revision of git whose lock and dist are compared with; undefined for those on disk. */
  against: string | undefined;
  /** A lock in the cluster in place of the one on disk; the comparison is then of its one fleet. */
  clusterLock?: ClusterLock | undefined;
}

/** What a synth would change. */
export interface Comparison extends Changes {
  /** Where what is compared with comes from: a revision, or undefined for what is on disk. */
  against: string | undefined;
  isFrozen: boolean;
  /** Relative to the working folder. */
  folder: string;
  lockFile: string;
  hasChanges: boolean;
  /** Groups were cut because the data has grown, which a frozen synth does not see. */
  isOutgrown: boolean;
  /** Of the fleets there will be, in the order of the config. */
  plans: FleetPlan[];
  warnings: string[];
}

/**
 * Asks the stores as a synth does, or renders from the lock (`frozen`), and compares.
 * @throws UserError of every code a synth has, but those of writing; `revision-unknown`
 */
export async function compare(options: CompareOptions): Promise<Comparison> {
  const { loaded, files: onDisk, draft } = await draftFrom(options);
  const lockFile = basename(loaded.lockPath);
  const after = { lock: parseLock(draft.lockText, lockFile), files: draft.manifests };
  const changesSince = (then: Files) => changesOf(stateOf(then, lockFile), after, draft.plans, options.now);
  const [then, changes] =
    options.against === undefined
      ? [onDisk, changesSince(onDisk)]
      : inRevision(options.against, () => {
          const then = readRevision(loaded, options.against as string);
          if (then.lockText === undefined) refuseLostLock(loaded, then, Object.keys(loaded.config.fleets), new Set());
          return [then, changesSince(then)] as const;
        });
  return {
    against: options.against,
    isFrozen: options.frozen,
    folder: relative(process.cwd(), loaded.distPath),
    lockFile: options.clusterLock?.where ?? relative(process.cwd(), loaded.lockPath),
    ...changes,
    hasChanges: hasChanges(changes),
    isOutgrown: draft.fleets.some(({ added }, index) => added.length > 0 && changes.fleets[index]?.what === 'changed'),
    plans: draft.plans,
    warnings: [...draft.warnings, ...folderWarnings(then, draft, relative(process.cwd(), loaded.distPath))],
  };
}

/** What is there, and what a synth would make of it. */
async function draftFrom(options: CompareOptions): Promise<{ loaded: Loaded; files: Files; draft: Draft }> {
  const all = await loadConfig(options.config, { asksStore: !options.frozen });
  const onDisk = readFiles(all);
  if (options.clusterLock === undefined)
    return { loaded: all, files: onDisk, draft: await draftOf(all, onDisk, options) };
  const { loaded, files, name } = await withClusterLock(all, onDisk, options.clusterLock);
  const fleet = loaded.config.fleets[name] as Fleet;
  return { loaded, files, draft: await ofClusterLock(name, fleet, () => draftOf(loaded, files, options)) };
}

function stateOf({ lockText, manifests }: Files, lockFile: string): State {
  return { lock: lockText === undefined ? emptyLock() : parseLock(lockText, lockFile), files: manifests };
}

/** A dist under another name leaves the folder of before as it is, and with it what syncs that folder. */
function folderWarnings({ lockText, manifests }: Files, draft: Pick<Files, 'manifests'>, dist: string): string[] {
  if (lockText === undefined || manifests.length > 0 || draft.manifests.length === 0) return [];
  return [
    `${dist} is empty so far, though there is a lock: if dist had another name, the folder of that name stays until you remove it`,
  ];
}

/** Runs `work`; its refusals of lock and dist are told as those of the revision, which no synth and no checkout mends. */
function inRevision<T>(revision: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UserError) || error.code === 'revision-unknown') throw error;
    throw new UserError(error.code, `--against: in ${JSON.stringify(revision)}, ${error.message}`, {
      hint: 'compare with a revision whose lock and dist are whole and of this version of cronfleet, or leave --against out: then with those on disk',
      cause: error,
    });
  }
}
