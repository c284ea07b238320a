#!/usr/bin/env node
// Starts the command line. tsx is registered because fleet.config.ts, and in a clone lib/ itself, are TypeScript.
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
// The npm package holds what `npm run build` made of lib/. A clone may hold both, and there what was built may be old.
const source = new URL('../lib/cli/index.ts', import.meta.url);
const isClone = existsSync(source);
const built = new URL('../build/lib/cli/index.js', import.meta.url);
// JavaScript first: what tsx sees loaded, it looks at.
const command = isClone ? undefined : await import(built.href);
await command?.loadAhead(process.argv.slice(2));
await registerTypeScript();
const { main } = command ?? (await import(source.href));
await main(process.argv.slice(2));
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
