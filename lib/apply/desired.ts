// What shall be in the cluster: the objects of dist, once dist is seen to be what config and lock make.

import { basename, relative } from 'node:path';
import type { KubernetesObject } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { loadConfig } from '../config/load';
import { differences } from '../dist/folder';
import type { Manifest } from '../dist/manifests';
import { readFiles } from '../dist/project';
import { UserError } from '../errors';
import { type Lock, parseLock } from '../groups/lock';
import type { FleetPlan } from '../plan/plan';
import { draftOf } from '../synth';

export interface Desired {
  lock: Lock;
  /** Of the lock, for people. */
  lockFile: string;
  plans: readonly FleetPlan[];
  objects: readonly KubernetesObject[];
  /** They are not all that the fleets have: what else is there is not let go of. */
  isPart?: true;
}

/** What is on disk. @throws UserError `lock-missing`, `apply-refused` for a dist that is not up to date, and those of a frozen synth */
export async function readDesired(config: string, now: Date): Promise<Desired> {
  const loaded = await loadConfig(config, { asksStore: false });
  const files = readFiles(loaded);
  const none: ReadonlySet<string> = new Set();
  const permissions = { newGroups: none, removals: none, empty: none, adoptStore: none, newLock: none };
  const lockFile = basename(loaded.lockPath);
  if (files.lockText === undefined)
    throw new UserError('lock-missing', `${lockFile} is not there, so nobody knows what dist is of`, {
      hint: 'run synth first; if there was one, bring it back from git',
    });
  const draft = await draftOf(loaded, files, { ...permissions, frozen: true, now });
  const count = differences(files.manifests, draft.manifests);
  if (count > 0) {
    const folder = relative(process.cwd(), loaded.distPath);
    throw new UserError(
      'apply-refused',
      `${folder}: expected what ${loaded.file} and ${lockFile} make, got ${count} ${count === 1 ? 'file that is' : 'files that are'} other, missing or too many`,
      { hint: 'run `cronfleet synth --frozen`, look at `git diff`, and apply what was reviewed; nothing was changed' },
    );
  }
  // Byte for byte what is on disk.
  return desiredOf(parseLock(files.lockText, lockFile), lockFile, draft.plans, draft.manifests);
}

export function desiredOf(
  lock: Lock,
  lockFile: string,
  plans: readonly FleetPlan[],
  manifests: readonly Manifest[],
): Desired {
  return { lock, lockFile, plans, objects: manifests.map(objectOf) };
}

/** As the API server would be sent it: what is undefined is not there. */
function objectOf({ text, object }: Manifest): KubernetesObject {
  return object === undefined ? parse(text, { version: '1.1' }) : JSON.parse(JSON.stringify(object));
}

/** The fleet an object is of, by its label. */
export function fleetOf({ metadata }: KubernetesObject): string {
  return metadata?.labels?.['cronfleet/fleet'] ?? '';
}
