// Imports a config file. Most import nothing but cronfleet: such a file is made JavaScript by esbuild, and Node imports it from memory. Any
// other goes through tsx, which looks at file after file from a thread of its own: 0.06 s and 40 MiB more (docs/performance.md). One
// module of all files, as bundlers make, was tried: optional imports, their order, and what CommonJS makes of names were lost.

import { existsSync, realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire, isBuiltin, SourceMap } from 'node:module';
import { dirname, extname, join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Loader, transform } from 'esbuild';

/** Where cronfleet itself lies: in a clone, the config imports `./lib`. */
export const OURS = dirname(import.meta.dirname) + sep;

let registerTypeScript: () => Promise<void> = async () => undefined;

/** Says what to do before Node can import TypeScript: for who was started without tsx. */
export function readTypeScriptBy(register: () => Promise<void>): void {
  registerTypeScript = register;
}

/**
 * What the file at `path` (absolute) exports.
 * @throws whatever the file throws, with its place in the stack; what esbuild or Node say of a file they cannot read
 */
export async function importFile(path: string): Promise<{ default?: unknown }> {
  const file = realpathSync(path);
  const module = await onlyOurs(file);
  if (module !== undefined) {
    try {
      return await fromMemory(file, module);
    } catch (cause) {
      // Of an export that is not there, tsx knows the line. Any other, such as JSON.parse throws, comes once more by it.
      if (!(cause instanceof SyntaxError)) throw cause;
    }
  }
  await registerTypeScript();
  return (await import(pathToFileURL(path).href)) as object;
}

/** JavaScript, and which of its places is which of the file. */
interface Module {
  code: string;
  map: SourceMap;
}

const LOADERS: Record<string, Loader> = { '.ts': 'ts', '.mts': 'ts', '.js': 'js', '.mjs': 'js' };
/** Imports before all else, as esbuild writes them. */
const IMPORTS = /^(?:import [^"'();]+ from "[^"]+";\n)*/;
/** Words of other imports, of CommonJS, and of what tsconfig.json decides about. Where they stand in a text, they cost no more than time. */
const TELLTALE = /\b(import|require|module|exports|__filename|__dirname|__decorat\w+)\b|\bfrom "/;

/** The file as a module in memory; undefined where it imports, or may import, what is not ours, or where it is no TypeScript. */
async function onlyOurs(file: string): Promise<Module | undefined> {
  const loader = LOADERS[extname(file)];
  if (loader === undefined) return undefined;
  try {
    const { code, map } = await transform(await readFile(file, 'utf8'), {
      loader,
      target: `node${process.versions.node}`,
      format: 'esm',
      // Whether imports that are not used stay is for tsconfig.json to say; here they stay, and tsx finds out.
      tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
      sourcemap: 'external',
    });
    const [imports = ''] = IMPORTS.exec(code) ?? [];
    const rest = code.slice(imports.length);
    const urls = [...imports.matchAll(/"([^"]+)"/g)].map(([, name]) => urlOf(name as string, file));
    if (TELLTALE.test(rest) || urls.includes(undefined)) return undefined;
    const found = imports.replace(/"[^"]+"/g, () => JSON.stringify(urls.shift()));
    return { code: found + rest, map: new SourceMap(JSON.parse(map)) };
  } catch {
    return undefined;
  }
}

/** Where a module in memory, which lies nowhere, finds what the file imports by that name; undefined for what is not ours or Node's. */
function urlOf(name: string, file: string): string | undefined {
  if (isBuiltin(name)) return name;
  const { resolve } = createRequire(file);
  // It has no other half for imports, so that this is where Node finds it too.
  if (name === 'cdk8s') return pathToFileURL(resolve(name)).href;
  const found = name === 'cronfleet' ? resolve(name) : name === './lib' ? libBeside(file) : undefined;
  if (found === undefined) return undefined;
  const real = realpathSync(found);
  return real.startsWith(OURS) ? pathToFileURL(real).href : undefined;
}

function libBeside(file: string): string | undefined {
  return ['ts', 'js'].map((ending) => join(dirname(file), `lib/index.${ending}`)).find(existsSync);
}

async function fromMemory(file: string, { code, map }: Module): Promise<{ default?: unknown }> {
  // The name it has in stacks, where its URL would be a page long.
  const name = `${encodeURI(file)}?compiled`;
  const url = `data:text/javascript;base64,${Buffer.from(`${code}\n//# sourceURL=${name}`).toString('base64')}`;
  try {
    return (await import(url)) as object;
  } catch (cause) {
    if (!(cause instanceof Error) || typeof cause.stack !== 'string') throw cause;
    // Some show the URL after all, which is the whole config, with what is secret in it.
    const [before = '', ...places] = cause.stack.replaceAll(url, name).split(`${name}:`);
    const stack = before + places.map((place) => file + inFile(place, map)).join('');
    // An error may be frozen, so that another takes its place.
    throw Object.create(cause, { stack: { value: stack } });
  }
}

/** `3:7)…` of the module as `:2:5)…` of the file. */
function inFile(place: string, map: SourceMap): string {
  return place.replace(/^(\d+):(\d+)/, (_, line, column) => {
    const origin = map.findOrigin(Number(line), Number(column));
    return 'lineNumber' in origin ? `:${origin.lineNumber}:${origin.columnNumber}` : '';
  });
}
