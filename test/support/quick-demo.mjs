// Loaded before a spawned program: its demo store starts from the image that demo-image.ts made, in place of an initdb of its own.

import { readFileSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';

const create = PGlite.create.bind(PGlite);
PGlite.create = (options) => create({ loadDataDir: new Blob([readFileSync(process.env.DEMO_IMAGE)]), ...options });
