// The command line as the npm package has it, made once for the whole test run: it starts faster than the sources do.

import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { bundle } from '../../scripts/build';

const REPOSITORY = dirname(dirname(import.meta.dirname));

declare module 'vitest' {
  export interface ProvidedContext {
    /** A folder with `bin/cronfleet.js` and `build/lib`, as in the package. */
    built: string;
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'cronfleet-built-'));
  mkdirSync(join(folder, 'bin'));
  for (const file of ['bin/cronfleet.js', 'package.json']) cpSync(join(REPOSITORY, file), join(folder, file));
  symlinkSync(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
  await bundle(join(folder, 'build'));
  project.provide('built', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
