// One question for each fleet, one snapshot for each store.

import type { Store as StoreConfig } from '../config/schema';
import { allOrRefusals, UserError } from '../errors';
import { type ColumnObservation, type ColumnQuestion, observeColumn } from './column';
import { storeFailure } from './failures';
import { observeQuery, type QueryObservation, type QueryQuestion } from './query';
import { observeRanges, type Progress, type RangeObservation, type RangeQuestion } from './ranges';
import type { Session, Store } from './session';

export type Question = RangeQuestion | ColumnQuestion | QueryQuestion;
export type Observation = RangeObservation | ColumnObservation | QueryObservation;

/**
 * The answers, in the order of the questions. Questions to one store are answered by one snapshot of it.
 * @throws UserError every refusal of every store, all at once
 */
export function observeAll(
  asked: readonly { store: StoreConfig; question: Question }[],
  open: (config: StoreConfig) => Store,
  progress?: Progress,
): Promise<Observation[]> {
  return askAll(asked, open, (session, question) => observe(session, question, progress));
}

/**
 * What `ask` says to each question, in their order, from one snapshot a store.
 * @throws UserError every refusal of every store, all at once
 */
export async function askAll<Q, A>(
  asked: readonly { store: StoreConfig; question: Q }[],
  open: (config: StoreConfig) => Store,
  ask: (session: Session, question: Q) => Promise<A>,
): Promise<A[]> {
  const answers = new Map<Q, A>();
  const stores = new Map<string, { store: StoreConfig; question: Q }[]>();
  for (const one of asked) {
    const key = JSON.stringify(one.store);
    stores.set(key, [...(stores.get(key) ?? []), one]);
  }
  const failures: unknown[] = [];
  for (const questions of stores.values()) {
    const store = open((questions[0] as { store: StoreConfig }).store);
    await store
      .snapshot(async (session) => {
        const refusals: unknown[] = [];
        for (const { question } of questions) {
          const refusal = await attempt(session, store.label, async () =>
            answers.set(question, await ask(session, question)),
          );
          if (refusal !== undefined) refusals.push(refusal);
        }
        failures.push(...refusals);
      })
      .catch((error: unknown) => failures.push(error));
  }
  return allOrRefusals(
    asked.map(({ question }) => answers.get(question) as A),
    failures,
  );
}

/** Runs `work`; where the store or we refuse it, the refusal, so that other questions are still asked. */
async function attempt(session: Session, label: string, work: () => Promise<unknown>): Promise<unknown> {
  await session.query('SAVEPOINT attempt');
  try {
    await work();
    return undefined;
  } catch (error) {
    // A refusal of ours and the server's errors have codes. What has none is a bug, or a connection that is gone.
    if (typeof (error as { code?: unknown } | null)?.code !== 'string') throw error;
    const refusal = storeFailure(error, label);
    // A snapshot that is lost is taken once more as a whole.
    if (refusal instanceof UserError && refusal.code === 'store-lost') throw error;
    await session.query('ROLLBACK TO SAVEPOINT attempt').catch(() => {
      throw error;
    });
    return refusal;
  }
}

function observe(session: Session, question: Question, progress: Progress | undefined): Promise<Observation> {
  switch (question.by) {
    case 'keyRange':
      return observeRanges(session, question, progress);
    case 'column':
      return observeColumn(session, question);
    case 'query':
      return observeQuery(session, question);
  }
}
