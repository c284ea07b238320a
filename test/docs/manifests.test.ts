// docs/manifests.md names every field that is written, and no other.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { aColumnPlan, aPlan, type FleetKeys, manifestsFor } from '../support/builders';
import { fieldPaths } from '../support/field-paths';

const PAGE = readFileSync(fileURLToPath(new URL('../../docs/manifests.md', import.meta.url)), 'utf8');

const EVERYTHING: FleetKeys = {
  suspend: true,
  annotations: { owner: 'data' },
  queue: 'nightly',
  brakes: { argoCd: true, flux: true, admissionPolicy: true },
  after: { image: 'report:1', minutes: 60 },
  controller: { env: { DATABASE_URL: { secret: 'fleet-reader', key: 'url' } }, removals: 'retired' },
  alerts: { prometheus: true, webhook: { secret: 'slack', key: 'url' } },
  then: [{ image: 'publish:2', command: ['publish'] }],
  job: {
    image: 'worker:1',
    imagePullPolicy: 'Always',
    imagePullSecrets: ['registry'],
    command: ['worker'],
    args: ['--all'],
    env: {
      TEXT: 'a',
      SECRET: { secret: 'db', key: 'url' },
      CONFIG: { configMap: 'settings', key: 'level' },
      NODE: { field: 'spec.nodeName' },
    },
    envFrom: [{ secret: 'keys' }, { configMap: 'settings' }],
    resources: { requests: { cpu: 1 }, limits: { cpu: 2 } },
    nonRetryableExitCodes: [3],
    serviceAccountName: 'worker',
    runAsUser: 1_000,
    writable: ['/tmp'],
  },
};
const { after, alerts, brakes, controller, ...RUNS_ONCE } = EVERYTHING;
/** All shapes there are. */
const SHAPES: FleetKeys[] = [
  EVERYTHING,
  { ...RUNS_ONCE, once: true, deadlineMinutes: 60 },
  { ...EVERYTHING, fold: true },
];

/** A field as the page names it, in which a pod is a pod wherever it stands. */
function nameOf(path: string): string {
  return path
    .replace(/^.*\.(init)?containers\[\]\./i, '')
    .replace(/^(spec\.jobTemplate\.)?spec\.template\.spec\./, 'spec.')
    .replace(/^spec\.jobTemplate\.spec\./, 'spec.');
}

/** So many ids were given that the API server wants a bound on indexes that fail; its hundreds of ConfigMaps are like any. */
const huge = manifestsFor(aPlan({ fleet: { ...EVERYTHING, fold: true }, lock: { groups: 1, nextId: 100_002 } })).filter(
  ({ path }) => path.includes('/CronJob.'),
);
const assigning = manifestsFor(aColumnPlan({ controller: { assign: {} } }));
const written = new Set(
  [...SHAPES.flatMap((fleet) => manifestsFor(aPlan({ fleet, lock: { groups: 3 } }))), ...huge, ...assigning]
    .flatMap(({ text }) => fieldPaths(parse(text)))
    .map(nameOf),
);
const told = new Set(
  [...PAGE.matchAll(/^\| (`[^|]*) \| (?:all|1\.\d\d) \|/gm)].flatMap(([, fields = '']) =>
    [...fields.matchAll(/`([^`]+)`/g)].map(([, field]) => field as string),
  ),
);

test('every field that is written stands in docs/manifests.md with the version it needs', () => {
  expect([...written].filter((field) => !told.has(field))).toEqual([]);
});

test('every field of the page is written', () => {
  expect([...told].filter((field) => !written.has(field))).toEqual([]);
});
