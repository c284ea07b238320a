import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ApiObject } from 'cdk8s';
import { describe, expect, onTestFinished, test } from 'vitest';
import { importFile, NotReadable } from '../../lib/config/import';
import { REPOSITORY } from '../support/project';

/** A folder with these files and the packages of this repository; gone after the test. */
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

/** The default export of fleet.config.ts, or of another file. */
async function imported(folder: string, file = 'fleet.config.ts'): Promise<unknown> {
  return (await importFile(join(folder, file))).default;
}

describe('what a config may be', () => {
  test.each<[sentence: string, files: Record<string, string>]>([
    [
      'TypeScript',
      { 'fleet.config.ts': 'enum Size { S = 1 }\nconst size: Size = Size.S;\nexport default size satisfies number;' },
    ],
    [
      'files of its own, without their endings',
      { 'fleet.config.ts': "export { default } from './a/b';", 'a/b.ts': 'export default 1 as const;' },
    ],
    [
      'files named as they will be called in JavaScript',
      { 'fleet.config.ts': "export { default } from './b.js';", 'b.ts': 'export default 1;' },
    ],
    ['JSON', { 'fleet.config.ts': "import { one } from './b.json';\nexport default one;", 'b.json': '{ "one": 1 }' }],
    [
      'what it waits for',
      {
        'fleet.config.ts': "const { one } = await import('./b');\nexport default await one;",
        'b.ts': 'export const one = Promise.resolve(1);',
      },
    ],
    [
      'paths of tsconfig.json',
      {
        'fleet.config.ts': "import { one } from '@/b';\nexport default one;",
        'src/b.ts': 'export const one = 1;',
        'tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } } // with a comment',
      },
    ],
    [
      'CommonJS',
      {
        'fleet.config.ts': "import { one } from './b.cjs';\nexport default one;",
        'b.cjs': "exports.one = require('node:util').inspect(1) * require('yaml').parse('1');",
      },
    ],
    [
      'a project that says nothing of modules',
      {
        'package.json': '{}',
        'fleet.config.ts': "import { parse } from 'yaml';\nimport { one } from './b';\nexport default parse(one);",
        'b.ts': "export const one = '1';",
      },
    ],
    [
      'a package of the same repository, in TypeScript',
      {
        'fleet.config.ts': "import { one } from 'rates';\nexport default one;",
        'packages/rates/index.ts': 'export const one: number = 1;',
        'packages/rates/package.json': '{ "name": "rates", "main": "index.ts" }',
      },
    ],
    [
      'files that are there for what they do, whatever package.json says of them',
      {
        'package.json': '{ "type": "module", "sideEffects": false }',
        'fleet.config.ts': "import './b';\nexport default Reflect.get(globalThis, Symbol.for('rates'));",
        'b.ts': "Reflect.set(globalThis, Symbol.for('rates'), 1);",
      },
    ],
    [
      'packages as Node finds them',
      {
        'fleet.config.ts': "import { one } from 'rates';\nexport default one;",
        'node_modules/rates/package.json': '{ "exports": { "module": "./bundlers.mjs", "default": "./index.mjs" } }',
        'node_modules/rates/bundlers.mjs': 'export const one = 2;',
        'node_modules/rates/index.mjs': 'export const one = 1;',
      },
    ],
    [
      'packages in TypeScript',
      {
        'fleet.config.ts': "import { one } from 'rates';\nexport default one;",
        'node_modules/rates/package.json': '{ "main": "index.ts" }',
        'node_modules/rates/index.ts': 'export const one: number = 1;',
      },
    ],
    [
      'a file that the shell can run too',
      {
        'fleet.config.ts': "export { default } from './b';",
        'b.ts': '#!/usr/bin/env node\nexport default import.meta.url === process.argv[1] ? 2 : 1;',
      },
    ],
    [
      'names that mean something elsewhere',
      { 'fleet.config.ts': 'const require = (one: number) => one, process = 1;\nexport default require(process);' },
    ],
  ])('%s', async (_, files) => {
    const folder = aFolder(files);
    if (files['packages/rates/index.ts'])
      symlinkSync(join(folder, 'packages/rates'), join(folder, 'node_modules/rates'));
    expect(await imported(folder)).toBe(1);
  });

  test.each(['js', 'mjs', 'cjs', 'ts', 'mts', 'cts'])('a file that ends with .%s', async (ending) => {
    const text = ending.startsWith('c') ? 'module.exports = 1;' : 'export default 1;';
    expect(await imported(aFolder({ [`fleet.config.${ending}`]: text }), `fleet.config.${ending}`)).toBe(1);
  });
});

test('each file knows its own place, whatever it calls it', async () => {
  const own = 'export default [import.meta.url, import.meta.filename, import.meta.dirname, __filename, __dirname];';
  const declared =
    "import { dirname } from 'node:path';\nimport { fileURLToPath } from 'node:url';\nconst __dirname = dirname(fileURLToPath(import.meta.url));";
  const folder = aFolder({
    'fleet.config.ts': `import theirs from './sub/b';\n${declared}\nexport default [__dirname, theirs];`,
    'sub/b.ts': own,
  });
  const file = join(folder, 'sub/b.ts');
  expect(await imported(folder)).toEqual([
    folder,
    [pathToFileURL(file).href, file, dirname(file), file, dirname(file)],
  ]);
});

