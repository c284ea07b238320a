// A real cluster, as the tests in test/e2e have it. Here alone time is real: a minute has to begin before a CronJob starts anything.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, inject, test } from 'vitest';
import { type AnyObject, type Cluster, connect } from '../../../lib/cluster/cluster';
import { connectionsOf } from '../../../lib/cluster/http';
import { apiVersionOf, CONFIG_MAPS, CRON_JOBS, JOBS, type Kind, pathOf } from '../../../lib/cluster/kinds';
import { APPLY } from '../../../lib/cluster/retry';
import type { RawCronJob, RawJob } from '../../../lib/runs/raw';
import type { Project, Ran, RunOptions } from '../project';
import { makeNamespace, removeNamespace } from './namespaces';

const PAUSE = 1_000;

export interface Namespace {
  name: string;
  /** As whoever runs the tests. */
  cluster(): Promise<Cluster>;
  cronJobs(fleet?: string): Promise<RawCronJob[]>;
  jobs(fleet: string): Promise<RawJob[]>;
  /** resourceVersions of CronJobs and ConfigMaps of cronfleet, by `CronJob/catalog-0001`. */
  versions(): Promise<Record<string, string>>;
  /** Server-side apply as another tool does it: under its own name, and with force. */
  applyAs(manager: string, kind: Kind, object: AnyObject): Promise<void>;
  /** `cronfleet …` against this cluster. */
  cronfleet(project: Project, args: string[], options?: RunOptions): Promise<Ran>;
}

/** Makes a namespace before the file's tests, and takes it away after them with all that is in it. */
export function aNamespace(): Namespace {
  const name = `cronfleet-e2e-${randomBytes(4).toString('hex')}`;
  let connected: Promise<Cluster> | undefined;
  const cluster = () => {
    connected ??= connect({ context: inject('context') || undefined });
    return connected;
  };
  const listed = async <T extends AnyObject>(kind: Kind, fleet?: string) => {
    const labelSelector = fleet === undefined ? undefined : `cronfleet/fleet=${fleet}`;
    const selection = labelSelector === undefined ? {} : { labelSelector };
    return (await (await cluster()).list<T>(kind, name, selection)).items;
  };
  beforeAll(async () => makeNamespace(await cluster(), name, inject('run')));
  afterAll(async () => removeNamespace(await cluster(), name));
  return {
    name,
    cluster,
    cronJobs: (fleet) => listed<RawCronJob>(CRON_JOBS, fleet),
    jobs: (fleet) => listed<RawJob>(JOBS, fleet),
    async versions() {
      const selection = { labelSelector: 'app.kubernetes.io/managed-by=cronfleet' };
      const lists = [CRON_JOBS, CONFIG_MAPS].map(async (kind) => (await cluster()).list(kind, name, selection));
      const objects = (await Promise.all(lists)).flatMap(({ items }) => items);
      return Object.fromEntries(
        objects.map(({ kind, metadata }) => [`${kind}/${metadata?.name}`, metadata?.resourceVersion ?? '']),
      );
    },
    async applyAs(manager, kind, object) {
      const { access } = await cluster();
      const whole = { apiVersion: apiVersionOf(kind), kind: kind.kind, ...object };
      const { status, body } = await connectionsOf(access).send({
        method: 'PATCH',
        path: pathOf(kind, name, object.metadata?.name),
        query: { fieldManager: manager, force: 'true' },
        contentType: APPLY,
        body: whole,
      });
      if (status >= 300) throw new Error(`${manager} was refused with ${status}: ${JSON.stringify(body)}`);
    },
    cronfleet: (project, [command = '', ...args], options) => {
      const context = inject('context');
      return project.cronfleet([command, ...(context ? [`--context=${context}`] : []), ...args], options);
    },
  };
}

/** Asks until there is an answer, once a second. @throws Error when there is none after so many seconds */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>, seconds = 240): Promise<T> {
  const end = Date.now() + seconds * 1_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`after ${seconds} seconds still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

/** A test of pods that run, where they can. */
export function testWithNodes(title: string, work: () => Promise<void>): void {
  if (inject('hasNodes')) test(title, work);
  else test.skip(`${title} (skipped: no node is Ready, so no pod runs)`, work);
}

/** Names that were made, changed or removed between two of `versions()`. */
export function differing(before: Record<string, string>, after: Record<string, string>): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => before[name] !== after[name]).sort();
}

/** Source text of a window in UTC that is closed now and for the next hours. */
export function aWindowFarOff(): string {
  const hour = new Date().getUTCHours();
  const at = (hours: number) => `${String((hour + hours) % 24).padStart(2, '0')}:00`;
  return `{ opens: '${at(8)}', closes: '${at(12)}', timeZone: 'Etc/UTC' }`;
}
