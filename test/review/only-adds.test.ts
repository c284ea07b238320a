import { describe, expect, test } from 'vitest';
import { linesOf, strayWords } from '../../lib/cli/plan-words';
import { type Changes, changesOf, type FleetChanges, hasChanges } from '../../lib/review/changes';
import { onlyAdds } from '../../lib/review/only-adds';
import { aGroup, aLock, aManifest, aPlan, type FleetKeys, type FleetLockKeys, manifestsFor } from '../support/builders';
import { aProject, aConfig as configOf, type Project } from '../support/project';

const groupsOf = (more = '') => `byKeyRange({ table: 'catalog.items', key: 'id', capacity: 1_000${more} })`;
const aConfig = (rows: number, fleet: Record<string, string> = {}) =>
  configOf({ store: `demoStore({ rows: ${rows} })`, fleet: { groups: groupsOf(), ...fleet } });

async function aSynthed(config = aConfig(2_400)): Promise<Project> {
  const project = aProject(config);
  expect(await project.cronfleet(['synth'])).toMatchObject({ code: 0 });
  return project;
}

async function planOf(project: Project): Promise<{ changes: boolean; onlyAdds: boolean }> {
  const { code, stdout, stderr } = await project.cronfleet(['plan', '--json']);
  expect(code, stderr).toBe(0);
  const { changes, onlyAdds } = JSON.parse(stdout);
  return { changes, onlyAdds };
}

describe('onlyAdds of a plan', () => {
  test('is true of growth, and of no change', async () => {
    const project = await aSynthed();
    expect(await planOf(project)).toEqual({ changes: false, onlyAdds: true });
    project.write('fleet.config.ts', aConfig(5_400));
    expect(await planOf(project)).toEqual({ changes: true, onlyAdds: true });
  });

  test('is false of anything else, of which there is more below', async () => {
    const changes: Record<string, string> = {
      'another image': aConfig(5_400, { job: `{ image: 'worker:2' }` }),
      'a group that runs dry': aConfig(900),
      'a new fleet': aConfig(2_400).replace(
        'fleets: {',
        `fleets: { more: { namespace: 'batch', groups: ${groupsOf()}, once: true, job: { image: 'worker:1' } },`,
      ),
    };
    const project = await aSynthed();
    for (const [what, changed] of Object.entries(changes)) {
      project.write('fleet.config.ts', changed);
      expect(await planOf(project), what).toEqual({ changes: true, onlyAdds: false });
    }
  });
});

