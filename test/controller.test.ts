// A fleet that is refreshed and applied in the cluster, from a real PostgreSQL into the double of the API server, as the account
// that the emitted Role makes.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { V1Role } from '@kubernetes/client-node';
import { Command } from 'commander';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { parse } from 'yaml';
import { prepareApply } from '../lib/apply-fleet';
import { assign } from '../lib/assign';
import { addController, controlledLines } from '../lib/cli/controller';
import type { Cluster } from '../lib/cluster/cluster';
import { CONFIG_MAPS, CRON_JOBS } from '../lib/cluster/kinds';
import { writeLockMap } from '../lib/cluster/lock-map';
import { compare } from '../lib/compare';
import type { Loaded } from '../lib/config/load';
import { fleetsSchema } from '../lib/config/schema';
import type { ControllerConfig } from '../lib/config/types';
import { type Controlled, controlLoaded, type PrepareApply } from '../lib/controller';
import { UserError } from '../lib/errors';
import { recordedFleets } from '../lib/groups/fleets';
import { type Lock, printLock } from '../lib/groups/lock';
import { planFleet } from '../lib/plan/plan';
import { synth } from '../lib/synth';
import { aFolder, manifestsFor } from './support/builders';
import { aCluster, type Cluster as Double, type Rule } from './support/cluster';
import { aKubeconfig, aPace, connected } from './support/cluster/connected';
import { aDatabase } from './support/database';
import { aProject } from './support/project';

const database = aDatabase();
const rows = (count: number) =>
  database.run(`TRUNCATE items; INSERT INTO items SELECT generate_series(1, ${count}); ANALYZE items`);
beforeAll(() => database.run('CREATE TABLE items (id bigint PRIMARY KEY)'));

const NOBODY = { newGroups: new Set<string>(), removals: new Set<string>(), empty: new Set<string>() };
const permits = { ...NOBODY, adoptStore: new Set<string>(), newLock: new Set<string>() };
const FIRST = { ...permits, newLock: new Set(['catalog']) };

interface Wanted {
  controller?: ControllerConfig;
  groups?: object;
  fleet?: object;
}

/** A config as it lies in an image; its folder holds nothing else. */
function anImage({ controller = {}, groups = {}, fleet = {} }: Wanted = {}): Loaded {
  const root = aFolder();
  const config = fleetsSchema.parse({
    store: `${database.url()}?sslmode=disable`,
    tools: { image: 'ghcr.io/acme/cronfleet:1.0.0' },
    fleets: {
      catalog: {
        namespace: 'batch',
        groups: { by: 'keyRange', table: 'public.items', key: 'id', capacity: 10, ...groups },
        window: { opens: '00:00', closes: '05:00', timeZone: 'Asia/Seoul' },
        job: { image: 'worker:1', command: ['work'] },
        controller,
        ...fleet,
      },
    },
  });
  const file = 'fleet.config.ts';
  return { config, file, root, lockPath: join(root, 'fleet.lock.json'), distPath: join(root, 'dist') };
}

function lockOf(double: Double): Lock {
  const { data } = double.get('ConfigMap', 'batch', 'catalog-lock') as unknown as { data: { lock: string } };
  return JSON.parse(data.lock);
}
const fleetLockOf = (double: Double) => lockOf(double).fleets.catalog;

/** The files that the image's config makes of the lock in the cluster. */
function manifestsOf({ config }: Loaded, lock: Lock) {
  const [fleet] = recordedFleets(config, lock, 'lock', permits);
  if (fleet === undefined) throw new Error('no fleet');
  return manifestsFor(planFleet('catalog', fleet.fleet, fleet.lock, config.tools));
}

/** As the double knows rights: those of the Roles that are bound. */
function rulesOf(image: Loaded, lock: Lock): Rule[] {
  const objects = manifestsOf(image, lock).map(({ text }) => parse(text, { version: '1.1' }));
  const bound = objects.filter(({ kind }) => kind === 'RoleBinding').map(({ roleRef }) => roleRef.name);
  const roles = objects.filter(({ kind, metadata }) => kind === 'Role' && bound.includes(metadata.name)) as V1Role[];
  return roles.flatMap(({ rules = [] }) => rules.map((rule) => ({ ...rule, namespaces: ['batch'] })) as Rule[]);
}

