// A folder of manifests on disk.

import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../errors';
import { MANIFEST_ENDING, type Manifest } from './manifests';

/** Stands in every manifest of ours, by its labels. */
const OURS = /app\.kubernetes\.io\/managed-by"?: "?cronfleet\b/;

/** What a folder is for, for refusals. */
const DIST = { fate: 'this folder is replaced at each synth', key: 'dist' };

/** The manifests in `folder`; none when there is no such folder. @throws UserError `output-refused` for files that are not ours */
export function readFolder(folder: string, { fate, key } = DIST): Manifest[] {
  const status = lstatSync(folder, { throwIfNoEntry: false });
  if (status === undefined) return [];
  const refuse = (what: string) =>
    new UserError('output-refused', `${folder}: ${what}`, {
      hint: `${fate}. Move what is not from cronfleet, or set \`${key}\` to a folder of its own`,
    });
  if (!status.isDirectory()) throw refuse(`expected a folder, which ${key} is; this is a file or a link`);
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  const manifests = entries.map((entry): Manifest => {
    const path = join(entry.parentPath, entry.name).slice(folder.length + 1);
    return {
      path,
      text: entry.isFile() && path.endsWith(MANIFEST_ENDING) ? readFileSync(join(folder, path), 'utf8') : '',
    };
  });
  const foreign = manifests.filter(({ text }) => !OURS.test(text)).map(({ path }) => path);
  if (foreign.length > 0) {
    const more = foreign.length > 3 ? ` and ${foreign.length - 3} more` : '';
    throw refuse(`files that cronfleet did not write: ${foreign.slice(0, 3).join(', ')}${more}`);
  }
  return manifests.sort(byPath);
}

/** Writes the manifests into `folder`, which is made when missing. */
export function writeFolder(folder: string, manifests: readonly Manifest[]): void {
  mkdirSync(folder, { recursive: true });
  for (const path of new Set(manifests.map((manifest) => dirname(manifest.path))))
    mkdirSync(join(folder, path), { recursive: true });
  for (const { path, text } of manifests) writeFileSync(join(folder, path), text);
}

/** How many files are in one and not in the other, or have other bytes there. */
export function differences(a: readonly Manifest[], b: readonly Manifest[]): number {
  const texts = new Map(a.map(({ path, text }) => [path, text]));
  const newOrChanged = b.filter(({ path, text }) => texts.get(path) !== text).length;
  const both = b.filter(({ path }) => texts.has(path)).length;
  return newOrChanged + a.length - both;
}

function byPath(a: Manifest, b: Manifest): number {
  return a.path < b.path ? -1 : 1;
}