test('packages are the modules that everyone else has', async () => {
  const folder = aFolder({ 'fleet.config.ts': "import { ApiObject } from 'cdk8s';\nexport default ApiObject;" });
  expect(await imported(folder)).toBe(ApiObject);
});

test('cronfleet is the module that this process has', async () => {
  const folder = aFolder({
    'fleet.config.ts': `export { importFile as default } from ${JSON.stringify(join(REPOSITORY, 'lib/config/import.ts'))};`,
  });
  // Vitest runs the sources in a way of its own; that Node is asked for them, and finds TypeScript, shows that they were left apart.
  await expect(imported(folder)).rejects.toThrow(/Unknown file extension ".ts".*lib\/config\/import\.ts/);
});

test('what a link leads to imports what lies beside it', async () => {
  const folder = aFolder({
    'real/fleet.config.ts': "export { default } from './b';",
    'real/b.ts': 'export default 1;',
  });
  symlinkSync(join(folder, 'real/fleet.config.ts'), join(folder, 'fleet.config.ts'));
  expect(await imported(folder)).toBe(1);
});

test('nothing is written', async () => {
  const folder = aFolder({ 'fleet.config.ts': 'export default 1;' });
  const before = readdirSync(folder, { recursive: true });
  chmodSync(folder, 0o500);
  onTestFinished(() => chmodSync(folder, 0o700));
  expect(await imported(folder)).toBe(1);
  expect(readdirSync(folder, { recursive: true })).toEqual(before);
});

describe('what is wrong', () => {
  async function failure(files: Record<string, string>): Promise<Error> {
    const folder = aFolder(files);
    const error = await imported(folder).then(undefined, (error: unknown) => error);
    if (!(error instanceof Error)) throw new Error('expected an Error', { cause: error });
    error.stack = error.stack?.replaceAll(folder, '');
    return error;
  }

  test('all that is no TypeScript is told with its place', async () => {
    const error = await failure({
      'fleet.config.ts': "import './b';\nimport './c';",
      'b.ts': '\nlet a = ;',
      'c.ts': 'const b;',
    });
    expect(error).toBeInstanceOf(NotReadable);
    expect(error).toMatchObject({
      isMissing: false,
      message: 'b.ts:2:9: Unexpected ";"\nc.ts:1:7: The constant "b" must be initialized',
    });
  });

  test('all that is not there is told with its place', async () => {
    const error = await failure({ 'fleet.config.ts': "import './gone';\nimport 'no-such-package';" });
    expect(error).toMatchObject({
      isMissing: true,
      message:
        'fleet.config.ts:1:8: Could not resolve "./gone"\nfleet.config.ts:2:8: Could not resolve "no-such-package"',
    });
  });

  test('a stack leads through the files, not through what was made of them', async () => {
    const { stack } = await failure({
      'fleet.config.ts': "import { rate } from './b';\n\nexport default rate();",
      'b.ts': "interface Rate {\n  a: 1;\n}\nexport function rate(): Rate {\n  throw new Error('no rates');\n}",
    });
    expect(stack?.split('\n').slice(0, 3)).toEqual([
      'Error: no rates',
      expect.stringMatching(/^ {4}at rate \(\/b\.ts:5:9\)$/),
      expect.stringMatching(/^ {4}at \/fleet\.config\.ts:3:16$/),
    ]);
    expect(stack).not.toContain('base64');
  });

  test('lines are told as they are in a file that asks for its own name', async () => {
    const { stack } = await failure({ 'fleet.config.ts': 'const own = import.meta.url;\nthrow new Error(own);' });
    expect(stack).toMatch(/at \/fleet\.config\.ts:2:7\n/);
  });

  test('an import that is missing beside what is no TypeScript is not all that is wrong', async () => {
    const error = await failure({ 'fleet.config.ts': "import './gone';\nimport './b';", 'b.ts': 'let a = ;' });
    expect(error).toMatchObject({ isMissing: false });
  });

  test.each([
    ['an import whose name is reckoned', "const name = './b';\nawait import(name);", './b'],
    ['a name to be resolved', "import.meta.resolve('yaml');", 'yaml'],
  ])('%s is told without the config, which Node would show in base64', async (_, text, specifier) => {
    const error = await failure({
      'fleet.config.ts': `const secret = 'postgres://user:canary@host/db';\n${text}`,
      'b.ts': '',
    });
    expect(error.message).toMatch(`Failed to resolve module specifier "${specifier}" from "`);
    expect(`${error.message}${error.stack}`).not.toContain('base64');
  });

  test('an error that is frozen is told with its place too', async () => {
    const error = await failure({ 'fleet.config.ts': "throw Object.freeze(new Error('no rates'));" });
    expect(error).toMatchObject({ message: 'no rates', stack: expect.stringContaining('/fleet.config.ts:1:21') });
  });
});
