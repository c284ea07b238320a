import { spawnSync } from 'node:child_process';
import type { V1CronJob } from '@kubernetes/client-node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EnvConfig, GroupFacts } from '../../lib/config/types';
import type { QueryLock, RangeLock } from '../../lib/groups/lock';
import { allocateRanges, recordedRanges } from '../../lib/groups/ranges';
import { indexesOf, podNameProblems } from '../../lib/plan/folded';
import { planFleet } from '../../lib/plan/plan';
import type { RangeObservation, SeenRange } from '../../lib/store/ranges';
import {
  aFleet,
  aFleetLock,
  aFolder,
  aGroup,
  anObservation,
  aPlan,
  aQueryFleet,
  aQueryLock,
  type FleetKeys,
  type FleetLockKeys,
  groupsAt,
  objectsFor,
  refusal,
} from '../support/builders';
import { type EnvEntry, podEnv } from '../support/pod-env';
import { mountScripts, runScript, SHELLS } from '../support/shell';

const command = ['work'];
const folded = (fleet: FleetKeys = {}, lock: FleetLockKeys = {}) => {
  const job = { command, ...fleet.job };
  const plan = aPlan({ fleet: { fold: true, ...fleet, job }, lock: { groups: 3, shape: 'folded', ...lock } });
  if (plan.folded === undefined) throw new Error('expected a folded plan');
  return { ...plan, folded: plan.folded };
};
const refused = (fleet: FleetKeys, lock?: FleetLockKeys) => {
  const { code, message, hint } = refusal(() => folded(fleet, lock));
  expect(code).toBe('group-invalid');
  expect(message).toMatch(/^fleets\.catalog\.fold: th(is|ese \d+ things) cannot be folded; nothing was written$/);
  return hint?.split('\n');
};
const envOf = (env: (group: GroupFacts) => EnvConfig, fleet: FleetKeys = {}) => ({
  ...fleet,
  job: { ...fleet.job, env },
});
const namesOf = (variables: readonly { name: string }[]) => variables.map(({ name }) => name);
const scriptsOf = ({ folded: { parameters } }: ReturnType<typeof folded>) =>
  Object.assign({}, ...parameters.map(({ files }) => files)) as Record<string, string>;

describe('the indexes', () => {
  const groups = [aGroup({ id: 1 }), aGroup({ id: 2, state: 'retiring' }), aGroup({ id: 4 }), aGroup({ id: 7 })];

  test('an index is the id less one, and a group that is retiring has none', () => {
    expect([...indexesOf(groups, false)]).toEqual([
      [1, 0],
      [4, 3],
      [7, 6],
    ]);
  });

  test('where gaps are closed it is the place among those that are not retiring', () => {
    expect([...indexesOf(groups, true)]).toEqual([
      [1, 0],
      [4, 1],
      [7, 2],
    ]);
  });

  test('there is one for each id ever given, and those of groups that are gone succeed at once', () => {
    const groups = groupsAt(['5', '9']).map((group) => ({ ...group, id: group.id * 2 }));
    const plan = folded({}, { groups, nextId: 9 });
    expect(plan.folded.completions).toBe(8);
    expect(plan.groups.map(({ index }) => index)).toEqual([1, 3, 5]);
    const folder = mountScripts(aFolder(), plan.folded.parameters);
    const ended = runScript(folder, 'job', [0, 1, 2, 3, 4, 5, 6, 7], {});
    expect(ended.map(({ status, env }) => [status, env?.GROUP_NAME])).toEqual([
      [0, undefined],
      [0, 'catalog-0002'],
      [0, undefined],
      [0, 'catalog-0004'],
      [0, undefined],
      [0, 'catalog-0006'],
      [0, undefined],
      [0, undefined],
    ]);
  });

  test('an index that was never given fails, as does a pod without one', () => {
    const folder = mountScripts(aFolder(), folded().folded.parameters);
    const [beyond] = runScript(folder, 'job', [3], {});
    expect(beyond).toEqual({ status: 1, env: undefined, stderr: 'cronfleet: no group has the index 3\n' });
    expect(runScript(folder, 'job', [999], {})[0]).toMatchObject({ env: undefined, status: expect.any(Number) });
    expect(runScript(folder, 'job', [999], {})[0]?.status).not.toBe(0);
  });

  test('gaps are closed when it is asked for', () => {
    const groups = groupsAt(['5', '9']).map((group) => ({ ...group, id: group.id * 2 }));
    expect(folded({ fold: { compact: true } }, { groups, nextId: 9 })).toMatchObject({
      folded: { completions: 3 },
      groups: [{ index: 0 }, { index: 1 }, { index: 2 }],
    });
  });
});

