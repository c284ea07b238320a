// A team's folder with one fleet of so many groups: config, a lock that is written here, and what synth makes of both.

import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { printLock } from '../lib/groups/lock';
import { aLock } from '../test/support/builders';
import { ended, type Program } from './apply-run';

const REPOSITORY = dirname(import.meta.dirname);

export interface Project {
  folder: string;
  /** `cronfleet …` as the npm package has it. */
  cronfleet: Program;
  /** Makes dist of config and lock. */
  synth(): Promise<void>;
  /** One group's job wants more memory from now on: one manifest of all changes. */
  change(): Promise<void>;
}

/** @param built a folder into which `installed` has put the package */
export function aProject(built: string, namespace: string, groups: number): Project {
  const folder = mkdtempSync(join(tmpdir(), 'cronfleet-bench-'));
  for (const name of ['node_modules', 'package.json', 'tsconfig.json'])
    symlinkSync(join(REPOSITORY, name), join(folder, name));
  symlinkSync(join(built, 'cronfleet/build/lib'), join(folder, 'lib'));
  writeFileSync(join(folder, 'fleet.lock.json'), printLock(aLock({ groups })));
  const say = (memory: string) => writeFileSync(join(folder, 'fleet.config.ts'), configOf(namespace, groups, memory));
  const cronfleet: Program = {
    file: process.execPath,
    args: [join(built, 'cronfleet/bin/cronfleet.js')],
    cwd: folder,
    env: {},
  };
  const synth = async () => {
    await ended(cronfleet, ['synth', '--frozen']);
  };
  say('256Mi');
  return {
    folder,
    cronfleet,
    synth,
    async change() {
      say('512Mi');
      await synth();
    },
  };
}

/** The window is far off: apply keeps out of one. */
function configOf(namespace: string, groups: number, memoryOfLast: string): string {
  const at = (hours: number) => `${String((new Date().getUTCHours() + hours) % 24).padStart(2, '0')}:00`;
  return `
import { byKeyRange, defineFleets } from './lib';

export default defineFleets({
  store: 'postgres://postgres@db/shop',
  fleets: {
    catalog: {
      namespace: '${namespace}',
      groups: byKeyRange({ table: 'catalog.items', key: 'id', capacity: 1_000 }),
      window: { opens: '${at(8)}', closes: '${at(12)}', timeZone: 'Etc/UTC' },
      job: {
        image: 'ghcr.io/acme/catalog-worker:1.4.2',
        env: { LOG_LEVEL: 'info', DATABASE_URL: { secret: 'catalog-db', key: 'url' } },
        resources: ({ id }) => ({ requests: { cpu: '100m', memory: id === ${groups} ? '${memoryOfLast}' : '256Mi' } }),
      },
    },
  },
});
`;
}
