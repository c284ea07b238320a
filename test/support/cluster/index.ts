// A double of the Kubernetes API server: a real HTTP server on a local port that keeps the API's rules, and what a test may do to it
// beside the API.

import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { ClusterClock } from './clock';
import { Deletes } from './deletes';
import { type Fault, type FaultMatch, Faults } from './faults';
import { Hold, type HoldMatch } from './holds';
import { kindNamed } from './kinds';
import { type KubeconfigOptions, kubeconfigText } from './kubeconfig';
import { Lists } from './lists';
import { Logs } from './logs';
import type { Draft, KubeObject } from './objects';
import { type RequestRecord, Requests } from './requests';
import { type Run, runCronJob } from './run-cron-job';
import { type PutOptions, Seeds } from './seeds';
import { type Certificate, type Settings, serve } from './server';
import { Storage } from './storage';
import { type Rule, Users } from './users';
import { Watches } from './watch';
import { Writes } from './writes';

export type { Fault, FaultMatch } from './faults';
export type { Hold, HoldMatch } from './holds';
export type { KubeconfigOptions } from './kubeconfig';
export type { Draft, KubeObject } from './objects';
export type { RequestRecord } from './requests';
export type { Run } from './run-cron-job';
export type { PutOptions } from './seeds';
export type { Rule } from './users';

export interface ClusterOptions {
  /** What the cluster's clock shows; 2026-03-01T00:00:00Z by default. Only the test moves it. */
  now?: Date;
  /** Namespaces there are from the beginning; `default` and `batch` by default. */
  namespaces?: string[];
  /** Users beside `admin`, by name. Rules as in Roles; no rules is no rights. */
  users?: Record<string, Rule[]>;
  /** Whether PrometheusRule is served; true by default. */
  hasMonitoring?: boolean;
  /** Serves over TLS, without which kubectl sends no token; plain HTTP by default. */
  certificate?: Certificate;
}

/** Starts a cluster on a free port, and closes it once the test has ended. */
export async function aCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const cluster = new Cluster(options);
  await cluster.start();
  onTestFinished(() => cluster.close());
  return cluster;
}

export class Cluster {
  readonly clock: ClusterClock;
  private readonly storage = new Storage();
  private readonly users = new Users();
  private readonly faults = new Faults();
  private readonly log = new Requests();
  private readonly containerLogs = new Logs();
  private readonly lists = new Lists(this.storage);
  private readonly watches = new Watches(this.storage);
  private readonly settings: Settings;
  private readonly writes: Writes;
  private readonly deletes: Deletes;
  private readonly holds: Hold[] = [];
  private readonly seeds: Seeds;
  private readonly server: ReturnType<typeof serve>;
  private readonly scheme: 'http' | 'https';

  constructor(options: ClusterOptions) {
    const { now, namespaces = ['default', 'batch'], users = {}, hasMonitoring = true, certificate } = options;
    this.clock = new ClusterClock(now ?? new Date('2026-03-01T00:00:00Z'));
    this.writes = new Writes(this.storage, this.clock);
    this.deletes = new Deletes(this.storage, this.clock);
    this.seeds = new Seeds(this.storage, this.clock, this.writes);
    this.settings = { hasMonitoring, latency: 0 };
    this.users.add('admin', undefined);
    for (const [name, rules] of Object.entries(users)) this.users.add(name, rules);
    for (const name of namespaces) this.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const { storage, writes, deletes, lists, watches, faults, settings } = this;
    const parts = { storage, writes, deletes, lists, watches, faults, settings };
    const front = { ...parts, holds: this.holds, users: this.users, requests: this.log, logs: this.containerLogs };
    this.scheme = certificate === undefined ? 'http' : 'https';
    this.server = serve(front, certificate);
  }

