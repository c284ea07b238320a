// What a team writes in fleet.config.ts. Untrusted until ./schema.ts has read it; the types are for the editor.

import type { ApiObject } from 'cdk8s';

/** Everything one config file says. */
export interface FleetsConfig {
  /**
   * Where the rows are: a PostgreSQL URL, the same with limits, or an in-memory store with made-up rows.
   * Never written to `dist` or the lock.
   */
  store: StoreConfig;
  /**
   * Folder of the manifests, inside the folder of this file. It is replaced at each synth.
   * @default 'dist'
   */
  dist?: string;
  /** The image of cronfleet itself, for what runs it in the cluster: `after`, `alerts.webhook` and `controller`. */
  tools?: ToolsConfig;
  /** How `dist` gets into the cluster, for `cronfleet delivery`. */
  delivery?: DeliveryConfig;
  /** The fleets by name: a DNS label of at most 47 characters, so that `<name>-0001` fits a CronJob's 52. */
  fleets: Record<string, FleetConfig>;
}

/** The image of cronfleet itself. */
export interface ToolsConfig {
  /** It has `cronfleet` in its path. */
  image: string;
  /** Numeric user, for an image whose user is a name. 1 to 2,147,483,647. */
  runAsUser?: number;
}

/** Objects of Argo CD or Flux that sync `dist`: one of the two. */
export interface DeliveryConfig {
  /** Of the Application and AppProject, or the GitRepository and Kustomization. No other in the cluster has it. */
  name: string;
  /** `https://…` or `ssh://git@…`, without a password. */
  repository: string;
  /** @default 'main' */
  branch?: string;
  /** The folder of `dist` in the repository. @default as it lies below the folder that holds `.git` */
  path?: string;
  /** Folder of these objects, inside the folder of this file and apart from `dist`. It is replaced as a whole. @default 'delivery' */
  folder?: string;
  /** An Application, and an AppProject with a sync window that denies while a fleet's window is open. */
  argoCd?: true | ArgoCdConfig;
  /** A GitRepository and a Kustomization. Flux knows no sync windows: see `cronfleet delivery --may-push`. */
  flux?: true | FluxConfig;
}

export interface ArgoCdConfig {
  /** Where Argo CD runs. @default 'argocd' */
  namespace?: string;
  /** The cluster that is synced. @default 'https://kubernetes.default.svc', the one Argo CD runs in */
  server?: string;
}

export interface FluxConfig {
  /** Where Flux runs. @default 'flux-system' */
  namespace?: string;
  /** Minutes after which `dist` is applied again though nothing has changed. 1 to 1,440. @default 10 */
  intervalMinutes?: number;
  /** Name of a Secret in that namespace that opens a private repository. @default none */
  secret?: string;
}

export type StoreConfig = string | PostgresConfig | DemoStore;

export interface PostgresConfig {
  /** `postgres://user:password@host:5432/database`, special characters percent-encoded; a remote host should say `sslmode=verify-full`. */
  url: string;
  /** Seconds until a server that does not answer is given up. 1 to 600. @default 10 */
  connectTimeoutSeconds?: number;
  /** Seconds one question may take on the server. 1 to 86,400. @default 300 */
  statementTimeoutSeconds?: number;
  /**
   * Names the store in the lock where it has no system identifier, as with stores that only speak PostgreSQL's protocol.
   * At most 63 letters, digits, `-`, `_` and `.`.
   */
  storeId?: string;
}

/** Made by {@link demoStore}. */
export interface DemoStore {
  kind: 'demo';
  /** How many rows `catalog.items` holds. 0 to 1,000,000. */
  rows: number;
}

