// Finds fleet.config.ts, runs it, and hands on what it says once all of it is right.

import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UserError } from '../errors';
import { invalidConfig } from './problems';
import { type Config, fleetsSchema } from './schema';

export const DEFAULT_CONFIG_FILE = 'fleet.config.ts';

/** A config and where its files are. All paths are absolute. */
export interface Loaded {
  config: Config;
  /** The file's name, for messages. */
  file: string;
  /** The folder it lies in; `dist` and the lock lie there too. */
  root: string;
  /** `fleet.lock.json`, or `fleet.prod.lock.json` for `fleet.prod.config.ts`. */
  lockPath: string;
  distPath: string;
}

/**
 * Imports the file and checks its default export.
 * @throws UserError `config-missing`, `config-unreadable` (it does not run) or `config-invalid` (all problems at once)
 */
export async function loadConfig(path: string): Promise<Loaded> {
  const absolute = resolve(path);
  const file = basename(absolute);
  if (!existsSync(absolute)) {
    throw new UserError('config-missing', `${path}: no such file`, {
      hint: `run the command in the folder of ${DEFAULT_CONFIG_FILE}, or name another file with FLEET_CONFIG=<file>`,
    });
  }
  const raw = await run(absolute, file);
  const result = fleetsSchema.safeParse(raw);
  if (!result.success) throw invalidConfig(file, result.error, raw);
  const root = dirname(absolute);
  const name = file.replace(/\.[cm]?[jt]s$/, '').replace(/\.config$/, '');
  return {
    config: result.data,
    file,
    root,
    lockPath: join(root, `${name}.lock.json`),
    distPath: join(root, result.data.dist),
  };
}

async function run(absolute: string, file: string): Promise<unknown> {
  try {
    const module = (await import(pathToFileURL(absolute).href)) as { default?: unknown };
    return module.default;
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    const place = error.stack?.match(new RegExp(`${file.replaceAll('.', '\\.')}:(\\d+)`))?.[1];
    throw new UserError('config-unreadable', `${file}${place ? `:${place}` : ''} does not run: ${error.message}`, {
      hint: 'nothing was written; mend the file and run the command again',
      cause,
    });
  }
}