/** What a store may come to say of a fleet: rows behind the last bound, late ones in a range, a range without any. */
const step = fc.oneof(
  fc.constant({ do: 'grow' as const, at: 0 }),
  fc.record({ do: fc.constantFrom('split' as const, 'run dry' as const), at: fc.nat(20) }),
  fc.record({ do: fc.constant('days pass' as const), at: fc.constant(0) }),
);

function observed(lock: RangeLock, { do: what, at }: { do: string; at: number }): RangeObservation {
  const all = recordedRanges(lock);
  const ranges = all.map(({ from, to }, place): SeenRange => {
    const isHere = place === at % all.length;
    if (to === null) {
      const bound = String(Number(from ?? 0) + 1_000);
      const last = { from: bound, to: null, rows: 1 };
      const pieces = what === 'grow' ? [{ from, to: bound, rows: 1_000 }, last] : [{ from, to, rows: 1 }];
      return { from, to, isEmpty: false, pieces };
    }
    const middle = String((Number(from ?? 0) + Number(to)) / 2);
    const halves = [
      { from, to: middle, rows: 600 },
      { from: middle, to, rows: 600 },
    ];
    return {
      from,
      to,
      isEmpty: isHere && what === 'run dry',
      ...(isHere && what === 'split' ? { pieces: halves } : {}),
    };
  });
  return anObservation({ ranges });
}

test("whatever becomes of the groups, an index is one group's for ever, and each group has exactly one", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), fc.boolean(), (steps, compact) => {
      const fold = compact ? { compact: true as const } : true;
      const fleet = aFleet({ fold, groups: { retireEmpty: true }, job: { command } });
      let now = Date.parse('2026-03-01T12:00:00Z');
      let lock = aFleetLock({ shape: 'folded', source: { type: 'numeric' } });
      const owners = new Map<number, number>();
      for (const next of steps) {
        now += next.do === 'days pass' ? 3 * 86_400_000 : 1_000;
        const world = { now: new Date(now), newLineage: () => lock.lineage };
        lock = allocateRanges('catalog', fleet, lock, observed(lock, next), world).lock as RangeLock;
        const { groups, folded } = planFleet('catalog', fleet, lock);
        const living = groups.filter(({ isRetiring }) => !isRetiring);
        const indexes = living.map(({ index }) => index as number);
        expect(new Set(indexes).size).toBe(living.length);
        for (const { facts, index = -1 } of compact ? [] : living) {
          expect(owners.get(index) ?? facts.id).toBe(facts.id);
          owners.set(index, facts.id);
        }
        // And this is what the script says.
        const text = folded?.parameters.map(({ files }) => files['job.0.sh']).join('') ?? '';
        const told = [...text.matchAll(/^(\d+)\) export GROUP_ID='(\d+)'/gm)].map(([, index, id]) => [
          Number(index),
          Number(id),
        ]);
        const wanted = living.map(({ facts, index }) => [index as number, facts.id]);
        expect(told).toEqual(wanted.sort(([a = 0], [b = 0]) => a - b));
        expect(text.match(/^\d+\) /gm)).toHaveLength(folded?.completions as number);
      }
    }),
  );
});