export interface FleetConfig {
  /** Namespace of all the fleet's objects. It is not created. */
  namespace: string;
  /** A store of its own. @default the config's */
  store?: StoreConfig;
  /** What the groups are. See {@link byKeyRange}, {@link byColumn} and {@link byQuery}. */
  groups: KeyRangeConfig | ColumnConfig | QueryConfig;
  /** The nightly interval all work must fit in. This, `schedule` or `once`. */
  window?: WindowConfig;
  /** Any cron line, for work that is not nightly. This, `window` or `once`. */
  schedule?: ScheduleConfig;
  /**
   * Plain Jobs in place of CronJobs: each runs once, as soon as it is applied, and once more when what is written for it
   * changes. This, `window` or `schedule`.
   */
  once?: true;
  /** With `once`: minutes a Job may take, retries included. 1 to 10,080. @default no limit */
  deadlineMinutes?: number;
  /** What runs for each group. */
  job: JobConfig;
  /**
   * Containers that run one after the other in the group's pod once its job has succeeded. When one fails, the whole run has
   * failed and is tried again from the job on.
   */
  then?: StepConfig[];
  /** What runs once every group of the fleet has completed tonight. Needs `window` and `tools`. */
  after?: AfterConfig;
  /** Who is told when a night goes wrong. */
  alerts?: AlertsConfig;
  /**
   * Refreshes the groups and applies them in the cluster before each window, for clusters without GitOps; the lock is in a ConfigMap
   * there. Needs `window` and `tools`. See docs/controller.md.
   */
  controller?: ControllerConfig;
  /**
   * One CronJob with an Indexed Job in place of a CronJob for each group, for hundreds of groups and more; at most
   * `window.concurrency` run at once. The images need `/bin/sh`, and `command` must be written, of the steps too. Groups that are
   * gone leave an index without work, so that no other index moves; `{ compact: true }` closes these gaps. Kubernetes 1.29.
   * See docs/folding.md.
   */
  fold?: true | { compact: true };
  /** Kueue's LocalQueue that admits the Jobs; containers must have requests. */
  queue?: string;
  /** What keeps a GitOps tool, or anyone, from deleting CronJobs of living groups. */
  brakes?: BrakesConfig;
  /** Put on CronJob, Job and Pod beside cronfleet's own, which they cannot replace; `app.kubernetes.io/name` and `part-of` they can. */
  labels?: Record<string, string>;
  /** Put on CronJob, Job and Pod. */
  annotations?: Record<string, string>;
  /** Pauses all groups. Leave it out to end the pause; `false` is refused, since it would undo a pause set by hand in the cluster. */
  suspend?: true;
}

/** What {@link byKeyRange} is told. */
export interface KeyRangeOptions {
  /** The table or view, written as in SQL: `catalog.items`, `"Odd Schema"."It""ems"`. */
  table: string;
  /** The column that orders the rows, by its bare name: `id`, `The Key`. Integers, numeric, uuid, date, timestamp(tz) or text. */
  key: string;
  /** The most rows one job can process within the window. 1 to 1,000,000,000,000. */
  capacity: number;
  /**
   * A SQL condition that narrows the rows, such as `deleted_at IS NULL`; every count and GROUP_WHERE speaks of the rows that match.
   * It must mean the same to every session: tables, functions, types and operators that are not built in need their schema, since
   * synth looks names up in pg_catalog only, and random() or the clock would give two jobs one row.
   */
  where?: string;
  /** The share of capacity left free when a group is closed. 0 to 0.9. @default 0 */
  headroom?: number;
  /**
   * Count every group at every synth. Without it, a closed group is counted when the planner's estimate is a fifth above
   * capacity, and all once when capacity, headroom or `where` changed.
   */
  recount?: 'all';
  /**
   * Retires groups that have run dry: the range goes to the left neighbour at once, the CronJob is suspended, and removed by a
   * synth after a whole window. @default false, they stay
   */
  retireEmpty?: boolean;
  /** Permits a text key, whose values then stand in git as the groups' bounds. @default false */
  allowKeysInGit?: boolean;
  /** Lower bounds of the second group and those behind it, for a first synth that keeps the cuts a team already lives with. */
  bounds?: (string | number)[];
}

export interface KeyRangeConfig extends KeyRangeOptions {
  by: 'keyRange';
}

/** What {@link byColumn} is told. */
export interface ColumnOptions {
  /** The table or view, written as in SQL: `catalog.items`, `"Odd Schema"."It""ems"`. */
  table: string;
  /** The column whose values are the groups, by its bare name. Integers, numeric, uuid, date, timestamp(tz) or text; at most 10,000 values. */
  column: string;
  /**
   * The most rows `cronfleet assign` gives one group; the column must then be an integer. 1 to 1,000,000,000,000. Goes with `key`.
   * @default none: somebody else fills the column
   */
  capacity?: number;
  /** A column with a unique index, by which `cronfleet assign` walks the rows. Types as for `column`. Goes with `capacity`. */
  key?: string;
  /**
   * Retires groups whose value has vanished: the CronJob is suspended, and removed by a synth after a whole window. A value that
   * comes back later gets a new id. While no value is left at all, nothing is retired. @default false, they stay
   */
  retireEmpty?: boolean;
  /** Permits a text column, whose values then stand in git. @default false */
  allowKeysInGit?: boolean;
}

