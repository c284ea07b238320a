import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { printLock } from '../../lib/groups/lock';
import { alertRules } from '../../lib/plan/alert-rules';
import { aLock, aPlan } from '../support/builders';
import { aConfig, aProject, type Project } from '../support/project';
import { HAS_PROMTOOL, PROMTOOL, rulesProblems } from '../support/promtool';

const GROUPS = `byKeyRange({ table: 'catalog.items', key: 'id', capacity: 1_000 })`;
const WINDOW = `window: { opens: '00:00', closes: '05:00', timeZone: 'Asia/Seoul' }`;

/** Two nightly fleets and one that runs once; once synth has run, their lock is there. */
const THREE = `
  import { byKeyRange, byQuery, defineFleets, demoStore } from './lib';
  const job = { image: 'worker:1' };
  const fruit = byQuery({ sql: "SELECT unnest(ARRAY['apple', 'plum']) AS name", name: 'name' });
  export default defineFleets({ store: demoStore({ rows: 1_400 }), fleets: {
    catalog: { namespace: 'batch', groups: ${GROUPS}, ${WINDOW}, job,
      alerts: { prometheus: { labels: { release: 'p' }, alertLabels: { team: 'data' } } } },
    fruit: { namespace: 'batch', groups: fruit, schedule: { cron: '0 * * * *', timeZone: 'Etc/UTC', deadlineMinutes: 9 }, job },
    expansion: { namespace: 'batch', groups: fruit, once: true, job },
  } });
`;

/** A fleet of three groups, and no store to ask. */
function aRecordedProject(): Project {
  const project = aProject(aConfig({ store: 'process.env.DATABASE_URL', fleet: { groups: GROUPS } }));
  project.write('fleet.lock.json', printLock(aLock({ groups: 3 })));
  return project;
}

async function aSynthedProject(config: string): Promise<Project> {
  const project = aProject(config);
  expect(await project.cronfleet(['synth'])).toMatchObject({ code: 0 });
  return project;
}

describe('cronfleet rules', () => {
  test('prints the alerts of every fleet that has CronJobs, and writes nothing', async () => {
    const project = await aSynthedProject(THREE);
    const before = project.state();
    const { code, stdout, stderr } = await project.cronfleet(['rules']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { groups } = parse(stdout);
    expect(groups.map(({ name }: { name: string }) => name)).toEqual(['cronfleet-catalog', 'cronfleet-fruit']);
    expect(project.state()).toEqual(before);

    // The same as in dist, for the fleet that has them there.
    const inDist = parse(project.read('dist/catalog/PrometheusRule.catalog-alerts.k8s.yaml'));
    expect(groups[0]).toEqual(inDist.spec.groups[0]);
    expect(groups[0].rules[0].labels.team).toBe('data');
    expect(project.exists('dist/fruit/PrometheusRule.fruit-alerts.k8s.yaml')).toBe(false);

    const some = await project.cronfleet(['rules', '--fleet', 'fruit']);
    expect(parse(some.stdout)).toEqual({ groups: [groups[1]] });

    const none = await project.cronfleet(['rules', '--fleet', 'expansion']);
    expect(none).toMatchObject({ code: 1, stdout: '' });
    expect(none.stderr).toBe(
      [
        'cronfleet: expansion: expected a fleet with CronJobs, got none: nothing is scheduled',
        '  alerts are about CronJobs, and a fleet that runs once has none',
        '',
      ].join('\n'),
    );
  });

  test.skipIf(!HAS_PROMTOOL)(`${PROMTOOL} takes what it prints`, async () => {
    const { stdout } = await aRecordedProject().cronfleet(['rules']);
    expect(rulesProblems(stdout)).toBe('');
    expect(rulesProblems(stdout.replace('max by', 'max bye'))).toContain('unexpected');
  });

  test('needs neither a store nor `alerts` in the config', async () => {
    const { code, stdout, stderr } = await aRecordedProject().cronfleet(['rules']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(parse(stdout)).toEqual({ groups: [alertRules(aPlan({ lock: { groups: 3 } }))] });
  });

  test('says what is missing', async () => {
    const project = aProject(aConfig({ store: 'demoStore({ rows: 10 })' }));
    const { code, stdout, stderr } = await project.cronfleet(['rules']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      [
        'cronfleet: fleet.lock.json is not there, so no groups are recorded',
        '  run synth first; if there was one, bring it back from git',
        '',
      ].join('\n'),
    );
    const misspelt = await project.cronfleet(['rules', '--fleet=catalgo']);
    expect(misspelt.stderr).toBe('cronfleet: expected fleets of the config, got catalgo\n  did you mean catalog?\n');
  });
});
