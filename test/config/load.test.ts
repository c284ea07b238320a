import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../lib/config/load';
import { UserError } from '../../lib/errors';

const GOOD = `export default {
  store: 'postgres://host/db',
  fleets: {
    catalog: {
      namespace: 'batch',
      groups: { by: 'keyRange', table: 'items', key: 'id', capacity: 10 },
      window: { opens: '00:00', closes: '05:00', timeZone: 'Asia/Seoul' },
      job: { image: 'worker:1' },
    },
  },
}`;

/** A folder with these files; gone after the test. */
function aFolder(files: Record<string, string>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cronfleet-load-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** Code, message and hint of the refusal of `path`. */
async function refusal(path: string): Promise<string[]> {
  const error = await loadConfig(path).then(
    () => undefined,
    (refused: unknown) => refused,
  );
  if (!(error instanceof UserError)) throw new Error('expected a UserError', { cause: error });
  return [error.code, error.message, ...(error.hint ?? '').split('\n')];
}

describe('loadConfig', () => {
  test.each([
    ['fleet.config.mjs', 'fleet.lock.json'],
    ['fleet.prod.config.mjs', 'fleet.prod.lock.json'],
    ['nightly.mjs', 'nightly.lock.json'],
  ])('knows the places beside %s', async (file, lock) => {
    const folder = aFolder({ [file]: GOOD });
    const loaded = await loadConfig(join(folder, file));
    expect(loaded).toMatchObject({
      file,
      root: folder,
      lockPath: join(folder, lock),
      distPath: join(folder, 'dist'),
      config: { dist: 'dist', store: { kind: 'postgres', url: 'postgres://host/db' } },
    });
  });

  test.each([
    ['dist/', 'dist'],
    ['./deploy//prod/.', 'deploy/prod'],
  ])('takes dist %s for the folder %s', async (dist, path) => {
    const folder = aFolder({ 'fleet.config.mjs': GOOD.replace('{', `{ dist: '${dist}',`) });
    expect((await loadConfig(join(folder, 'fleet.config.mjs'))).distPath).toBe(join(folder, path));
  });

  test('waits for a config that asks for something first', async () => {
    const folder = aFolder({ 'fleet.config.mjs': `const asked = await Promise.resolve(1);\n${GOOD}` });
    await expect(loadConfig(join(folder, 'fleet.config.mjs'))).resolves.toBeDefined();
  });

  test.each([
    ['no such file', 'other.config.ts', 'no such file'],
    ['a folder', 'sub', 'a folder'],
    ['a file of another kind', 'fleet.yaml', 'a file of another kind'],
    ['TypeScript of CommonJS', 'fleet.cts', 'a file that ends with .cts: name it .ts or .mts'],
  ])('refuses %s', async (_, file, got) => {
    const path = join(aFolder({ 'sub/x.ts': '', 'fleet.yaml': '', 'fleet.cts': '' }), file);
    expect(await refusal(path)).toEqual([
      'config-missing',
      `${path}: expected a TypeScript or JavaScript file, got ${got}`,
      'run the command in the folder of fleet.config.ts, or name another file with FLEET_CONFIG=<file>',
    ]);
  });

  test('refuses a file that says what it may not, by its name', async () => {
    const folder = aFolder({ 'fleet.prod.config.mjs': GOOD.replace('capacity: 10', 'capacity: 0') });
    expect(await refusal(join(folder, 'fleet.prod.config.mjs'))).toEqual([
      'config-invalid',
      '1 problem in fleet.prod.config.mjs; nothing was written',
      'fleets.catalog.groups.capacity: expected a whole number from 1 to 1,000,000,000,000, got 0',
    ]);
  });

  test.each([
    ['an error', `\n\nthrow new Error('no rates today');`, 'fleet.config.mjs:3:7: no rates today'],
    [
      'a mistake',
      `const rates = undefined;\nexport default rates.daily;`,
      /^fleet\.config\.mjs:2:22: Cannot read properties/,
    ],
    ['a text', `throw 'no rates today';`, 'fleet.config.mjs: no rates today'],
    ['nothing', `throw undefined;`, 'fleet.config.mjs: undefined'],
  ])('tells where a file throws %s', async (_, text, message) => {
    const folder = aFolder({ 'fleet.config.mjs': text });
    expect(await refusal(join(folder, 'fleet.config.mjs'))).toEqual([
      'config-unreadable',
      typeof message === 'string' ? message : expect.stringMatching(message),
      'fleet.config.mjs does not run; nothing was written. Mend it and run the command again',
    ]);
  });

  test('tells where a file throws that the config imports', async () => {
    const folder = aFolder({
      'fleet.config.mjs': `import './rates/daily.mjs';`,
      'rates/daily.mjs': `\nthrow new Error('no rates today');`,
    });
    const [, message] = await refusal(join(folder, 'fleet.config.mjs'));
    expect(message).toBe('rates/daily.mjs:2:7: no rates today');
  });
});
