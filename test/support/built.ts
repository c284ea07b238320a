// The command line as the npm package has it, made once for the whole test run: it starts faster than the sources do.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { installInto } from '../../scripts/build';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A folder with `bin/cronfleet.js` and `build/lib`, as in the package. */
    built: string;
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'cronfleet-built-'));
  await installInto(folder);
  project.provide('built', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
