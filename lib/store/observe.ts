// One question for each fleet, one snapshot for each store.

import type { Store as StoreConfig } from '../config/schema';
import { allOrRefusals } from '../errors';
import { openStore } from './open';
import { observeQuery, type QueryObservation, type QueryQuestion } from './query';
import { observeRanges, type RangeObservation, type RangeQuestion } from './ranges';
import type { Session } from './session';

export type Question = RangeQuestion | QueryQuestion;
export type Observation = RangeObservation | QueryObservation;

/**
 * The answers, in the order of the questions. Questions to one store are answered by one snapshot of it.
 * @throws UserError every refusal of every store at once
 */
export async function observeAll(asked: readonly { store: StoreConfig; question: Question }[]): Promise<Observation[]> {
  const answers = new Map<Question, Observation>();
  const stores = new Map<string, { store: StoreConfig; question: Question }[]>();
  for (const one of asked) {
    const key = JSON.stringify(one.store);
    stores.set(key, [...(stores.get(key) ?? []), one]);
  }
  const failures: unknown[] = [];
  for (const questions of stores.values()) {
    const store = openStore((questions[0] as { store: StoreConfig }).store);
    await store
      .snapshot(async (session) => {
        for (const { question } of questions) answers.set(question, await observe(session, question));
      })
      .catch((error: unknown) => failures.push(error));
  }
  return allOrRefusals(
    asked.map(({ question }) => answers.get(question) as Observation),
    failures,
  );
}

function observe(session: Session, question: Question): Promise<Observation> {
  switch (question.by) {
    case 'keyRange':
      return observeRanges(session, question);
    case 'query':
      return observeQuery(session, question);
  }
}