/** At 22:00 in Seoul, two hours before the window opens. */
const EVENING = new Date('2026-03-01T13:00:00Z');

/** Another run, of a pod with that account. */
async function run(image: Loaded, double: Double, options = permits, prepare = prepareApply): Promise<Controlled> {
  const as = options === permits ? { user: 'controller' } : {};
  return controlLoaded(image, { ...options, fleet: 'catalog' }, await cluster(double, as), prepare);
}
const cluster = (double: Double, as: { user?: string } = {}): Promise<Cluster> => connected(double, aPace(double), as);

/** Ten full groups, applied by a person's first run; the account has what the emitted Roles permit. */
async function tenGroups(wanted: Wanted = {}): Promise<{ image: Loaded; double: Double }> {
  await rows(100);
  const image = anImage(wanted);
  const double = await aCluster({ now: EVENING, users: { controller: [] } });
  await run(image, double, FIRST);
  double.allow('controller', rulesOf(image, lockOf(double)));
  double.forgetRequests();
  return { image, double };
}

const versions = (double: Double) =>
  Object.fromEntries(
    ['CronJob', 'ConfigMap'].flatMap((kind) =>
      double.objects(kind, 'batch').map(({ metadata }) => [`${kind}/${metadata.name}`, metadata.resourceVersion]),
    ),
  );
/** Names that were made, changed or removed between two. */
const differing = (before: Record<string, unknown>, after: Record<string, unknown>) =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => before[name] !== after[name]).sort();
/** What is there, without what the server counts. */
const stateOf = (double: Double) =>
  ['CronJob', 'ConfigMap'].flatMap((kind) =>
    double.objects(kind, 'batch').map(({ metadata, status: _, ...rest }) => ({ name: metadata.name, ...rest })),
  );
const refusalOf = (work: Promise<unknown>): Promise<UserError> =>
  work.then(
    () => expect.fail('was not refused'),
    (error) => {
      expect(error).toBeInstanceOf(UserError);
      return error;
    },
  );

