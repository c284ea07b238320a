// A disk that stops at a given change, as if the process were killed there: nothing that comes later reaches it either,
// no undoing and no tidying.

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const CHANGES = [
  'mkdirSync',
  'renameSync',
  'rmSync',
  'copyFileSync',
  'linkSync',
  'fsyncSync',
  'writeFileSync',
] as const;

export class Crash extends Error {}

/** Runs `work`; the `at`-th change of the disk and all behind it fail. @returns true when there were so many changes */
export async function withCrash(at: number, work: () => Promise<unknown>): Promise<boolean> {
  const originals = CHANGES.map((name) => [name, fs[name]] as const);
  let changes = 0;
  for (const [name, original] of originals) {
    (fs as unknown as Record<string, unknown>)[name] = (...args: unknown[]) => {
      changes += 1;
      if (changes >= at) throw new Crash(name);
      return (original as (...args: unknown[]) => unknown)(...args);
    };
  }
  syncBuiltinESMExports();
  try {
    await work();
  } catch (error) {
    if (changes < at) throw error;
  } finally {
    for (const [name, original] of originals) (fs as unknown as Record<string, unknown>)[name] = original;
    syncBuiltinESMExports();
  }
  return changes >= at;
}