export interface ColumnConfig extends ColumnOptions {
  by: 'column';
}

/** What {@link byQuery} is told. */
export interface QueryOptions {
  /**
   * One SELECT, WITH or VALUES statement; at most 10,000 rows. Tables need their schema: `shop.customers`. It is asked in a
   * read-only transaction. What it returns is recorded in the lock and in `dist`, and so in git: no secrets.
   */
  sql: string;
  /**
   * The column that names the groups. In the names, capitals become small and what Kubernetes does not allow becomes `-`.
   * All other columns are parameters: `url` is told as GROUP_URL.
   */
  name: string;
  /**
   * Retires groups whose row is gone: the CronJob is suspended at once, and removed by a synth after a whole window.
   * @default false, they stay
   */
  retireEmpty?: boolean;
}

export interface QueryConfig extends QueryOptions {
  by: 'query';
}

export interface WindowConfig {
  /** HH:MM in `timeZone`. */
  opens: string;
  /** HH:MM; earlier than `opens` means the next day. More than 12 hours over midnight want `'08:00 next day'`, to be sure it is meant. */
  closes: string;
  /** IANA name, such as `Asia/Seoul`. */
  timeZone: string;
  /** Day-of-week field of cron, for the day on which the window opens. @default '*' */
  days?: string;
  /**
   * How many groups run at once: groups start in waves of so many, one wave every `jobMinutes`. 1 to 10,000. Goes with `jobMinutes`.
   * @default no waves: starts are spread by `startsPerMinute`
   */
  concurrency?: number;
  /** Minutes a full group takes, without retries. Every run gets as many and the retries' back-off, or the window is refused. 1 to 1,440. */
  jobMinutes?: number;
  /** How many groups start in one minute, where there are no waves. 1 to 1,000. @default 30 */
  startsPerMinute?: number;
  /**
   * Minutes a start may be late before Kubernetes skips the night. 1 to 1,440.
   * @default 10; with `jobMinutes` half of the time that is left over, and at least 10
   */
  startingDeadlineMinutes?: number;
}

export interface ScheduleConfig {
  /** Five fields of cron. */
  cron: string;
  /** IANA name, such as `Asia/Seoul`. */
  timeZone: string;
  /** Minutes a run may take. 1 to 10,080. */
  deadlineMinutes: number;
}

/** What every container has. */
export interface ContainerConfig {
  /** `registry/name:tag` or `registry/name@sha256:…`. */
  image: string;
  imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  /** In place of the image's entrypoint. @default the image's */
  command?: string[];
  /** @default the image's */
  args?: string[];
  /** Whole ConfigMaps or Secrets as environment. */
  envFrom?: ({ configMap: string } | { secret: string })[];
}

/** What every pod has. */
export interface PodConfig {
  /** Names of Secrets in the fleet's namespace. */
  imagePullSecrets?: string[];
  /** How often a failed pod is tried again in the same night. 0 to 20. @default 3 */
  retries?: number;
  /**
   * The Pod Security level the pod keeps to. 'baseline' lets an image run as root.
   * @default 'restricted'
   */
  podSecurity?: 'restricted' | 'baseline';
  /** Numeric user of the containers, for images whose user is root or a name. 1 to 2,147,483,647; under 'baseline' also 0. */
  runAsUser?: number;
  /** Absolute paths that get an empty writable folder, shared by the pod's containers; all else of the root file systems is read-only. */
  writable?: string[];
}

/** What a container of a group's pod has. */
export interface GroupContainerConfig extends ContainerConfig {
  /** Environment of the container, after cronfleet's own; `$(GROUP_ID)` in a value works. */
  env?: EnvConfig | ((group: GroupFacts) => EnvConfig);
  /** An object, a function of the group, or `bySize({ min, max })`. @default requests of 100m CPU and 256Mi memory, no limits */
  resources?: ResourcesConfig | ((group: GroupFacts) => ResourcesConfig);
}

/** A container behind the job. It is told what the job is told. */
export interface StepConfig extends GroupContainerConfig {
  /** Of the container, for `kubectl logs -c`. @default `then-1`, `then-2` … */
  name?: string;
}

export interface AfterConfig extends ContainerConfig, PodConfig {
  /** Minutes it may take beyond the window's end. 1 to 1,440. */
  minutes: number;
  env?: EnvConfig;
  /** @default requests of 100m CPU and 256Mi memory, no limits */
  resources?: ResourcesConfig;
}