describe('a controller', () => {
  test('cuts groups for the first time only when a person says so, and makes the lock', async () => {
    await rows(100);
    const [image, double] = [anImage(), await aCluster({ now: EVENING })];
    const error = await refusalOf(run(image, double, { ...permits }));
    expect(error.code).toBe('lock-missing');
    expect(error.hint).toContain('cronfleet controller catalog --new-lock=catalog');
    expect(double.writeRequests).toEqual([]);
    const controlled = await run(image, double, FIRST);
    expect(controlled).toMatchObject({ what: 'applied', lock: 'made', groups: 10, kept: [], retired: [] });
    expect(double.objects('CronJob', 'batch').map(({ metadata }) => metadata.name)).toHaveLength(10);
    expect(fleetLockOf(double)?.groups).toHaveLength(10);
  });

  test('goes on with the lock that lies beside the config in the image', async () => {
    const { image, double } = await tenGroups();
    const lock = printLock(lockOf(double));
    const other = await aCluster({ now: EVENING });
    writeFileSync(image.lockPath, lock);
    await run(image, other, { ...permits });
    expect(printLock(lockOf(other))).toBe(lock);
    // From then on the one in the cluster counts.
    writeFileSync(image.lockPath, 'no lock at all');
    await run(image, other, { ...permits });
  });

  test('adds one CronJob when the eleventh group is there, and leaves the others alone', async () => {
    const { image, double } = await tenGroups();
    const before = versions(double);
    await rows(101);
    const controlled = await run(image, double);
    expect(controlled).toMatchObject({ lock: 'changed', added: ['catalog-0011'] });
    // The tenth has its upper bound now.
    expect(differing(before, versions(double))).toEqual([
      'ConfigMap/catalog-groups',
      'ConfigMap/catalog-lock',
      'CronJob/catalog-0010',
      'CronJob/catalog-0011',
    ]);
    expect(fleetLockOf(double)).toMatchObject({ serial: 2, nextId: 12 });
    const writes = double.writeRequests.map(({ resource, name }) => `${resource}/${name}`);
    expect(writes[0]).toBe('configmaps/catalog-lock');
  });

  test('changes nothing when nothing has grown', async () => {
    const { image, double } = await tenGroups();
    const before = versions(double);
    expect(await run(image, double)).toMatchObject({ lock: 'unchanged', applied: { created: [], changed: [] } });
    expect(versions(double)).toEqual(before);
  });

  test('writes CronJobs of groups and ConfigMaps, and tells what else is not as it should be', async () => {
    const { image, double } = await tenGroups({ fleet: { alerts: { prometheus: true } } });
    const others = manifestsOf(image, lockOf(double)).map(({ text }) => parse(text, { version: '1.1' }));
    const missing = [
      'ServiceAccount/catalog-controller',
      'Role/catalog-controller',
      'RoleBinding/catalog-controller',
      'Role/catalog-controller-removals',
      'CronJob/catalog-controller',
      'PrometheusRule/catalog-alerts',
    ];
    expect((await run(image, double)).unlike).toEqual(missing.map((name) => ({ name, what: 'missing' })));
    for (const object of others) if (missing.includes(`${object.kind}/${object.metadata.name}`)) double.put(object);
    expect((await run(image, double)).unlike).toEqual([]);
    const before = versions(double);
    // The rules count the groups.
    await rows(101);
    const grown = await run(image, double);
    expect(grown.unlike).toEqual([{ name: 'PrometheusRule/catalog-alerts', what: 'different' }]);
    expect(controlledLines(grown)).toContain(
      '  by hand   PrometheusRule/catalog-alerts is not as in the manifests: apply it',
    );
    expect(differing(before, versions(double))).not.toContain('CronJob/catalog-controller');
  });

  test('ends without writing when somebody else has written the lock meanwhile', async () => {
    const { image, double } = await tenGroups();
    await rows(101);
    let quicker: Controlled | undefined;
    const slow: PrepareApply = async (cluster, fleet) => {
      const apply = await prepareApply(cluster, fleet);
      quicker = await run(image, double);
      return apply;
    };
    const slower = await run(image, double, permits, slow);
    expect(quicker).toMatchObject({ what: 'applied', added: ['catalog-0011'] });
    expect(slower).toMatchObject({ what: 'overtaken', applied: { created: [] } });
    expect(controlledLines(slower)[0]).toContain('somebody else has written its lock meanwhile');
    expect(fleetLockOf(double)).toMatchObject({ serial: 2, nextId: 12 });
  });

  test('goes on when its lock was written and a proxy said that it was not', async () => {
    for (const options of [permits, FIRST]) {
      const isFirst = options === FIRST;
      const { image, double } = isFirst
        ? { image: anImage(), double: await aCluster({ now: EVENING }) }
        : await tenGroups();
      await rows(101);
      double.fail({ verb: isFirst ? 'create' : 'update', times: 1 }, { status: 503, applied: true });
      expect(await run(image, double, options)).toMatchObject({ what: 'applied' });
      expect(double.objects('CronJob', 'batch')).toHaveLength(11);
    }
  });

  test('ends as if it had not been cut short, at whichever write that was', async () => {
    const { image, double } = await tenGroups();
    const before = stateOf(double);
    await rows(101);
    const whole = await aCopy(before);
    await run(image, whole);
    // One write of the lock, and one for each object; the answer of a write that was done may be lost too.
    const places = [
      { verb: 'update', applied: false },
      { verb: 'update', applied: true },
      ...[0, 5, 10, 11].map((after) => ({ verb: 'patch', after, applied: after === 11 })),
    ];
    for (const { applied, ...place } of places) {
      const cut = await aCopy(before);
      cut.fail(place, { reset: true, applied });
      expect((await refusalOf(run(image, cut))).code).toBe('cluster-unreachable');
      cut.heal();
      await run(image, cut);
      expect(namesAndGroups(cut), JSON.stringify({ ...place, applied })).toEqual(namesAndGroups(whole));
    }

    async function aCopy(objects: object[]): Promise<Double> {
      const copy = await aCluster({ now: EVENING, users: { controller: rulesOf(image, lockOf(double)) } });
      const original = ['ConfigMap', 'CronJob'].flatMap((kind) => double.objects(kind, 'batch'));
      expect(original).toHaveLength(objects.length);
      for (const { metadata, status: _, ...rest } of original) {
        const { name, namespace, labels, annotations } = metadata;
        const draft = { ...rest, metadata: { name, namespace, labels, ...(annotations ? { annotations } : {}) } };
        // As the controller has made them, and so its fields.
        if (name === 'catalog-lock') copy.put(draft as never);
        else await (await cluster(copy)).apply(rest.kind === 'CronJob' ? CRON_JOBS : CONFIG_MAPS, draft as never);
      }
      return copy;
    }
  });
});

