#!/usr/bin/env node
// Starts the command line. tsx is registered first because fleet.config.ts, and in a clone lib/ itself, are TypeScript.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('../lib/cli/index.ts');
await main(process.argv.slice(2));
// A timer or pool that the config left open must not keep the command from ending.
process.exit();