/** CronJob `<fleet>-controller`, which runs `cronfleet controller`. It never touches RBAC, alerts and policies. */
export interface ControllerConfig {
  /**
   * What the config in the image reads from its environment, such as `{ DATABASE_URL: { secret: 'fleet-reader', key: 'url' } }`. The
   * role needs to read only.
   */
  env?: EnvConfig;
  /** @default requests of 100m CPU and 256Mi memory, no limits */
  resources?: ResourcesConfig;
  /** Minutes before the window opens at which it starts. It is over, or ended, when the window opens. 20 to 720. @default 60 */
  minutesBefore?: number;
  /** Runs `cronfleet assign` first. Of fleets byColumn with `capacity`. */
  assign?: AssignConfig;
  /**
   * Whether it deletes what the lock has retired: CronJobs that are suspended, without a running Job. Its account gets the right to
   * delete with it.
   * @default 'never'
   */
  removals?: 'never' | 'retired';
}

/** The data's side of a controller. It has no account in the cluster. */
export interface AssignConfig {
  /** As `env` of the controller, with a role that may write the column. @default the controller's */
  env?: EnvConfig;
  /**
   * A CronJob of its own, `<fleet>-assign`, for teams that split the duty: it has the first half of the minutes, the controller the second.
   * @default the two are containers of one pod, one after the other
   */
  apart?: true;
}

/** `prometheus`, `webhook` or both. */
export interface AlertsConfig {
  /**
   * A PrometheusRule for the Prometheus Operator. `labels` are those by which your Prometheus picks its rules; `alertLabels` are put
   * on every alert, such as `{ team: 'data' }`, and may replace `severity`.
   */
  prometheus?: true | { labels?: Record<string, string>; alertLabels?: Record<string, string> };
  /** For teams without Prometheus: key of a Secret that holds the URL to which a failed night is posted as JSON. Needs `window` and `tools`. */
  webhook?: { secret: string; key: string };
}

/** One of them or more. A group that is retiring is let go by all of them. */
export interface BrakesConfig {
  /** Argo CD asks before it prunes a group's CronJob: `Prune=confirm`. */
  argoCd?: true;
  /** Flux never prunes a group's CronJob: `prune: disabled`. */
  flux?: true;
  /**
   * A ValidatingAdmissionPolicy that refuses to delete a group's CronJob, by whomever, unless it is annotated with
   * `cronfleet/retire-approved`. Cluster-wide objects; Kubernetes 1.30.
   */
  admissionPolicy?: true;
}

export interface JobConfig extends GroupContainerConfig, PodConfig {
  /** Exit codes, 1 to 255, after which trying again is pointless: the run fails at once. */
  nonRetryableExitCodes?: number[];
  serviceAccountName?: string;
  /**
   * Called once for each group's CronJob (Job, with `once`), for what has no key here: `(cronJob) => cronJob.addJsonPatch(…)`. With
   * `fold` called once, for the one CronJob: the group is then the fleet, with id 0, the fleet's name, no bounds, and the rows of all.
   */
  customize?: (cronJob: ApiObject, group: GroupFacts) => void;
}

export type EnvConfig = Record<string, EnvValue>;

/** A literal, or a reference: to a key of a Secret or ConfigMap, or to a field of the pod. */
export type EnvValue =
  | string
  | number
  | { secret: string; key: string }
  | { configMap: string; key: string }
  | { field: string };

export interface ResourcesConfig {
  /** Kubernetes quantities: `{ cpu: '500m', memory: '1Gi' }`. None above its limit. */
  requests?: Record<string, string | number>;
  limits?: Record<string, string | number>;
}

/** What functions in the config are told of a group. All of it comes from the lock, so it changes only when the group does. */
export interface GroupFacts {
  fleet: string;
  id: number;
  /** `<fleet>-<id, four digits or more>`; for the row of a query `<fleet>-<its name>`. */
  name: string;
  /** Inclusive; null is unbounded. */
  from: string | null;
  /** Exclusive; null is unbounded. */
  to: string | null;
  /** Of a fleet by column: the group's value as the store's text. */
  value?: string;
  /** Rows counted when the group's bounds were last set; 1 for the row of a query. */
  rows: number;
  /** The most rows the group may have: `capacity` of its fleet, where it has one. */
  capacity?: number;
  /** Of the row of a query: its other columns, as text. */
  params?: Record<string, string | null>;
}
