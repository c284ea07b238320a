// Objects as they are now, and as they become: a list, then a watch from there on. Lost connections and forgotten versions are
// taken up again; what was seen is never taken for what is, so a watcher only ever has whole states.

import { UserError } from '../errors';
import type { AnyObject, Cluster, Selection } from './cluster';
import { ApiRefusal } from './failures';
import type { Kind } from './kinds';

/** Pause before a watch that ended is taken up again, in milliseconds; longer while the server does not answer. */
const PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;
/** Refused credentials in a row, after which there are no new ones to be had. */
const MOST_UNKNOWN = 3;

/**
 * Calls back with all selected objects: once they are known, and after each change. Ends when `signal` aborts.
 * @param onTrouble told of what is tried again; with it, a server that does not answer at first is waited for too
 * @throws UserError when the first list is refused, and `cluster-unauthorized` or `cluster-forbidden` at any time
 */
export async function follow<T extends AnyObject>(
  cluster: Cluster,
  kind: Kind,
  namespace: string,
  selection: Selection,
  onState: (objects: readonly T[]) => void,
  signal: AbortSignal,
  onTrouble?: (error: unknown) => void,
): Promise<void> {
  let known: { objects: Map<string, T>; resourceVersion: string } | undefined;
  let isFirst = true;
  let failures = 0;
  while (!signal.aborted) {
    try {
      if (known === undefined) {
        const { items, resourceVersion } = await cluster.list<T>(kind, namespace, selection);
        known = { objects: new Map(items.map((item) => [nameOf(item), item])), resourceVersion };
        isFirst = false;
        onState([...known.objects.values()]);
      }
      const state = known;
      const { resourceVersion } = state;
      const end = await cluster.watch<T>(
        kind,
        namespace,
        { ...selection, resourceVersion },
        ({ type, object }) => {
          state.resourceVersion = object.metadata?.resourceVersion ?? state.resourceVersion;
          if (type === 'BOOKMARK') return;
          if (type === 'DELETED') state.objects.delete(nameOf(object));
          else state.objects.set(nameOf(object), object);
          onState([...state.objects.values()]);
        },
        signal,
      );
      if (end === 'expired') known = undefined;
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      const mayWait = onTrouble !== undefined && error instanceof UserError && error.code === 'cluster-unreachable';
      if (!mayWait && isFinal(error, isFirst, failures)) throw error;
      onTrouble?.(error);
      // The connection says nothing of what became of the objects: they are asked for anew.
      known = undefined;
      failures += 1;
    }
    await cluster.pace.sleep(Math.min(LONGEST_PAUSE, PAUSE * 2 ** Math.min(failures, 5)), signal).catch(() => {});
  }
}

/** What trying again does not mend. A watch answers 401 when a token has run out, and the next list is asked with the new one. */
function isFinal(error: unknown, isFirst: boolean, failures: number): boolean {
  if (isFirst) return true;
  if (error instanceof ApiRefusal)
    return error.code === 'cluster-forbidden' || (error.code === 'cluster-unauthorized' && failures >= MOST_UNKNOWN);
  return !(error instanceof UserError || typeof (error as NodeJS.ErrnoException).code === 'string');
}

function nameOf({ metadata }: AnyObject): string {
  return metadata?.name ?? '';
}
