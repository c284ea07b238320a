import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ApiObject } from 'cdk8s';
import { describe, expect, onTestFinished, test } from 'vitest';
import { importFile, readTypeScriptBy } from '../../lib/config/import';
import { REPOSITORY } from '../support/project';

/** A folder with these files and some packages of this repository; gone after the test. */
function aFolder(files: Record<string, string>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cronfleet import ')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'node_modules'));
  for (const name of ['cdk8s', 'yaml'])
    symlinkSync(join(REPOSITORY, 'node_modules', name), join(folder, 'node_modules', name));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** The default export of a file, and whether tsx was asked for. */
async function imported(folder: string, file = 'fleet.config.ts'): Promise<{ made: unknown; byTsx: boolean }> {
  let byTsx = false;
  readTypeScriptBy(async () => {
    byTsx = true;
  });
  onTestFinished(() => readTypeScriptBy(async () => undefined));
  const { default: made } = await importFile(join(folder, file));
  return { made, byTsx };
}

describe('without tsx', () => {
  test.each([
    ['TypeScript', 'enum Size { S = 1 }\nconst size: Size = Size.S;\nexport default size satisfies number;'],
    [
      'modules of Node',
      "import { readFileSync, type Stats } from 'node:fs';\nimport path from 'path';\nexport default path.sep.length;",
    ],
    ['what it waits for', 'export default await Promise.resolve(1);'],
    ['types of others alone', "import type { Rate } from './rates';\nexport default 1 as Rate;"],
  ])('runs %s', async (_, text) => {
    expect(await imported(aFolder({ 'fleet.config.ts': text }))).toEqual({ made: 1, byTsx: false });
  });

  test.each(['js', 'mjs', 'ts', 'mts'])('runs a file that ends with .%s', async (ending) => {
    const folder = aFolder({ [`fleet.config.${ending}`]: 'export default 1;' });
    expect(await imported(folder, `fleet.config.${ending}`)).toEqual({ made: 1, byTsx: false });
  });

  test('hands the file the cronfleet that runs', async () => {
    const folder = aFolder({ 'fleet.config.ts': "import { bySize } from './lib';\nexport default bySize;" });
    symlinkSync(join(REPOSITORY, 'lib'), join(folder, 'lib'));
    // It does: Node is asked for the sources as they are, which only Vitest could run here.
    await expect(imported(folder)).rejects.toThrow(`Unknown file extension ".ts" for ${REPOSITORY}/lib/index.ts`);
  });

  test('hands the file the cdk8s that everyone has', async () => {
    const text = "import {\n  ApiObject,\n  JsonPatch,\n} from 'cdk8s';\nexport default [ApiObject, JsonPatch][0];";
    expect(await imported(aFolder({ 'fleet.config.ts': text }))).toEqual({ made: ApiObject, byTsx: false });
  });
});

describe('by tsx', () => {
  test.each<[sentence: string, files: Record<string, string>]>([
    [
      'a file of its own',
      { 'fleet.config.ts': "import { one } from './b';\nexport default one;", 'b.ts': 'export const one = 1;' },
    ],
    [
      'what a file of its own exports',
      { 'fleet.config.ts': "export * from './b';\nexport default 1;", 'b.ts': 'export const two = 2;' },
    ],
    ['what a file of its own does', { 'fleet.config.ts': "import './b';\nexport default 1;", 'b.ts': '' }],
    ['a package', { 'fleet.config.ts': "import { parse } from 'yaml';\nexport default parse('1');" }],
    [
      'an import on the way',
      { 'fleet.config.ts': "export default (await import('./b')).default;", 'b.ts': 'export default 1;' },
    ],
    [
      'what it does not use, which tsconfig.json may want run',
      { 'fleet.config.ts': "import { two } from './b';\nexport default 1;", 'b.ts': 'export const two = 2;' },
    ],
    ['its own place', { 'fleet.config.ts': "export default import.meta.url.startsWith('file:') ? 1 : 2;" }],
    [
      'a lib that is another',
      {
        'fleet.config.ts': "import { one } from './lib';\nexport default one;",
        'lib/index.ts': 'export const one = 1;',
      },
    ],
    [
      'a cronfleet that is another',
      {
        'fleet.config.ts': "import { one } from 'cronfleet';\nexport default one;",
        'node_modules/cronfleet/index.js': 'exports.one = 1;',
      },
    ],
  ])('runs a file that asks for %s', async (_, files) => {
    expect(await imported(aFolder(files))).toEqual({ made: 1, byTsx: true });
  });

  test('leaves imports alone that stand in a text', async () => {
    const script = 'import { ApiObject } from "cdk8s";\n';
    const text = `import { ApiObject } from 'cdk8s';\nexport default ApiObject && \`\n${script}\`;`;
    expect(await imported(aFolder({ 'fleet.config.ts': text }))).toEqual({ made: `\n${script}`, byTsx: true });
  });

  test.each([
    ...['require("node:fs");', 'module.id;', 'exports.one = 1;', '__dirname;', '__filename;'],
    'class Rate { @one rate() {} }',
  ])('runs what package.json or tsconfig.json decide about: %s', async (text) => {
    let byTsx = false;
    readTypeScriptBy(async () => {
      byTsx = true;
      throw new Error('enough');
    });
    onTestFinished(() => readTypeScriptBy(async () => undefined));
    const folder = aFolder({ 'fleet.config.ts': text });
    await importFile(join(folder, 'fleet.config.ts')).catch(() => undefined);
    expect(byTsx).toBe(true);
  });
});

describe('what is wrong', () => {
  async function failure(text: string): Promise<{ error: Error; stack: string }> {
    const folder = aFolder({ 'fleet.config.ts': text });
    const error = await imported(folder).then(undefined, (error: unknown) => error);
    if (!(error instanceof Error)) throw new Error('expected an Error', { cause: error });
    return { error, stack: String(error.stack).replaceAll(folder, '') };
  }

  test('a stack leads through the file, not through what was made of it', async () => {
    const { error, stack } = await failure(
      "interface Rate {\n  a: 1;\n}\nfunction rate(): Rate {\n  throw new RangeError('no rates');\n}\nexport default rate();",
    );
    expect(error).toBeInstanceOf(RangeError);
    expect(stack.split('\n').slice(0, 3)).toEqual([
      'RangeError: no rates',
      '    at rate (/fleet.config.ts:5:9)',
      '    at /fleet.config.ts:7:16',
    ]);
    expect(stack).not.toMatch(/base64|compiled/);
  });

  test('an error that is frozen is told with its place too', async () => {
    const { error, stack } = await failure("throw Object.freeze(new Error('no rates'));");
    expect(error.message).toBe('no rates');
    expect(stack).toContain('/fleet.config.ts:1:21');
  });

  test('what is thrown and is no error stays what it is', async () => {
    const folder = aFolder({ 'fleet.config.ts': "throw { rates: 'none' };" });
    await expect(importFile(join(folder, 'fleet.config.ts'))).rejects.toEqual({ rates: 'none' });
  });
});
