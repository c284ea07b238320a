#!/usr/bin/env node
// Starts the command line. tsx is registered first because fleet.config.ts, and in a clone lib/ itself, are TypeScript.
import { existsSync } from 'node:fs';
import { register as registerRequire } from 'tsx/cjs/api';
import { register } from 'tsx/esm/api';

register();
// For configs in a project without `"type": "module"`, whose imports become require().
registerRequire();
// The npm package holds what `npm run build` made of lib/. A clone may hold both, and there what was built may be old.
const source = new URL('../lib/cli/index.ts', import.meta.url);
const built = new URL('../build/lib/cli/index.js', import.meta.url);
const { main } = await import((existsSync(source) ? source : built).href);
await main(process.argv.slice(2));
// A timer or pool that the config left open must not keep the command from ending.
process.exit();