/** Specs and data by name, and the lock without its times. */
function namesAndGroups(double: Double): object {
  const groups = fleetLockOf(double)?.groups.map(({ since: _, ...group }) => group);
  const others = stateOf(double).filter(({ name }) => name !== 'catalog-lock');
  return { groups, serial: fleetLockOf(double)?.serial, others };
}

describe('a controller refuses, and leaves cluster and lock as they were,', () => {
  async function refused(double: Double, image: Loaded, options = permits, prepare = prepareApply): Promise<UserError> {
    const before = versions(double);
    const error = await refusalOf(run(image, double, options, prepare));
    expect(versions(double)).toEqual(before);
    return error;
  }

  test('while the window is open, also when it opens meanwhile', async () => {
    const { image, double } = await tenGroups();
    await rows(101);
    const later: PrepareApply = async (cluster, fleet) => {
      double.clock.set(new Date('2026-03-01T15:00:00Z'));
      return prepareApply(cluster, fleet);
    };
    const error = await refused(double, image, permits, later);
    expect(error.message).toMatch(/^the window of catalog is open/);
    expect((await refused(double, image)).message).toBe(
      'fleet catalog: its window is open until 2026-03-01T20:00Z; nothing was written',
    );
  });

  test('when too many groups have run dry, and says how a person lets it', async () => {
    const { image, double } = await tenGroups();
    await database.run('DELETE FROM items WHERE id <= 50; ANALYZE items');
    const error = await refused(double, image);
    expect(error.code).toBe('emptied');
    expect(error.hint).toMatch(/--allow-empty=catalog:5:.*\n.*cronfleet controller catalog --…/);
  });

  test('when what apply holds against it says no', async () => {
    const { image, double } = await tenGroups();
    await rows(101);
    const no: PrepareApply = () => Promise.reject(new UserError('apply-refused', 'no'));
    expect((await refused(double, image, permits, no)).message).toBe('no');
  });

  test('when the lock is older than the CronJobs, gone beside them, or no lock', async () => {
    const { image, double } = await tenGroups();
    const map = double.get('ConfigMap', 'batch', 'catalog-lock');
    const text = printLock(lockOf(double));
    const withLock = (lock: string) => double.put({ ...map, data: { lock } } as never);
    await rows(101);
    await run(image, double);
    withLock(text);
    const stale = await refused(double, image);
    expect(stale.code).toBe('lock-stale');
    expect(stale.hint).toContain('the lock is ConfigMap catalog-lock of namespace batch');
    withLock('{');
    expect((await refused(double, image)).code).toBe('lock-invalid');
    double.put({ ...map, data: {} } as never);
    expect((await refused(double, image)).code).toBe('lock-invalid');
    double.remove('ConfigMap', 'batch', 'catalog-lock');
    expect((await refused(double, image)).code).toBe('lock-missing');
  });

  test('when somebody has applied another lock, and says what a person does', async () => {
    const { image, double } = await tenGroups();
    const groups = double.get('ConfigMap', 'batch', 'catalog-groups') as unknown as { data: Record<string, string> };
    for (const data of [
      { ...groups.data, serial: '9' },
      { ...groups.data, groups: groups.data.groups?.replace('"11"', '"12"') },
    ]) {
      double.put({ ...groups, data } as never, { manager: 'cronfleet', operation: 'Apply' });
      const { code, hint } = await refused(double, image);
      expect(code).toBe('apply-refused');
      expect(hint).toContain('cronfleet plan --lock=configmap/catalog-lock');
      expect(hint).not.toContain('--rollback-to');
    }
  });

  test('a fleet that has no controller in the config', async () => {
    const { image, double } = await tenGroups();
    const { catalog } = image.config.fleets;
    const fleets = { catalog: { ...catalog, controller: undefined } } as Loaded['config']['fleets'];
    double.forgetRequests();
    const { code, message } = await refused(double, { ...image, config: { ...image.config, fleets } });
    expect([code, message]).toEqual([
      'config-invalid',
      'fleet catalog has no `controller` in the config; nothing was written',
    ]);
  });

  test('when a ConfigMap cannot hold the lock', async () => {
    const { double } = await tenGroups();
    const before = versions(double);
    const where = { namespace: 'batch', fleet: 'catalog' };
    const large = writeLockMap(await cluster(double), where, undefined, 'x'.repeat(1_100_000));
    expect((await refusalOf(large)).message).toContain('its lock has 1,100,000 bytes, and a ConfigMap holds 1 MiB');
    expect(versions(double)).toEqual(before);
  });
});

