#!/usr/bin/env node
// Starts the command line: what `npm run build` made of lib/, or in a clone lib/ itself, since what was built there may be old.
import { accessSync, constants, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';

try {
  accessSync(tmpdir(), constants.W_OK);
} catch {
  // A container with a read-only file system: tsx would fail to make its cache there.
  process.env.TSX_DISABLE_CACHE ??= '1';
}
// Whoever reads may have read enough: `cronfleet rules | head`.
for (const out of [process.stdout, process.stderr])
  out.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
  });
const source = new URL('../lib/cli/index.ts', import.meta.url);
const isClone = existsSync(source);
if (isClone) await registerTypeScript();
const { loadAhead, main } = await import(
  isClone ? source.href : new URL('../build/lib/cli/index.js', import.meta.url).href
);
await loadAhead(process.argv.slice(2));
await main(process.argv.slice(2), isClone ? undefined : registerTypeScript);
// What was written into a pipe is on its way still.
await Promise.all([process.stdout, process.stderr].map((out) => new Promise((sent) => out.write('', sent))));
// A timer or pool that the config left open must not keep the command from ending.
process.exit();

async function registerTypeScript() {
  const [esm, cjs] = await Promise.all([import('tsx/esm/api'), import('tsx/cjs/api')]);
  esm.register();
  // For configs in a project without `"type": "module"`, whose imports become require().
  cjs.register();
}
