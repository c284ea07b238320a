import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { UserError } from '../lib/errors';
import { printLock } from '../lib/groups/lock';
import { recordedPlans } from '../lib/recorded';
import { aLock } from './support/builders';
import { aProject } from './support/project';

const FLEET = `{
  namespace: 'batch',
  groups: { by: 'keyRange', table: 'catalog.items', key: 'id', capacity: 1_000 },
  window: { opens: '00:00', closes: '05:00', timeZone: 'Asia/Seoul' },
  job: { image: 'worker:1' },
}`;

/** The path of a config of these fleets without a store; the lock has `catalog` with two groups and `drinks` with three. */
function aRecorded(...fleets: string[]): string {
  const project = aProject('');
  const { catalog } = aLock({ groups: 2 }).fleets;
  const { catalog: drinks } = aLock({ groups: 3 }).fleets;
  if (!catalog || !drinks) throw new Error('the builder names its fleet otherwise');
  project.write('fleet.lock.json', printLock({ version: 1, fleets: { catalog, drinks } }));
  project.write(
    'fleet.config.mjs',
    `const fleet = ${FLEET}; export default { store: undefined, fleets: { ${fleets.map((name) => `${name}: fleet`)} } };`,
  );
  return join(project.folder, 'fleet.config.mjs');
}

const told = async (...asked: Parameters<typeof recordedPlans>) =>
  (await recordedPlans(...asked)).map(({ name, groups }) => `${name} ${groups.length}`);

describe('recordedPlans', () => {
  test('are of all fleets in the order of the config, or of those that are named', async () => {
    const config = aRecorded('drinks', 'catalog');
    expect(await told({ config })).toEqual(['drinks 3', 'catalog 2']);
    expect(await told({ config, fleets: new Set() })).toEqual(['drinks 3', 'catalog 2']);
    expect(await told({ config, fleets: new Set(['catalog']) })).toEqual(['catalog 2']);
    await expect(told({ config, fleets: new Set(['catalgo']) })).rejects.toMatchObject({ code: 'config-invalid' });
  });

  test('are refused without a lock, which of a fleet with a controller is in the cluster', async () => {
    const config = (controller: string) => {
      const project = aProject('');
      const fleets = `{ catalog: { ...${FLEET}, ${controller} } }`;
      const tools = `{ image: 'ghcr.io/acme/cronfleet:1.0.0' }`;
      project.write('fleet.config.mjs', `export default { store: undefined, tools: ${tools}, fleets: ${fleets} };`);
      return join(project.folder, 'fleet.config.mjs');
    };
    await expect(told({ config: config('') })).rejects.toMatchObject({
      code: 'lock-missing',
      hint: expect.stringContaining('run synth first'),
    });
    await expect(told({ config: config('controller: {}') })).rejects.toMatchObject({
      code: 'lock-missing',
      hint: expect.stringMatching(/--lock=configmap\/catalog-lock.*A synth would make another/),
    });
  });

  test('are refused for a fleet whose groups are not recorded', async () => {
    const unrecorded = told({ config: aRecorded('catalog', 'drinks', 'food') });
    await expect(unrecorded).rejects.toMatchObject({ code: 'lock-missing' });
  });

  test('leave a recorded fleet out only with the token of its removal', async () => {
    const config = aRecorded('catalog');
    const refused: unknown = await told({ config }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'removal' });
    const [, token] = /--allow-removals=(\S+)/.exec((refused as UserError).hint ?? '') ?? [];
    expect(await told({ config, removals: new Set([token as string]) })).toEqual(['catalog 2']);
  });
});