describe('what the lock has let go of', () => {
  /** The fifth group runs dry, and two windows pass. */
  async function retired(removals: 'never' | 'retired') {
    const { image, double } = await tenGroups({ controller: { removals }, groups: { retireEmpty: true } });
    await database.run('DELETE FROM items WHERE id BETWEEN 41 AND 50; ANALYZE items');
    await run(image, double);
    expect(double.get('CronJob', 'batch', 'catalog-0005')?.spec?.suspend).toBe(true);
    double.clock.set(new Date('2026-03-03T13:00:00Z'));
    return { image, double };
  }
  const names = (double: Double) => double.objects('CronJob', 'batch').map(({ metadata }) => metadata.name);

  test('stays where removals are not configured, and is told', async () => {
    const { image, double } = await retired('never');
    const controlled = await run(image, double);
    expect(controlled).toMatchObject({ retired: ['CronJob/catalog-0005'], applied: { removed: [] } });
    expect(names(double)).toContain('catalog-0005');
    expect(double.requests.filter(({ verb }) => verb === 'delete')).toEqual([]);
  });

  test('goes where they are, but for what still runs', async () => {
    const { image, double } = await retired('retired');
    const stranger = double.get('CronJob', 'batch', 'catalog-0001');
    const { name: _, ...metadata } = stranger?.metadata ?? {};
    double.put({ ...stranger, metadata: { ...metadata, name: 'catalog-0000', uid: 'other' } } as never);
    const retiring = double.get('CronJob', 'batch', 'catalog-0005');
    double.put({ ...retiring, status: { active: [{ kind: 'Job', name: 'catalog-0005-1' }] } } as never);
    const running = await run(image, double);
    expect(running.kept).toEqual([
      { name: 'CronJob/catalog-0000', because: 'the lock does not know it, and it is not suspended' },
      { name: 'CronJob/catalog-0005', because: 'a Job of it is running' },
    ]);
    double.put({ ...double.get('CronJob', 'batch', 'catalog-0005'), status: {} } as never);
    expect((await run(image, double)).applied.removed).toEqual(['CronJob/catalog-0005']);
    expect(names(double)).toContain('catalog-0000');
  });
});

test('a folded fleet keeps the parameters that a running Job reads, and lets go of older ones', async () => {
  const { image, double } = await tenGroups({ controller: { removals: 'retired' }, fleet: { fold: true } });
  const parameters = () =>
    double
      .objects('ConfigMap', 'batch')
      .map(({ metadata }) => metadata.name)
      .filter((name) => name.includes('-parameters-'));
  const first = parameters();
  await rows(101);
  await run(image, double);
  const second = parameters().filter((name) => !first.includes(name));
  expect([first.length, second.length, parameters().length]).toEqual([1, 1, 2]);
  await rows(111);
  const { applied } = await run(image, double);
  expect(applied.removed).toEqual(first.map((name) => `ConfigMap/${name}`));
  expect(parameters()).toHaveLength(2);
});

