// The story of a verify: config and lock are held against each other, the store counts, nothing is written.

import { basename } from 'node:path';
import { unknownFleet } from './config/did-you-mean';
import { loadConfig } from './config/load';
import type { Config } from './config/schema';
import { readLockText } from './dist/project';
import { allOrRefusals, UserError } from './errors';
import { type Lock, parseLock } from './groups/lock';
import { countQuestion, type FleetVerification, judge, type RecordedFleet, recordedFleet } from './review/verify';
import { countGroups } from './store/count';
import { askAll } from './store/observe';
import { openStore } from './store/open';

export interface VerifyOptions {
  /** The config file. */
  config: string;
  /** Names of the fleets to verify; empty for all. */
  fleets: ReadonlySet<string>;
  /** Fleets that may be verified in another store than the lock's, such as before it is adopted. */
  adoptStore: ReadonlySet<string>;
}

/**
 * Counts the rows of every group, those without a key, and all, in one snapshot a store.
 * @throws UserError `config-invalid`, `lock-missing`, `lock-mismatch`, `another-store`, `verify-unsupported`, and those of store and lock
 */
export async function verify(options: VerifyOptions): Promise<FleetVerification[]> {
  const loaded = await loadConfig(options.config);
  const lockFile = basename(loaded.lockPath);
  const text = readLockText(loaded);
  if (text === undefined) {
    throw new UserError('lock-missing', `${lockFile} is not there, so there are no groups to verify`, {
      hint: 'run synth first; if there was one, bring it back from git',
    });
  }
  const fleets = chosenFleets(loaded.config, parseLock(text, lockFile), lockFile, options.fleets);
  const asked = fleets.map((each) => ({
    store: each.fleet.store ?? loaded.config.store,
    question: countQuestion(each, options.adoptStore),
  }));
  const counts = await askAll(asked, openStore, countGroups);
  return counts.map((count, index) => judge(fleets[index] as RecordedFleet, count));
}

function chosenFleets(config: Config, lock: Lock, lockFile: string, names: ReadonlySet<string>): RecordedFleet[] {
  const configured = Object.keys(config.fleets);
  const failures: unknown[] = [];
  for (const name of names) if (!configured.includes(name)) failures.push(unknownFleet(name, configured));
  // Groups nobody can count are no proof.
  const lost = Object.keys(lock.fleets).filter((name) => !configured.includes(name));
  if (names.size === 0) for (const name of lost) failures.push(lostFleet(name, lockFile));
  const chosen: RecordedFleet[] = [];
  for (const [name, fleet] of Object.entries(config.fleets)) {
    if (names.size > 0 && !names.has(name)) continue;
    // A query's groups are its rows: there is nothing to count, and no reason to leave the other fleets uncounted.
    if (names.size === 0 && fleet.groups.by === 'query' && configured.length > 1) continue;
    try {
      chosen.push(
        recordedFleet(
          name,
          fleet,
          fleet.store ?? config.store,
          Object.hasOwn(lock.fleets, name) ? lock.fleets[name] : undefined,
          lockFile,
        ),
      );
    } catch (error) {
      failures.push(error);
    }
  }
  return allOrRefusals(chosen, failures);
}

/** What `--fleet` says of a name that is none. */

function lostFleet(name: string, lockFile: string): UserError {
  return new UserError('lock-mismatch', `${lockFile} holds fleet ${name}, the config does not`, {
    hint: 'run synth, which asks before it removes it; or verify the others with --fleet=<names>',
  });
}