describe('the Job', () => {
  test('runs all groups at once, or as many as the window says', () => {
    expect(folded().folded).toMatchObject({ completions: 3, parallelism: 3, suspend: false, rows: 3_000 });
    expect(folded({ window: { concurrency: 2, jobMinutes: 60 } }).folded).toMatchObject({ parallelism: 2 });
  });

  test('has the bounds that the API server wants above 100,000 indexes, and not before', () => {
    expect(folded({}, { nextId: 100_001 }).folded).not.toHaveProperty('maxFailedIndexes');
    const { completions, parallelism, maxFailedIndexes } = folded({}, { nextId: 100_002 }).folded;
    expect({ completions, parallelism, maxFailedIndexes }).toEqual({
      completions: 100_001,
      parallelism: 10_000,
      maxFailedIndexes: 10_000,
    });
  });

  test('a fleet without groups has none', () => {
    const lock = { ...aQueryLock({}), shape: 'folded' as const };
    const plan = planFleet('fruit', aQueryFleet({ fold: true, job: { command } }), lock);
    expect(plan.folded).toBeUndefined();
    expect(objectsFor(plan).cronJobs).toEqual([]);
  });

  test('its pods must have names that Kubernetes takes at night', () => {
    expect(podNameProblems('a'.repeat(47), 1_000_000)).toEqual([]);
    expect(podNameProblems('a'.repeat(52), 10)).toEqual([]);
    for (const [name, completions] of [
      ['a'.repeat(47), 1_000_001],
      ['a'.repeat(52), 101],
      ['a.b', 1],
    ] as const)
      expect(podNameProblems(name, completions)).toHaveLength(1);
    expect(podNameProblems('a'.repeat(52), 101)[0]).toMatch(
      /^pods are named <fleet>-<minutes>-100, which would have 65 characters; at most 63 and no dots/,
    );
  });
});

describe('growth', () => {
  const first = folded({}, { groups: 450 });
  test('replaces the last ConfigMap only, and the others keep their names', () => {
    const grown = folded({}, { groups: 451 });
    const [names, after] = [first, grown].map(({ folded }) => namesOf(folded.parameters)) as [string[], string[]];
    expect(names).toHaveLength(3);
    expect(after.slice(0, 2)).toEqual(names.slice(0, 2));
    expect(after[2]).not.toBe(names[2]);
    expect(after[2]).toMatch(/^catalog-parameters-2-[0-9a-f]{8}$/);
  });

  test('is one changed line and one more in the script', () => {
    const lines = (plan: typeof first) => scriptsOf(plan)['job.2.sh']?.split('\n') ?? [];
    const before = new Set(lines(first));
    const grown = lines(folded({}, { groups: 451 })).filter((line) => !before.has(line));
    expect(grown.map((line) => line.slice(0, 16))).toEqual(['449) export GROU', '450) export GROU']);
  });

  test('opens another ConfigMap when the last is full', () => {
    expect(namesOf(folded({}, { groups: 400 }).folded.parameters)).toHaveLength(2);
    expect(namesOf(folded({}, { groups: 401 }).folded.parameters)).toHaveLength(3);
  });
});

