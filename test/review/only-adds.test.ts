import { describe, expect, test } from 'vitest';
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
