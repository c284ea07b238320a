// The example fleet for one test: its tables with rows, its emitted CronJobs, and a look at every write of a worker.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { parse } from 'yaml';
import type { TestDatabase } from './database';
import { type EnvEntry, podEnv } from './pod-env';
import { type Program, start } from './program';
import { aProject, REPOSITORY } from './project';

/** A CronJob of dist. */
export interface EmittedCronJob {
  name: string;
  /** The group's rows, as its container is told. */
  where: string;
  /** Starts the worker as the Job's pod of `night`, with the environment of the manifest and nothing else. */
  startPod(night: Night): Program;
}

/** The minute of a schedule, which the CronJob controller appends to its Jobs' names: minutes since 1970. */
export type Night = number;
export const TONIGHT: Night = 29_711_460;
export const TOMORROW: Night = TONIGHT + 24 * 60;

export interface CatalogExample {
  cronJobs: EmittedCronJob[];
  /** Adds a row at the lowest and at the highest free key of the group. @returns their ids */
  insertAtEdges(cronJob: EmittedCronJob): Promise<string[]>;
  /** How often each item's result was written, and stayed, in a night. */
  timesProcessed(night: Night): Promise<Map<string, number>>;
  /** Makes a worker stop in mid-batch at the group's row number `row`, once its results are written and nothing else is. */
  closeGate(cronJob: EmittedCronJob, row: number): Promise<void>;
  openGate(): Promise<void>;
  /** Returns when so many workers wait, at the gate or for each other. */
  untilWaiting(...workers: Program[]): Promise<void>;
}

// After triggers run at the end of the statement: the batch's results are all there by then.
const WATCH = `
  DROP SCHEMA IF EXISTS watch CASCADE;
  CREATE SCHEMA watch;
  CREATE TABLE watch.processed (item_id bigint, fleet_run text);
  CREATE TABLE watch.gate (item_id bigint);
  CREATE FUNCTION watch.note() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO watch.processed VALUES (NEW.item_id, NEW.fleet_run);
    IF EXISTS (SELECT FROM watch.gate WHERE item_id = NEW.item_id) THEN PERFORM pg_advisory_xact_lock_shared(1); END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER note AFTER INSERT OR UPDATE ON catalog.results FOR EACH ROW EXECUTE FUNCTION watch.note();`;

/** Keys for rows to come: below all others, above them, and every twentieth between. */
const FREE_KEYS = `
  CREATE TABLE watch.free_keys AS SELECT n::bigint AS id FROM generate_series(-50, 0) AS n;
  INSERT INTO watch.free_keys SELECT 1000000000000 + generate_series(1, 50);
  WITH freed AS (DELETE FROM catalog.items WHERE id % 20 = 10 RETURNING id) INSERT INTO watch.free_keys SELECT id FROM freed;`;

/** Makes tables and `rows` rows less the free keys, and synthesizes the shipped config against them. */
export async function aCatalogExample(database: TestDatabase, { rows }: { rows: number }): Promise<CatalogExample> {
  await makeTables(database);
  const made = await makeData(database, rows).ended;
  expect(made).toMatchObject({ code: 0, stderr: '' });
  await database.run(WATCH + FREE_KEYS);

  const project = aProject(readFileSync(join(REPOSITORY, 'fleet.config.ts'), 'utf8'));
  const synth = await project.cronfleet(['synth'], { env: { DATABASE_URL: database.url() } });
  expect(synth).toMatchObject({ code: 0 });
  const cronJobs = Object.values(project.files('dist'))
    .map((text) => parse(text))
    .filter(({ kind }) => kind === 'CronJob')
    .map((manifest) => emitted(manifest, database));

  return {
    cronJobs,
    async insertAtEdges({ where }) {
      const inserted = await database.run(`
        WITH edges AS (
          (SELECT id FROM watch.free_keys WHERE ${where} ORDER BY id LIMIT 1)
          UNION (SELECT id FROM watch.free_keys WHERE ${where} ORDER BY id DESC LIMIT 1)
        ), taken AS (
          DELETE FROM watch.free_keys WHERE id IN (SELECT id FROM edges) RETURNING id
        )
        INSERT INTO catalog.items SELECT id, 'new item', 1, '2026-06-01 00:00:00+00' FROM taken RETURNING id`);
      expect(inserted).toHaveLength(2);
      return inserted.map(({ id }) => String(id));
    },
    async timesProcessed(night) {
      const counted = await database.run(
        `SELECT item_id, count(*)::int AS times FROM watch.processed WHERE fleet_run LIKE '%-${night}' GROUP BY item_id`,
      );
      return new Map(counted.map(({ item_id, times }) => [String(item_id), Number(times)]));
    },
    async closeGate({ where }, row) {
      await database.run(`
        SELECT pg_advisory_lock(1);
        INSERT INTO watch.gate SELECT id FROM catalog.items WHERE ${where} ORDER BY id OFFSET ${row - 1} LIMIT 1`);
    },
    async openGate() {
      await database.run('SELECT pg_advisory_unlock(1); DELETE FROM watch.gate');
    },
    async untilWaiting(...workers) {
      const waiting = async () => {
        const found = await database.run(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        expect(found).toHaveLength(workers.length);
      };
      const ended = workers.map(async (worker) => {
        throw new Error(`a worker ended instead of waiting: ${JSON.stringify(await worker.ended)}`);
      });
      await Promise.race([vi.waitFor(waiting, { timeout: 60_000 }), ...ended]);
    },
  };
}

/** The example's own schema.sql, in place of what a test before left. */
export async function makeTables(database: TestDatabase): Promise<void> {
  const schema = readFileSync(join(REPOSITORY, 'examples/catalog/schema.sql'), 'utf8');
  await database.run(`DROP SCHEMA IF EXISTS catalog CASCADE; ${schema}`);
}

/** The example's own make-data.ts. */
export function makeData(database: TestDatabase, rows: number): Program {
  return start('examples/catalog/make-data.ts', [String(rows)], { DATABASE_URL: database.url() });
}

// biome-ignore lint/suspicious/noExplicitAny: a manifest as YAML has it
function emitted(manifest: any, database: TestDatabase): EmittedCronJob {
  const name: string = manifest.metadata.name;
  const entries: EnvEntry[] = manifest.spec.jobTemplate.spec.template.spec.containers[0].env;
  const envOf = (night: Night) =>
    podEnv(entries, {
      secrets: { 'catalog-db/url': database.url() },
      fields: { "metadata.labels['batch.kubernetes.io/job-name']": `${name}-${night}` },
    });
  return {
    name,
    where: envOf(TONIGHT).GROUP_WHERE as string,
    startPod: (night) => start('examples/catalog/worker.ts', [], envOf(night)),
  };
}