describe('the variables', () => {
  test('what is the same for all groups stays in the pod template, what differs goes into the script', () => {
    const plan = folded(envOf(({ id }) => ({ LEVEL: 'info', OUT: `/data/${id}`, URL: { secret: 'db', key: 'url' } })));
    expect(plan.folded.job.env).toEqual([
      { name: 'FLEET', value: 'catalog' },
      { name: 'FLEET_RUN', field: "metadata.labels['batch.kubernetes.io/job-name']" },
      { name: 'LEVEL', value: 'info' },
      { name: 'URL', secret: 'db', key: 'url' },
    ]);
    expect(scriptsOf(plan)['job.0.sh']).toContain(`GROUP_ID='2' GROUP_NAME='catalog-0002'`);
    expect(scriptsOf(plan)['job.0.sh']).toContain(`OUT='/data/2' ;;`);
  });

  test('one group alone is told as many are, so that its growth moves nothing of ours', () => {
    expect(namesOf(folded({}, { groups: 1 }).folded.job.env)).toEqual(['FLEET', 'FLEET_RUN']);
  });

  test('containers that are told the same share a script', () => {
    const step = { image: 'publish:1', command: ['publish'] };
    const plan = folded({
      then: [
        { ...step, env: { LEVEL: 'info' } },
        { ...step, env: ({ id }) => ({ ID: id }) },
      ],
    });
    expect([plan.folded.job.script, ...plan.folded.steps.map(({ script }) => script)]).toEqual([
      'job',
      'job',
      'then-2',
    ]);
    expect(Object.keys(scriptsOf(plan))).toEqual(['run.sh', 'job.0.sh', 'then-2.0.sh']);
  });

  test('references that differ are refused, with the variable and two groups', () => {
    const env = ({ id }: GroupFacts): EnvConfig => ({
      ...(id === 2 ? {} : { SOME: { secret: 'db', key: 'url' } }),
      URL: { secret: `db-${id}`, key: 'url' },
      LEVEL: id === 1 ? 'info' : { configMap: 'levels', key: 'level' },
    });
    expect(refused(envOf(env))).toEqual([
      'job.env: SOME is key url of Secret db in catalog-0001 and not there in catalog-0002; only texts can differ',
      'job.env: URL is key url of Secret db-1 in catalog-0001 and key url of Secret db-2 in catalog-0002; only texts can differ',
      'job.env: LEVEL is key level of ConfigMap levels in catalog-0002 and a text in catalog-0001; only texts can differ',
    ]);
  });

  test('names that no shell hands on are refused, also where a function makes them', () => {
    expect(refused(envOf(() => ({ 'a.b': '1', UID: '2' })))).toEqual([
      'job.env: the name a.b: a shell drops names with other than letters, digits and "_"; choose another',
      'job.env: the name UID: the shell sets it itself; choose another',
    ]);
  });

  test('a variable that differs cannot stand in command or args, which are the same for all', () => {
    const env = ({ id }: GroupFacts): EnvConfig => ({ OUT: `/data/${id}`, LEVEL: 'info' });
    const args = ['--out=$(OUT)', '--level=$(LEVEL)', '$$(OUT)'];
    expect(refused({ job: { args, env } })).toEqual([
      'job: $(OUT) in command or args differs between groups, and Kubernetes does not know it there; let the program read OUT',
    ]);
  });

  test('what envFrom may have cannot be put into a text that differs', () => {
    const job = { envFrom: [{ secret: 'more' }] };
    const known = (value: string) => envOf(({ id }) => ({ BASE: 'x', OUT: `${value}/${id}` }), { job });
    expect(refused(known('$(ROOT)'))).toEqual([
      'job.env: OUT differs between groups and speaks of $(ROOT) in catalog-0001, which envFrom may have; name ROOT in env before it, or write $$(ROOT) where the text is meant',
    ]);
    for (const fine of ['$$(ROOT)', '$(BASE)', '$(FLEET_RUN)']) expect(() => folded(known(fine))).not.toThrow();
    const same = envOf(() => ({ OUT: '$(ROOT)/all' }), { job });
    expect(folded(same).folded.job.env.at(-1)).toEqual({ name: 'OUT', value: '$(ROOT)/all' });
  });

  test('all that cannot be folded is told at once', () => {
    const then = [{ image: 'publish:1', command: ['$(X)'], env: ({ id }: GroupFacts) => ({ X: id, 'y-z': '1' }) }];
    const hint = refused({ then, ...envOf(({ id }) => ({ A: { secret: `s${id}`, key: 'a' } })) });
    expect(hint?.map((line) => line.split(':')[0])).toEqual(['job.env', 'then[0].env', 'then[0]']);
  });

  test('parameters beyond what a ConfigMap takes are refused, with how many groups fit', () => {
    const env = ({ id }: GroupFacts) => ({ NOTE: 'x'.repeat(id > 200 ? 10_000 : 1_000) });
    expect(() => folded(envOf(env), { groups: 200 })).not.toThrow();
    const [hint] = refused(envOf(env), { groups: 350 }) ?? [];
    expect(hint).toMatch(
      /^the parameters of indexes 200 to 349 are 1,5\d\d,\d{3} bytes; their ConfigMap takes 1,000,000, in which 9\d of these 150 groups fit/,
    );
  });
});

