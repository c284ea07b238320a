// What a synth says of its windows before and after it asks the stores.

import { describe, expect, test } from 'vitest';
import { aConfig, aProject } from './support/project';

const window = (keys: string) => `{ opens: '00:00', closes: '05:00', timeZone: 'Asia/Seoul', ${keys} }`;
const overDoubledHour = `{ opens: '01:00', closes: '05:00', timeZone: 'America/New_York' }`;
const groups = `byKeyRange({ table: 'catalog.items', key: 'id', capacity: 1_000 })`;

describe('a window', () => {
  test('that not one job fits in is refused before a store is asked, and so are those of all other fleets', async () => {
    const fleet = (keys: string) =>
      `{ namespace: 'batch', groups: ${groups}, window: ${window(keys)}, job: { image: 'worker:1' } }`;
    const project = aProject(
      [
        `import { byKeyRange, defineFleets } from './lib';`,
        // Nobody listens there: asked, it would be told of as well.
        `export default defineFleets({ store: 'postgres://postgres@127.0.0.1:1/shop', fleets: {`,
        `  a: ${fleet('jobMinutes: 300')}, b: ${fleet('')}, c: ${fleet('startingDeadlineMinutes: 299')},`,
        `} });`,
      ].join('\n'),
    );
    const { code, stderr } = await project.cronfleet(['synth']);
    expect(code).toBe(1);
    expect(stderr).toMatchInlineSnapshot(`
      "cronfleet: fleets.a.window: not even one group can finish in 00:00 to 05:00 Asia/Seoul (5 h): 10 min starting deadline + 300 min for a job + 1.2 min back-off of 3 retries = 311.2 min, and it has 300 min
        each of these alone makes it fit, the smallest change first:
          window.closes: '05:12'
          groups.capacity: 960 with window.jobMinutes: 288 (2 groups, if a job takes time in proportion to its rows)
        fleets.c.window: not even one group can finish in 00:00 to 05:00 Asia/Seoul (5 h): 299 min starting deadline + 1 min to run at least + 1.2 min back-off of 3 retries = 301.2 min, and it has 300 min
          each of these alone makes it fit, the smallest change first:
            window.closes: '05:02'
            window.startingDeadlineMinutes: 297
            job.retries: 0
      "
    `);
    expect(project.state()).toEqual({});
  });

  test('with starts in an hour that clocks show twice is warned about, also by a frozen run', async () => {
    const store = 'demoStore({ rows: 2_000 })';
    const project = aProject(aConfig({ store, fleet: { groups, window: overDoubledHour } }));
    for (const mode of [[], ['--frozen']]) {
      const { code, stderr } = await project.cronfleet(['synth', ...mode]);
      expect(code).toBe(0);
      expect(stderr.match(/^warning: fleets\.catalog\.window: .*/gm)).toEqual([
        expect.stringMatching(
          /2 CronJobs start between 01:00 and 02:00, which clocks in America\/New_York show twice on 20\d\d-11-\d\d: /,
        ),
      ]);
    }
  });
});
