// The npm package as it is installed: what `npm run build` makes, beside the packages that it needs.

import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundle } from '../scripts/build';

const REPOSITORY = dirname(import.meta.dirname);

/** Makes `<folder>/node_modules` with the package `cronfleet` and, as links, all that this repository has. */
export async function installed(folder: string): Promise<void> {
  const own = join(folder, 'cronfleet');
  mkdirSync(join(own, 'bin'), { recursive: true });
  for (const file of ['bin/cronfleet.js', 'package.json']) cpSync(join(REPOSITORY, file), join(own, file));
  await bundle(join(own, 'build'));
  symlinkSync(join(REPOSITORY, 'node_modules'), join(own, 'node_modules'));
}