/** What makes trouble in a shell, in YAML or in Kubernetes. */
const fragment = fc.oneof(
  fc.constantFrom(
    ...["'", '"', '`', '\\', '$', '$$', '$(', ')', '(', '\n', '\r', '\t', ' ', '!', '*', '~', '#', ';', '&', '|', '%s'],
    ...[
      '=',
      '{',
      '}',
      '\u0024{X}',
      '$X',
      '$(id)',
      '`id`',
      "'\\''",
      'EOF',
      'é',
      '\u{1F600}',
      '\u0085',
      '\u2028',
      '-e',
      'x',
    ],
    ...[
      '$(GROUP_ID)',
      '$(GROUP_URL)',
      '$(GROUP_NAME)',
      '$(FLEET)',
      '$(FLEET_RUN)',
      '$(A)',
      '$(B)',
      '$(C)',
      '$(SECRET)',
    ],
    ...['$(NOPE)', '$$(A)', '$$$(A)', '$($(A))', '$(A', '$(a b)'],
  ),
  fc.string({ unit: 'grapheme', maxLength: 4 }).map((text) => text.replaceAll('\0', '')),
);
const value = fc.array(fragment, { maxLength: 6 }).map((parts) => parts.join(''));
const ofTeam = fc.shuffledSubarray(['A', 'B', 'C', 'SECRET', 'FIELD'], { minLength: 1 });
/** A fleet by query of some groups: what the store says of them, and what the team adds. */
const fleets = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc.record({
    params: fc.array(fc.record({ url: fc.option(value), region: value }), { minLength: size, maxLength: size }),
    names: ofTeam,
    same: fc.record({ A: value, B: value, C: value }),
    isSame: fc.record({ A: fc.boolean(), B: fc.boolean(), C: fc.boolean() }),
    own: fc.array(fc.record({ A: value, B: value, C: value }), { minLength: size, maxLength: size }),
    // Of some groups, some variables are not there, or in another order.
    order: fc.array(fc.constantFrom('as it is', 'reversed', 'without A'), { minLength: size, maxLength: size }),
  }),
);
type Drawn = typeof fleets extends fc.Arbitrary<infer T> ? T : never;

function envFor({ names, same, isSame, own, order }: Drawn, id: number): EnvConfig {
  const how = order[id - 1];
  const these = how === 'reversed' ? [...names].reverse() : names.filter((name) => how !== 'without A' || name !== 'A');
  return Object.fromEntries(
    these.map((name): [string, EnvConfig[string]] => {
      if (name === 'SECRET') return [name, { secret: 'db', key: 'password' }];
      if (name === 'FIELD') return [name, { field: 'spec.nodeName' }];
      const key = name as 'A' | 'B' | 'C';
      return [name, isSame[key] ? same[key] : (own[id - 1]?.[key] ?? '')];
    }),
  );
}

const FACTS = {
  secrets: { 'db/password': `it's "$(GROUP_ID)" \`x\` $HOME \\ é\n$$` },
  fields: { "metadata.labels['batch.kubernetes.io/job-name']": 'fruit-29000000', 'spec.nodeName': 'node-1' },
};
const envOfCronJob = (cronJob: V1CronJob | undefined) =>
  podEnv((cronJob?.spec?.jobTemplate.spec?.template.spec?.containers[0]?.env ?? []) as EnvEntry[], FACTS);

describe('the scripts', () => {
  test('fail where no command is left to run, since a run of nothing would look like success', () => {
    const folder = mountScripts(aFolder(), folded().folded.parameters);
    const ran = spawnSync('/bin/sh', [`${folder}/run.sh`, 'job'], {
      env: { JOB_COMPLETION_INDEX: '0' },
      encoding: 'utf8',
    });
    expect([ran.status, ran.stderr]).toEqual([1, 'cronfleet: no command to run\n']);
  });

  test.each(SHELLS)('give each pod the very environment that it would have unfolded: %s', (...shell) => {
    const folder = aFolder();
    fc.assert(
      fc.property(fleets, (drawn) => {
        const rows = Object.fromEntries(drawn.params.map((params, index) => [`g${index}`, params]));
        const job = { command, env: ({ id }: GroupFacts) => envFor(drawn, id) };
        const lock = aQueryLock(rows);
        const unfolded = objectsFor(planFleet('fruit', aQueryFleet({ job }), lock)).cronJobs.map(envOfCronJob);

        const folding: QueryLock = { ...lock, shape: 'folded' };
        const plan = planFleet('fruit', aQueryFleet({ fold: true, job }), folding);
        const cronJob = objectsFor(plan).all.find(({ kind }) => kind === 'CronJob') as V1CronJob;
        mountScripts(folder, plan.folded?.parameters ?? []);
        const indexes = unfolded.map((_, index) => index);
        const ended = runScript(folder, 'job', indexes, envOfCronJob(cronJob), shell);

        expect(ended.map(({ status }) => status)).toEqual(indexes.map(() => 0));
        for (const [index, wanted] of unfolded.entries()) {
          const env = ended[index]?.env ?? {};
          const told = Object.entries(env).filter(([name]) => /^(FLEET|GROUP_|[A-C]$|SECRET|FIELD)/.test(name));
          expect(Object.fromEntries(told)).toEqual(wanted);
        }
      }),
      { numRuns: 60 },
    );
  });
});
