// Imports a config file: TypeScript or JavaScript, with what it imports of the project's own.
//
// esbuild makes one module of them, and Node imports it from memory; docs/decisions/0007-config-as-one-module.md tells why. Of imports
// only those are found whose name is written out, and packages are run before the project's own files.

import { readFile, realpath } from 'node:fs/promises';
import { isBuiltin, SourceMap } from 'node:module';
import { dirname, join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildFailure, build, type Plugin } from 'esbuild';
import { messageOf, UserError } from '../errors';

/** Where cronfleet itself lies: in a clone, the config imports `./lib`. */
export const OURS = dirname(import.meta.dirname) + sep;

/**
 * What the file at `path` exports. Packages and cronfleet are to it the modules that they are to everyone else.
 * @throws NotReadable; what the file throws, with places and names of files; UserError `config-unreadable` where esbuild does not start
 */
export async function importFile(path: string): Promise<{ default?: unknown }> {
  const file = await realpath(path);
  const { code, map } = await oneModule(file);
  // The name it has in stacks, where its URL would be a page long.
  const name = `${encodeURI(file)}?bundled`;
  const url = `data:text/javascript;base64,${Buffer.from(`${code}\n//# sourceURL=${name}`).toString('base64')}`;
  try {
    return (await import(url)) as object;
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    // The URL is the whole config, with what is secret in it. An error may be frozen, so that another takes its place.
    const message = cause.message.replaceAll(url, name);
    const stack = (cause.stack ?? '').replaceAll(url, name);
    const told = {
      message: message.replaceAll(name, file),
      stack: inFiles(stack, name, dirname(file), map),
    };
    throw Object.create(cause, Object.getOwnPropertyDescriptors(told));
  }
}

/** No TypeScript, or it imports what is not there. The message says where: `fleet.config.ts:2:10: Unexpected ","`. */
export class NotReadable extends Error {
  /** Whether nothing else is wrong than that imports were not found. */
  readonly isMissing: boolean;

  constructor(cause: BuildFailure) {
    const told = cause.errors.map(({ text, location: at }) =>
      at ? `${at.file}:${at.line}:${at.column + 1}: ${text}` : text,
    );
    super(told.join('\n'), { cause });
    this.isMissing = cause.errors.every(({ detail }) => detail === MISSING);
  }
}

/** Marks what esbuild says of imports that are not found. */
const MISSING = Symbol('missing');

async function oneModule(file: string): Promise<{ code: string; map: SourceMap }> {
  const folder = dirname(file);
  try {
    const { outputFiles } = await build({
      absWorkingDir: folder,
      entryPoints: [file],
      outfile: join(folder, 'module.js'),
      write: false,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: `node${process.versions.node}`,
      // Packages as Node finds them, not as bundlers may.
      conditions: [],
      // An import may be there for what it does.
      ignoreAnnotations: true,
      sourcemap: 'external',
      sourcesContent: false,
      define: OWN_NAMES,
      banner: { js: REQUIRE },
      plugins: [packages, ownNames],
      logLevel: 'silent',
    });
    const text = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? '';
    return { code: text('.js'), map: new SourceMap(JSON.parse(text('.map'))) };
  } catch (cause) {
    if (cause instanceof Error && 'errors' in cause) throw new NotReadable(cause as BuildFailure);
    const [first] = messageOf(cause).trim().split('\n');
    throw new UserError('config-unreadable', `esbuild, which reads the config, does not start: ${first}`, {
      hint: 'install the packages again on this machine, optional ones too; nothing was written',
      cause,
    });
  }
}

/** Imported from where they lie, since a module in memory lies nowhere that Node would look around. */
const packages: Plugin = {
  name: 'packages',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /.*/ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
      if (kind === 'entry-point' || pluginData === packages) return undefined;
      if (isBuiltin(path) || path.startsWith('file:')) return elsewhere(path, path);
      const found = await resolve(path, { kind, importer, resolveDir, pluginData: packages });
      if (found.errors.length > 0) return { errors: found.errors.map((error) => ({ ...error, detail: MISSING })) };
      return isApart(found.path) ? elsewhere(found.path, pathToFileURL(found.path).href) : found;

      function elsewhere(path: string, url: string) {
        return kind === 'require-call' ? { path, namespace: 'required' } : { path: url, external: true };
      }
    });
    onLoad({ filter: /.*/, namespace: 'required' }, ({ path }) => ({
      contents: `module.exports = __require_from(${JSON.stringify(path)})`,
    }));
  },
};

/** For files of CommonJS among them. */
const REQUIRE =
  "import { createRequire as __create_require } from 'node:module'; const __require_from = __create_require('file:///');";

/** Whether the file is one of a package's or ours, and Node can read it. */
function isApart(file: string): boolean {
  return file.startsWith(OURS) || (file.includes(`${sep}node_modules${sep}`) && /\.[cm]?js$/.test(file));
}

/** What a file calls itself, which in one module with others would be the name of that. */
const OWN_NAMES = {
  'import.meta.url': '__own_url',
  'import.meta.filename': '__own_file',
  'import.meta.dirname': '__own_folder',
  __filename: '__own_file',
  __dirname: '__own_folder',
};

const ownNames: Plugin = {
  name: 'own names',
  setup({ onLoad }) {
    onLoad({ filter: /\.[cm]?[jt]sx?$/, namespace: 'file' }, async ({ path }) => {
      // What cannot be read, esbuild tells better.
      const text = await readFile(path, 'utf8').catch(() => '');
      if (!Object.keys(OWN_NAMES).some((name) => text.includes(name))) return undefined;
      const values = { __own_url: pathToFileURL(path), __own_file: path, __own_folder: dirname(path) };
      const names = Object.entries(values).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`);
      // On the first line, so that lines keep their numbers; a line for the shell could only be the first.
      return { contents: `${names.join(' ')} ${text.replace(/^#!/, '//')}`, loader: 'default' };
    });
  },
};

/** `stack` with places in files for those in the one module. */
function inFiles(stack: string, name: string, folder: string, map: SourceMap): string {
  const [before = '', ...places] = stack.split(`${name}:`);
  const found = places.map((place) =>
    place.replace(/^(\d+):(\d+)/, (_, line, column) => {
      const origin = map.findOrigin(Number(line), Number(column));
      return 'fileName' in origin
        ? `${resolve(folder, origin.fileName)}:${origin.lineNumber}:${origin.columnNumber}`
        : name;
    }),
  );
  return before + found.join('');
}