describe('onlyAdds of a fleet that grows', () => {
  const prometheus = { alerts: { prometheus: { alertLabels: {} } } };
  const state = (groups: number, fleet: FleetKeys = {}, lock: FleetLockKeys = {}) => {
    const keys = { groups, serial: groups, ...lock };
    const plan = aPlan({ fleet, lock: keys });
    return { plan, lock: aLock(keys), files: manifestsFor(plan) };
  };
  const changes = (before: ReturnType<typeof state>, after: ReturnType<typeof state>) =>
    changesOf(before, after, [after.plan], new Date('2026-11-20T12:00:00Z'));

  test('is true of growth, which the rules of its alerts count, and false of another label on them', () => {
    expect(onlyAdds(changes(state(3), state(4)))).toBe(true);
    expect(onlyAdds(changes(state(3, prometheus), state(4, prometheus)))).toBe(true);
    const labelled = { alerts: { prometheus: { alertLabels: { team: 'data' } } } };
    expect(onlyAdds(changes(state(3, prometheus), state(4, labelled)))).toBe(false);
  });

  test.each<[string, FleetKeys]>([
    ['a watcher with its rights', { after: { image: 'report:1', minutes: 30 } }],
    ['alerts', prometheus],
    ['a controller with its rights', { controller: {} }],
    ['an admission policy', { brakes: { admissionPolicy: true } }],
  ])('is false when %s comes along', (_, keys) => {
    expect(onlyAdds(changes(state(3), state(4, keys)))).toBe(false);
  });

  test.each<[string, FleetLockKeys, string]>([
    ['another capacity', { capacity: 5_000 }, '~ capacity 1,000 -> 5,000 in the lock'],
    ['another store', { source: { store: '8/shop' } }, '! store "7000000000000000001/shop" -> "8/shop" in the lock'],
    ['a wider key', { source: { type: 'numeric' } }, '! type "bigint" -> "numeric" in the lock'],
  ])('is false of %s in the lock, which is told, also where no object changes', (_, keys, words) => {
    for (const groups of [3, 4]) {
      const told = changes(state(3), state(groups, {}, { serial: 9, ...keys }));
      expect(onlyAdds(told)).toBe(false);
      const lines = linesOf(told.fleets[0] as FleetChanges).map(
        ({ sign, subject, text }) => `${sign} ${subject} ${text}`,
      );
      expect(lines.filter((line) => line.includes('in the lock'))).toEqual([words]);
    }
  });

  test('is false of variables in another order: one of them may speak of the other', () => {
    const env = (...names: string[]) => ({ job: { env: Object.fromEntries(names.map((name) => [name, 'x'])) } });
    expect(onlyAdds(changes(state(3, env('A', 'B')), state(4, env('A', 'B'))))).toBe(true);
    expect(onlyAdds(changes(state(1, env('A', 'B')), state(2, env('B', 'A'))))).toBe(false);
  });

  test.each(['CronJob.top.k8s.yaml', 'ghost/ConfigMap.ghost-groups.k8s.yaml', 'catalog-2/Secret.x.k8s.yaml'])(
    'is false where %s, of no fleet, goes, comes or changes; it is told',
    (path) => {
      const stray = aManifest(path, 'data: { a: "1" }');
      const having = (groups: number, ...strays: (typeof stray)[]) => {
        const { files, ...rest } = state(groups);
        return { ...rest, files: [...files, ...strays] };
      };
      const told = (before: ReturnType<typeof having>, after: ReturnType<typeof having>) => {
        const found = changes(before, after);
        return [onlyAdds(found), hasChanges(found), strayWords(found.strays)?.lines[0]];
      };
      expect(told(having(3, stray), having(3, stray))).toEqual([true, false, undefined]);
      for (const groups of [3, 4]) {
        const removed = { sign: '-', subject: '1 file', text: `removed: ${path}` };
        expect(told(having(3, stray), having(groups))).toEqual([false, true, removed]);
        expect(told(having(3), having(groups, stray))).toEqual([
          false,
          true,
          { ...removed, sign: '+', text: `new: ${path}` },
        ]);
        const other = aManifest(path, 'data: { a: "2" }');
        expect(told(having(3, stray), having(groups, other))).toMatchObject([false, true, { subject: 'data.a' }]);
      }
    },
  );

  const growth = () => changes(state(3), state(4));
  const [fleet] = growth().fleets as [FleetChanges];
  const share = { from: null, to: '1' };
  const anExpression = { kind: 'PrometheusRule', field: 'spec.groups[x].rules[0].expr', objects: ['catalog'], of: 1 };
  test.each<[string, Partial<FleetChanges>]>([
    ['groups with other rows', { groups: { ...fleet.groups, changed: [{ name: 'a', before: share, after: share }] } }],
    ['groups without rows', { groups: { ...fleet.groups, emptied: ['catalog-0001'] } }],
    ['groups with rows again', { groups: { ...fleet.groups, refilled: ['catalog-0001'] } }],
    ['groups that retire', { groups: { ...fleet.groups, retiring: ['catalog-0001'] } }],
    ['groups that are gone', { groups: { ...fleet.groups, removed: ['catalog-0001'] } }],
    ['a split', { groups: { ...fleet.groups, cut: [{ name: 'a', into: ['catalog-0004'], isLast: false }] } }],
    ['groups over capacity', { overCapacity: [{ name: 'catalog-0001', rows: 2_000, capacity: 1_000 }] }],
    ['objects that go', { objects: { ...fleet.objects, removed: ['catalog/ConfigMap.other.k8s.yaml'] } }],
    ...(
      [
        ['an expression of another kind', { kind: 'ConfigMap' }, '"3 - x"', '"4 - x"'],
        ['a field that is no expression', { field: 'spec.groups[x].rules[0].for' }, '"3 - x"', '"4 - x"'],
        ['an expression with another end', {}, '"3 - x"', '"4 - y"'],
      ] as const
    ).map(([what, keys, before, after]): [string, Partial<FleetChanges>] => [
      what,
      { objects: { ...fleet.objects, fields: [{ ...anExpression, before, after, ...keys }] } },
    ]),
  ])('is false of %s beside it', (_, keys) => {
    const beside = (more: Partial<FleetChanges>): Changes => ({ ...growth(), fleets: [{ ...fleet, ...more }] });
    const counted = { ...anExpression, before: '"3 - x"', after: '"4 - x"' };
    expect(onlyAdds(beside({ objects: { ...fleet.objects, fields: [counted] } }))).toBe(true);
    expect(onlyAdds(beside(keys))).toBe(false);
  });

  test('is false of a group that came and retires again', () => {
    const [first, last] = [aGroup({ from: null, to: '1001' }), aGroup({ id: 2, from: '1001', to: null })];
    const grown = { ...last, to: '3001' };
    const retiring = aGroup({ id: 3, from: '2001', to: '3001', state: 'retiring' });
    const next = aGroup({ id: 4, from: '3001', to: null });
    const before = state(2, {}, { groups: [first, last] });
    expect(onlyAdds(changes(before, state(3, {}, { groups: [first, grown, next] })))).toBe(true);
    expect(onlyAdds(changes(before, state(3, {}, { groups: [first, grown, retiring, next] })))).toBe(false);
  });

  test('is false where no group is new: a group map that was edited by hand is put right', () => {
    const was = state(3);
    const edited = was.files.map(({ path, text }) => ({ path, text: text.replace('serial: "3"', 'serial: "2"') }));
    const told = changes({ ...was, files: edited }, was);
    expect(onlyAdds(told)).toBe(false);
    expect(linesOf(told.fleets[0] as FleetChanges)).toMatchObject([
      { subject: 'data.serial', text: '"2" -> "3" in catalog-groups' },
    ]);
  });

  test('tells another filter once, not in each group', () => {
    const filter = (where: string) => state(3, { groups: { where } }, { serial: 9, source: { where } });
    const { fleets } = changes(filter('sold'), filter('sold AND open'));
    expect(linesOf(fleets[0] as FleetChanges)).toEqual([
      {
        sign: '!',
        subject: 'where',
        text: '"sold" -> "sold AND open" in the lock, and so in GROUP_WHERE of every group',
      },
    ]);
  });
});
