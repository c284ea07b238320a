// What a synth does between its config and its plan: it asks the store, and decides what the groups are.

import { fleetsSchema } from '../lib/config/schema';
import { allocateFleet, prepareFleets } from '../lib/groups/fleets';
import { emptyLock, type Lock } from '../lib/groups/lock';
import { observeAll } from '../lib/store/observe';
import { openStore } from '../lib/store/open';
import { TABLE } from './items';

const NOTHING_PERMITTED = {
  newGroups: new Set<string>(),
  removals: new Set<string>(),
  empty: new Set<string>(),
  adoptStore: new Set<string>(),
  newLock: new Set<string>(),
};

const configOf = (url: string, capacity: number) =>
  fleetsSchema.parse({
    store: { url, statementTimeoutSeconds: 3600 },
    fleets: {
      items: {
        namespace: 'batch',
        groups: { by: 'keyRange', table: TABLE, key: 'id', capacity },
        window: { opens: '00:00', closes: '05:00', timeZone: 'UTC' },
        job: { image: 'worker:1' },
      },
    },
  });

/** A connection of its own, the snapshot, all questions, and the groups; the lock they are recorded in. */
export async function ask(url: string, capacity: number, lock: Lock = emptyLock()): Promise<Lock> {
  const config = configOf(url, capacity);
  const world = { now: new Date(0), newLineage: () => '0123456789abcdef' };
  const [asked] = prepareFleets(config, lock, 'fleet.lock.json', NOTHING_PERMITTED);
  if (asked === undefined) throw new Error('the config has a fleet');
  const [observation] = await observeAll([{ store: config.store, question: asked.question }], openStore);
  if (observation === undefined) throw new Error('a question has an answer');
  const { lock: items } = allocateFleet(asked, observation, NOTHING_PERMITTED, world);
  return { ...lock, fleets: { items } };
}

/** What every synth pays before its first question: connection, snapshot, settings. */
export function askNothing(url: string): Promise<void> {
  return openStore(configOf(url, 1).store).snapshot(async () => undefined);
}
