import { describe, expect, test } from 'vitest';
import { changesOf } from '../../lib/review/changes';
import { onlyAdds } from '../../lib/review/only-adds';
import { aLock, aPlan, manifestsFor } from '../support/builders';
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

  test('is false of everything else', async () => {
    const changes: Record<string, string> = {
      'another image': aConfig(5_400, { job: `{ image: 'worker:2' }` }),
      'starts that move': aConfig(5_400, { window: `{ opens: '01:00', closes: '05:00', timeZone: 'Asia/Seoul' }` }),
      'a pause': aConfig(2_400, { suspend: 'true' }),
      'a group that runs dry': aConfig(900),
      'groups that are split': aConfig(2_400, { groups: groupsOf().replace('1_000', '500') }),
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

describe('onlyAdds of a fleet that gets a CronJob which is no group’s', () => {
  test('is false: accounts and Roles are a person’s to look at', () => {
    const [was, is] = [aPlan(), aPlan({ fleet: { controller: {} }, lock: { serial: 2 } })];
    const changes = changesOf(
      { lock: aLock(), files: manifestsFor(was) },
      { lock: aLock({ serial: 2 }), files: manifestsFor(is) },
      [is],
      new Date('2026-11-20T12:00:00Z'),
    );
    expect(onlyAdds(changes)).toBe(false);
  });
});

describe('onlyAdds of a fleet with alerts', () => {
  const changes = (before: number, after: number, alertLabels = {}) => {
    const planOf = (groups: number, labels: Record<string, string> = {}) =>
      aPlan({ fleet: { alerts: { prometheus: { alertLabels: labels } } }, lock: { groups, serial: groups } });
    const [was, is] = [planOf(before), planOf(after, alertLabels)];
    return changesOf(
      { lock: aLock({ groups: before, serial: before }), files: manifestsFor(was) },
      { lock: aLock({ groups: after, serial: after }), files: manifestsFor(is) },
      [is],
      new Date('2026-11-20T12:00:00Z'),
    );
  };

  test('is true of growth, which the rules count, and false of another label on them', () => {
    expect(onlyAdds(changes(3, 4))).toBe(true);
    expect(onlyAdds(changes(3, 4, { team: 'data' }))).toBe(false);
  });
});
