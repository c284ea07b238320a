// A report on disk: whole or not at all, and never in place of another file.

import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { UserError } from '../errors';
import { onDisk } from './failures';

/**
 * Puts `page` at `path`.
 * @param start how every report begins: a file there that begins otherwise is someone else's
 * @throws UserError `output-refused` for a place in dist or where something else is, `write-failed`
 */
export function writeReport(path: string, page: string, start: string, distPath: string): void {
  refusePlace(path, start, distPath);
  const next = join(dirname(path), `.${basename(path)}.next`);
  onDisk('no report was written', () => {
    try {
      writeFileSync(next, page);
      renameSync(next, path);
    } catch (error) {
      rmSync(next, { force: true });
      throw error;
    }
  });
}

/** @throws UserError `output-refused`: asked before the store is, so that nobody waits for a refusal */
export function refusePlace(path: string, start: string, distPath: string): void {
  const shown = relative(process.cwd(), path);
  const refused = (why: string) =>
    new UserError('output-refused', `${shown} ${why}`, {
      hint: 'name another file with --output; nothing was written',
    });
  if (`${resolve(path)}${sep}`.startsWith(`${resolve(distPath)}${sep}`))
    throw refused('is in dist, where only manifests may be');
  onDisk('no report was written', () => {
    if (!existsSync(path)) return;
    if (statSync(path).isDirectory()) throw refused('is a folder');
    if (!readFileSync(path, 'utf8').startsWith(start)) throw refused('is there already, and is no report');
  });
}
