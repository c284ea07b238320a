// `npm run build`: makes build/, what the npm package holds in place of lib/: plain ES modules and their types. A clone does
// without, there TypeScript runs as it is.
//
// node --import tsx scripts/build.ts

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const REPOSITORY = dirname(import.meta.dirname);
const BUILD = join(REPOSITORY, 'build');
/** `from './x'`, `import './x'` and `import("./x")`, as tsc writes them. */
const RELATIVE_IMPORT = /(?<=\b(?:from|import) ?\(?)(["'])(\.[^"']*)\1/g;

// Files whose source is gone must not be packed.
rmSync(BUILD, { recursive: true, force: true });
const tsc = spawnSync(
  process.execPath,
  [join(REPOSITORY, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'],
  {
    cwd: REPOSITORY,
    stdio: 'inherit',
  },
);
if (tsc.status !== 0) process.exit(1);
for (const file of readdirSync(BUILD, { recursive: true, withFileTypes: true })) {
  if (file.isFile()) addEndings(file.parentPath, file.name);
}

/** Node, and TypeScript with `moduleResolution: nodenext`, know files by their whole name only. */
function addEndings(folder: string, name: string): void {
  const path = join(folder, name);
  const text = readFileSync(path, 'utf8');
  const ended = text.replace(RELATIVE_IMPORT, (_, quote: string, to: string) => {
    const file = [`${to}.js`, `${to}/index.js`].find((candidate) => existsSync(join(folder, candidate)));
    if (file === undefined) throw new Error(`${path}: nothing was built for the import of ${to}`);
    return quote + file + quote;
  });
  writeFileSync(path, ended);
}
