// `npm run build`: makes build/, what the npm package holds in place of lib/: a few files of JavaScript, which load faster than the many of
// lib/, and their types. A clone does without, there TypeScript runs as it is. Tests and benches spawn what `installInto` lays out.
//
// node --import tsx scripts/build.ts

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';

const REPOSITORY = dirname(import.meta.dirname);
/** `from './x'`, `import './x'` and `import("./x")`, as tsc writes them. */
const RELATIVE_IMPORT = /(?<=\b(?:from|import) ?\(?)(["'])(\.[^"']*)\1/g;

/** Modules have none. */
const REQUIRE = `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`;

/** Many small files each, and tsx looks at every one that `main.ts` has loaded: 0.3 s of each `cdk8s synth` (docs/performance.md). */
const BUNDLED = new Set(['zod', 'yaml', 'commander']);
/** CommonJS: Node reads all their files for names of exports before it imports them, 0.06 s. */
const REQUIRED = new Set(['cdk8s', 'cdk8s-plus-27', 'constructs', 'esbuild']);

/** The rest stays what it is. */
const packages: Plugin = {
  name: 'packages',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[^./]/ }, ({ path, namespace, importer }) => {
      if (BUNDLED.has(path) || importer.includes('node_modules')) return undefined;
      return REQUIRED.has(path) && namespace === 'file' ? { path, namespace: 'required' } : { path, external: true };
    });
    onLoad({ filter: /.*/, namespace: 'required' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)})`,
    }));
  },
};

/** Writes `lib/index.js`, `lib/cli/index.js` and what both share into `folder`. */
async function bundle(folder: string): Promise<void> {
  await build({
    absWorkingDir: REPOSITORY,
    entryPoints: ['lib/index.ts', 'lib/cli/index.ts'],
    outdir: folder,
    outbase: '.',
    bundle: true,
    plugins: [packages],
    banner: { js: REQUIRE },
    splitting: true,
    chunkNames: 'lib/[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  });
}

/** What we give away with the package, its makers want to be named for. */
function writeLicenses(folder: string): void {
  const texts = [...BUNDLED].map((name) => {
    const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'node_modules', name, 'package.json'), 'utf8'));
    return `${name} ${version}\n\n${readFileSync(join(REPOSITORY, 'node_modules', name, 'LICENSE'), 'utf8')}`;
  });
  writeFileSync(join(folder, 'LICENSES.txt'), texts.join('\n\n'));
}

/** Makes `folder` what the installed package is, but for its types: beside it stands all that this repository has installed. */
export async function installInto(folder: string): Promise<void> {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  for (const file of ['bin/cronfleet.js', 'package.json']) cpSync(join(REPOSITORY, file), join(folder, file));
  symlinkSync(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
  await bundle(join(folder, 'build'));
}

function writeTypes(folder: string): void {
  const tsc = spawnSync(
    process.execPath,
    [join(REPOSITORY, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', folder],
    { cwd: REPOSITORY, stdio: 'inherit' },
  );
  if (tsc.status !== 0) process.exit(1);
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (file.isFile() && file.name.endsWith('.d.ts')) addEndings(file.parentPath, file.name);
  }
}

/** Node, and TypeScript with `moduleResolution: nodenext`, know files by their whole name only. */
function addEndings(folder: string, name: string): void {
  const path = join(folder, name);
  const text = readFileSync(path, 'utf8');
  const ended = text.replace(RELATIVE_IMPORT, (_, quote: string, to: string) => {
    const file = [`${to}.js`, `${to}/index.js`].find((js) => existsSync(join(folder, js.replace(/\.js$/, '.d.ts'))));
    if (file === undefined) throw new Error(`${path}: nothing was built for the import of ${to}`);
    return quote + file + quote;
  });
  writeFileSync(path, ended);
}

if (process.argv[1] === import.meta.filename) {
  const folder = join(REPOSITORY, 'build');
  // Files whose source is gone must not be packed.
  rmSync(folder, { recursive: true, force: true });
  await bundle(folder);
  writeLicenses(folder);
  writeTypes(folder);
}
