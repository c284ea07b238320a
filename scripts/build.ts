// `npm run build`: makes build/, what the npm package holds in place of lib/: a few files of JavaScript, which load faster than the many of
// lib/, and their types. A clone does without, there TypeScript runs as it is. The tests spawn what `bundle` makes.
//
// node --import tsx scripts/build.ts

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';

const REPOSITORY = dirname(import.meta.dirname);
/** `from './x'`, `import './x'` and `import("./x")`, as tsc writes them. */
const RELATIVE_IMPORT = /(?<=\b(?:from|import) ?\(?)(["'])(\.[^"']*)\1/g;

/** Modules have none. */
const REQUIRE = `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`;

/**
 * Packages of CommonJS are required, not imported: Node reads all their files for names of exports before it imports them, 0.06 s of each
 * run (docs/performance.md).
 */
const requiredPackages: Plugin = {
  name: 'required packages',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(cdk8s|cdk8s-plus-27|constructs)$/ }, ({ path, namespace }) =>
      namespace === 'required' ? { path, external: true } : { path, namespace: 'required' },
    );
    onLoad({ filter: /.*/, namespace: 'required' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)})`,
    }));
  },
};

/** Writes `lib/index.js`, `lib/cli/index.js` and what both share into `folder`. Packages stay what they are. */
export async function bundle(folder: string): Promise<void> {
  await build({
    absWorkingDir: REPOSITORY,
    entryPoints: ['lib/index.ts', 'lib/cli/index.ts'],
    outdir: folder,
    outbase: '.',
    bundle: true,
    packages: 'external',
    plugins: [requiredPackages],
    banner: { js: REQUIRE },
    splitting: true,
    chunkNames: 'lib/[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  });
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
  writeTypes(folder);
}