  start(): Promise<void> {
    return new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  /** `http://127.0.0.1:<port>`, `https://` with a certificate */
  get url(): string {
    return `${this.scheme}://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Text of a kubeconfig; of `admin`, who may do everything, unless it says another user. */
  kubeconfig(options: KubeconfigOptions = {}): string {
    return kubeconfigText(this.url, this.token(options.user), options);
  }

  token(user = 'admin'): string {
    return this.users.named(user).token;
  }

  /** The user's new token; with the one before, requests are answered by 401 from now on. */
  rotateToken(user = 'admin'): string {
    return this.users.rotate(user);
  }

  /** A new user, or other rights for one that is there. */
  allow(user: string, rules: Rule[]): void {
    this.users.add(user, rules);
  }

  /** Serves PrometheusRule or not, as if its CRD were installed or not. */
  serveMonitoring(isServed: boolean): void {
    this.settings.hasMonitoring = isServed;
  }

  /** All requests so far, discovery included, in the order in which they came. */
  get requests(): readonly RequestRecord[] {
    return this.log.all;
  }

  /** Those of them that asked for a change that stays, whether they got it or not. */
  get writeRequests(): RequestRecord[] {
    return this.log.writes();
  }

  /** The greatest number of requests under way at once, watches not counted. */
  get mostRequestsAtOnce(): number {
    return this.log.mostAtOnce;
  }

  forgetRequests(): void {
    this.log.clear();
  }

  /** How many watches are open now. */
  get openWatches(): number {
    return this.watches.size;
  }

  /** Requests that match meet the fault from now on: all, or as many as `times` says. The first order that matches counts. */
  fail(match: FaultMatch, fault: Fault): void {
    this.faults.add(match, fault);
  }

  /** All faults are over. */
  heal(): void {
    this.faults.clear();
  }

  /** Requests that match wait, before anything is done for them, until the test lets them go. */
  hold(match: HoldMatch = {}): Hold {
    const hold = new Hold(match);
    this.holds.push(hold);
    return hold;
  }

  /** Every answer takes so many milliseconds longer. For benches only. */
  latency(milliseconds: number): void {
    this.settings.latency = milliseconds;
  }

  /** Breaks the connections of all watches. */
  dropWatches(): void {
    this.watches.drop();
  }

  /** Ends all watches as the server does when their time is up. */
  endWatches(): void {
    this.watches.end();
  }

  /** Ends all watches with an ERROR event of that status. */
  failWatches(status: number): void {
    this.watches.fail(status);
  }

  /** Sends a bookmark to all watches that allow them. */
  bookmark(): void {
    this.watches.bookmark();
  }

  /** All versions so far are gone: watches from them and pages of lists of them are answered by 410. Open watches stay. */
  compact(): void {
    this.lists.forget();
    this.storage.compact();
  }

  get(kind: string, namespace: string | undefined, name: string): KubeObject | undefined {
    const found = this.storage.get(kindNamed(kind), namespace, name);
    return found === undefined ? undefined : structuredClone(found);
  }

  objects(kind: string, namespace?: string): KubeObject[] {
    return this.storage.all(kindNamed(kind), namespace).map((object) => structuredClone(object));
  }

  /** Seeds an object, with its status; it is validated and defaulted as if it were written. What is there is replaced. */
  put(object: Draft, options: PutOptions = {}): KubeObject {
    return this.seeds.put(object, options);
  }

  /** Takes it away as the garbage collector does: with all that belongs to it. */
  remove(kind: string, namespace: string | undefined, name: string): void {
    const found = this.storage.get(kindNamed(kind), namespace, name);
    if (found !== undefined) this.deletes.collect(found, 'Background');
  }

  /** The Job of a scheduled time as the controllers make it, and what the CronJob's status says of it. Again for the same time: it went on. */
  runCronJob(namespace: string, name: string, run: Run): KubeObject {
    const controllers = {
      get: this.get.bind(this),
      put: this.put.bind(this),
      logs: this.containerLogs,
    };
    return runCronJob(controllers, namespace, name, run);
  }

  /** What a container printed, now and before it was last started. */
  setLog(namespace: string, pod: string, container: string, texts: { current?: string; previous?: string }): void {
    this.containerLogs.set(namespace, pod, container, texts);
  }
}
