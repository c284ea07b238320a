// Sends what was decided: lot by lot, many at once, removals last. What is refused of one object is told at the end of its lot;
// what would be refused of all ends it at once. Nothing is undone: the next run finds what is left to do.

import type { KubernetesObject } from '@kubernetes/client-node';
import type { Cluster } from '../cluster/cluster';
import { ApiRefusal } from '../cluster/failures';
import { inFlight } from '../cluster/in-flight';
import { identityOf, kindOf, wavesOf } from '../cluster/order';
import { UserError } from '../errors';
import { listed, number } from '../text';
import type { Change } from './changes';
import type { Decision } from './decision';

/** Told of each object that is done. */
export type ApplyProgress = (done: number, total: number) => void;

export interface Sending {
  /** Requests under way at once. */
  concurrency: number;
  progress: ApplyProgress | undefined;
  signal: AbortSignal | undefined;
  /** Awaited before each request: that this apply still has its turn. */
  keepTurn(): Promise<void>;
  /** Called before each request. @throws UserError when it is too late to begin it */
  mayBegin(): void;
}

/** @throws UserError `apply-incomplete` for conflicts, refused objects and an interruption; and those of the cluster */
export async function send(cluster: Cluster, decision: Pick<Decision, 'send' | 'remove'>, sending: Sending) {
  const { concurrency, progress, signal, keepTurn, mayBegin } = sending;
  const total = decision.send.length + decision.remove.length;
  let done = 0;
  const lots = [
    ...wavesOf(decision.send.map(({ manifest }) => manifest)).map((lot) => ({ lot, work: applied })),
    ...wavesOf(decision.remove)
      .reverse()
      .map((lot) => ({ lot, work: removed })),
  ];
  try {
    for (const { lot, work } of lots) {
      const refused: Refused[] = [];
      const one = async (object: KubernetesObject) => {
        await keepTurn();
        mayBegin();
        try {
          await work(object);
        } catch (error) {
          if (!isOfOneObject(error)) throw error;
          refused.push({ object, error });
          return;
        }
        done += 1;
        progress?.(done, total);
      };
      await inFlight(lot, concurrency, one, signal);
      if (refused.length > 0) throw refusedObjects(refused);
      if (signal?.aborted && done < total) throw new UserError('apply-incomplete', 'interrupted');
    }
  } catch (error) {
    throw withProgress(error, done, total);
  }

  async function applied(object: KubernetesObject): Promise<void> {
    await cluster.apply(kindOf(object), object);
  }
  async function removed(object: KubernetesObject): Promise<void> {
    const { namespace, name = '', uid } = object.metadata ?? {};
    await cluster.remove(kindOf(object), namespace, name, uid);
  }
}

/** After which cronfleet is the manager of all that dist says. kubectl also takes over what it applied itself before. */
export const HAND_OVER = 'kubectl apply --server-side --field-manager=cronfleet --force-conflicts -R -f dist';

interface Refused {
  object: KubernetesObject;
  error: ApiRefusal;
}

/** Conflicts with other managers, and what the server finds wrong with one object. */
function isOfOneObject(error: unknown): error is ApiRefusal {
  return error instanceof ApiRefusal && [400, 409, 422].includes(error.status);
}

/** Conflicts that are alike are told once, with how many objects have them. */
export function refusedObjects(refused: readonly Refused[]): UserError {
  const alike = new Map<string, string[]>();
  for (const { object, error } of refused) {
    const causes = error.answer.details?.causes?.filter(({ reason }) => reason === 'FieldManagerConflict') ?? [];
    const lines = causes.map(({ field = '', message = '' }) => `${field.replace(/^\./, '')}: ${message}`);
    for (const line of lines.length > 0 ? lines : [error.answer.message ?? error.message])
      alike.set(line, [...(alike.get(line) ?? []), identityOf(object)]);
  }
  const isConflict = refused.some(({ error }) => error.answer.details?.causes?.[0]?.reason === 'FieldManagerConflict');
  const told = [...alike].map(([line, objects]) => `${line} (in ${listed(objects)})`);
  return new UserError(
    'apply-incomplete',
    `${number(refused.length)} ${refused.length === 1 ? 'object was' : 'objects were'} refused: ${told.join('\n  ')}`,
    {
      hint: isConflict
        ? `nothing is forced. Let who set the field let go of it; or, if dist is to have the last word, once: ${HAND_OVER}`
        : 'see what the cluster says of them',
    },
  );
}

/** What has been done stays; who reads the error is told so. */
function withProgress(error: unknown, done: number, total: number): unknown {
  if (!(error instanceof UserError)) return error;
  const what = `${number(done)} of ${number(total)} changes were made; the next run goes on from there`;
  return new UserError(error.code, error.message, {
    hint: [error.hint, what].filter(Boolean).join('\n'),
    cause: error,
  });
}

/** Asks the server what would become of everything. @returns objects as they are and would be, for those that it would take */
export async function rehearse(
  cluster: Cluster,
  decision: Pick<Decision, 'send' | 'remove'>,
  { concurrency, signal }: Pick<Sending, 'concurrency' | 'signal'>,
): Promise<{ pairs: { change: Change; after: KubernetesObject }[]; refused: Refused[] }> {
  const pairs = new Map<Change, KubernetesObject>();
  const refused: Refused[] = [];
  const one = async (change: Change) => {
    try {
      pairs.set(change, await cluster.apply(kindOf(change.manifest), change.manifest, { dryRun: true }));
    } catch (error) {
      if (!isOfOneObject(error)) throw error;
      refused.push({ object: change.manifest, error });
    }
  };
  await inFlight(decision.send, concurrency, one, signal);
  for (const object of decision.remove) {
    const { namespace, name = '', uid } = object.metadata ?? {};
    await cluster.remove(kindOf(object), namespace, name, uid, { dryRun: true });
  }
  const inOrder = decision.send.filter((change) => pairs.has(change));
  return { pairs: inOrder.map((change) => ({ change, after: pairs.get(change) as KubernetesObject })), refused };
}
