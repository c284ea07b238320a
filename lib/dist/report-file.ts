// A report on disk: whole or not at all, and never in place of another file.

import {
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { UserError } from '../errors';
import { onDisk } from './failures';

/**
 * Puts `page` at `path`.
 * @param path absolute, and so is `distPath`
 * @param start how every report begins: a file there that begins otherwise is someone else's
 * @throws UserError `output-refused` as {@link refusePlace}, `write-failed`
 */
export function writeReport(path: string, page: string, start: string, distPath: string): void {
  refusePlace(path, start, distPath);
  onDisk('no report was written', () => {
    // A folder that nobody has, on the same disk: whatever lies beside the report is left alone.
    const folder = mkdtempSync(join(dirname(path), '.report-'));
    try {
      const next = join(folder, 'next');
      writeFileSync(next, page);
      renameSync(next, path);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/**
 * To be asked before the store is, so that nobody waits for a refusal.
 * @throws UserError `output-refused` for a place in dist, also through a link, in a folder that is not there, or where something else is
 */
export function refusePlace(path: string, start: string, distPath: string): void {
  const shown = (place: string) => relative(process.cwd(), place) || '.';
  const hint = 'name another file with --output; nothing was written';
  const refused = (why: string) => new UserError('output-refused', `${shown(path)} ${why}`, { hint });
  const refuseWithin = (dist: string, place: string) => {
    if (`${place}${sep}`.startsWith(`${dist}${sep}`)) throw refused('is in dist, where only manifests may be');
  };
  refuseWithin(distPath, path);
  onDisk('no report was written', () => {
    const folder = dirname(path);
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
      throw new UserError('output-refused', `${shown(path)}: there is no folder ${shown(folder)}`, {
        hint: `make it first, or ${hint}`,
      });
    }
    if (existsSync(distPath)) refuseWithin(realpathSync(distPath), join(realpathSync(folder), basename(path)));
    if (!existsSync(path)) return;
    if (statSync(path).isDirectory()) throw refused('is a folder');
    if (!readFileSync(path, 'utf8').startsWith(start)) throw refused('is there already, and is no report');
  });
}
