// Finds fleet.config.ts, runs it, and hands on what it says once all of it is right.

import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { messageOf, UserError } from '../errors';
import { importFile, OURS } from './import';
import { invalidConfig } from './problems';
import { type Config, fleetsSchema } from './schema';
import { isPlainObject } from './shapes';

export const DEFAULT_CONFIG_FILE = 'fleet.config.ts';
/** Without `.cts`: tsx makes CommonJS of it, and of cronfleet along with it, and fails over that. */
const ENDING = /\.(?:[cm]?js|m?ts)$/;

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
 * @param asksStore false for a frozen run: then what the config says of stores is not looked at
 * @throws UserError `config-missing`, `config-unreadable` (it does not run) or `config-invalid` (all problems at once)
 */
export async function loadConfig(path: string, { asksStore = true } = {}): Promise<Loaded> {
  const absolute = resolve(path);
  const found = whatIs(absolute);
  if (found !== undefined) {
    throw new UserError('config-missing', `${path}: expected a TypeScript or JavaScript file, got ${found}`, {
      hint: `run the command in the folder of ${DEFAULT_CONFIG_FILE}, or name another file with FLEET_CONFIG=<file>`,
    });
  }
  const file = basename(absolute);
  const root = dirname(absolute);
  const { default: written } = await run(absolute);
  const result = fleetsSchema.safeParse(asksStore ? written : withoutStores(written));
  if (!result.success) throw invalidConfig(file, result.error, written);
  const name = file.replace(ENDING, '').replace(/\.config$/, '');
  return {
    config: result.data,
    file,
    root,
    lockPath: join(root, `${name}.lock.json`),
    // Unlike join, resolve leaves no "/" at the end.
    distPath: resolve(root, result.data.dist),
  };
}

/** The config with a store that is no matter, for a run that opens none: where DATABASE_URL is missing, nobody misses it. */
function withoutStores(written: unknown): unknown {
  if (!isPlainObject(written)) return written;
  const store = { kind: 'demo', rows: 0 };
  const fleets = isPlainObject(written.fleets)
    ? Object.fromEntries(
        Object.entries(written.fleets).map(([name, fleet]) =>
          isPlainObject(fleet) && 'store' in fleet ? [name, { ...fleet, store }] : [name, fleet],
        ),
      )
    : written.fleets;
  return { ...written, store, fleets };
}

/** What is there in place of a config file; undefined when it is one. */
function whatIs(path: string): string | undefined {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) return 'no such file';
  if (status.isDirectory()) return 'a folder';
  if (path.endsWith('.cts')) return 'a file that ends with .cts: name it .ts or .mts';
  return ENDING.test(path) ? undefined : 'a file of another kind';
}

/** What the file exports by default; not awaited, so that a promise is told as such. */
async function run(absolute: string): Promise<{ default?: unknown }> {
  try {
    const module = await importFile(absolute);
    return isCommonJs(module.default) ? module.default : module;
  } catch (cause) {
    if (isOurRefusal(cause)) throw new UserError(cause.code, cause.message, { hint: cause.hint, cause });
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND';
    const todo = isMissing ? 'Correct the import or install the package' : 'Mend it';
    throw new UserError('config-unreadable', failureOf(cause, absolute), {
      hint: `${basename(absolute)} does not run; nothing was written. ${todo} and run the command again`,
      cause,
    });
  }
}

/** In a project that is not of ES modules, what the file exports is the default of what Node imports. */
function isCommonJs(exported: unknown): exported is { default?: unknown } {
  return typeof exported === 'object' && exported !== null && '__esModule' in exported;
}

/**
 * Whether one of our own words, such as bySize, was told what it cannot be. Known by its name, not its class: in a project
 * that is not of ES modules, tsx gives the config a copy of cronfleet of its own.
 */
function isOurRefusal(cause: unknown): cause is UserError {
  return cause instanceof Error && cause.name === 'UserError' && 'code' in cause && 'hint' in cause;
}

/** `fleet.config.ts:2:7: foo is not defined`, with paths as the project has them. */
function failureOf(cause: unknown, absolute: string): string {
  // Node knows files by their real path, which on macOS differs for the folder of temporary files.
  const folders = [dirname(absolute), dirname(realpathSync(absolute))].map((folder) => folder + sep);
  const shortened = (text: string) => folders.reduce((rest, folder) => rest.replaceAll(folder, ''), text);
  // A syntax error's message is a headline and then lines with places of their own.
  if (cause instanceof Error && cause.name === 'TransformError')
    return shortened(cause.message.split('\n').slice(1).join('\n'));
  const isTheirs = (line: string) =>
    folders.some((folder) => line.includes(folder)) &&
    !line.includes(`${sep}node_modules${sep}`) &&
    // In a clone, frames of ours lie in the config's folder too.
    !line.includes(OURS);
  const stack = cause instanceof Error ? (cause.stack ?? '').split('\n') : [];
  const places = stack.filter(isTheirs).map((line) => /(?:file:\/\/)?([^\s(]+:\d+)/.exec(shortened(line))?.[1]);
  return `${places.find((place) => place !== undefined) ?? basename(absolute)}: ${shortened(messageOf(cause))}`;
}