describe('commands that go by a lock in the cluster', () => {
  test('`plan --lock` says what the controller would change, of this fleet alone', async () => {
    await rows(100);
    const project = aProject('');
    const config = aConfigIn(project.folder);
    await synth({ ...permits, config, frozen: false, cdk8sOutput: undefined, now: EVENING });
    const lock = project.read('fleet.lock.json');
    project.remove('fleet.lock.json');
    const [double, before] = [await aCluster({ now: EVENING }), project.state()];
    const access = { kubeconfig: aKubeconfig(double) };
    const planOf = (where: string) =>
      compare({ ...permits, config, frozen: false, now: EVENING, against: undefined, clusterLock: { where, access } });
    expect((await refusalOf(planOf('configmap/other-lock'))).hint).toBe(
      'of this config it would be configmap/catalog-lock',
    );
    expect((await refusalOf(planOf('configmap/catalog-lock'))).message).toBe(
      'configmap/catalog-lock is not there, in namespace batch',
    );

    const metadata = { name: 'catalog-lock', namespace: 'batch' };
    double.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { lock } });
    await rows(111);
    const args = [`--config=${config}`, `--kubeconfig=${access.kubeconfig}`, '--lock=configmap/catalog-lock', '--json'];
    const { code, stdout } = await project.cronfleet(['plan', ...args]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).fleets[0].groups).toMatchObject({ before: 10, after: 12 });
    expect(project.state()).toEqual(before);
  });

  test('`assign --lock` gives no rows of another store than the lock’s a group', async () => {
    await database.run('CREATE TABLE waiting (id int PRIMARY KEY, batch int); INSERT INTO waiting VALUES (1, NULL)');
    const folder = aFolder();
    const groups = { by: 'column', table: 'public.waiting', column: 'batch', key: 'id', capacity: 10 };
    const config = aConfigIn(folder, groups);
    const source = {
      by: 'column',
      store: '1/other',
      table: 'public.waiting',
      column: 'batch',
      type: 'integer',
    } as const;
    const fleet = { lineage: '0123456789abcdef', serial: 1, source, nextId: 1, groups: [] };
    const lock = join(folder, 'lock');
    const listener = { progress: () => undefined, done: () => undefined };
    const given = () => assign({ config, lock, fleet: undefined, dryRun: false, adoptStore: new Set() }, listener);
    writeFileSync(lock, printLock({ version: 1, fleets: { catalog: fleet } }));
    expect((await refusalOf(given())).code).toBe('another-store');
    // Before the controller's first run there is none.
    rmSync(lock);
    expect(await given()).toMatchObject([{ waiting: 1, portions: [{ rows: 1 }] }]);
  });

  test('the command refreshes by its config, flags and kubeconfig', async () => {
    await rows(100);
    const double = await aCluster({ now: EVENING });
    const program = new Command();
    addController(program, prepareApply, aPace(double));
    const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    onTestFinished(() => told.mockRestore());
    const args = [`--config=${aConfigIn(aFolder())}`, `--kubeconfig=${aKubeconfig(double)}`, '--new-lock=catalog'];
    await program.parseAsync(['controller', 'catalog', ...args], { from: 'user' });
    const byHand = (object: string) => `  by hand   ${object} is not there: apply it`;
    expect(String(told.mock.calls[0]?.[0]).split('\n')).toEqual([
      'fleet catalog in namespace batch',
      '  groups    10, new are catalog-0001, catalog-0002, catalog-0003, catalog-0004, catalog-0005 and 5 more',
      '  lock      made, in ConfigMap catalog-lock',
      '  created   ConfigMap/catalog-groups, CronJob/catalog-0001, CronJob/catalog-0002, CronJob/catalog-0003, CronJob/catalog-0004 and 6 more',
      ...['ServiceAccount', 'Role', 'RoleBinding'].map((kind) => byHand(`${kind}/catalog-controller`)),
      byHand('Role/catalog-controller-removals'),
      byHand('CronJob/catalog-controller'),
      '',
    ]);
  });
});

/** The config as a file in that folder. */
function aConfigIn(folder: string, groups?: object): string {
  const { store, tools, fleets } = anImage().config;
  const window = { opens: '00:00', closes: '05:00', timeZone: 'Asia/Seoul' };
  const job = { image: 'worker:1' };
  const catalog = { namespace: 'batch', groups: groups ?? fleets.catalog?.groups, window, job, controller: {} };
  const path = join(folder, 'fleet.config.mjs');
  writeFileSync(
    path,
    `export default ${JSON.stringify({ store: (store as { url: string }).url, tools, fleets: { catalog } })}`,
  );
  return path;
}
