// What fleet.config.ts may say, and what the rest of the house reads: checked, with every default filled in.
// ./types.ts is the same for the editor; ./problems.ts tells a person what is wrong.

import * as z from 'zod';
import { alerts } from './alerts';
import { controller } from './controller';
import { delivery, foldersApart } from './delivery';
import { fleetRules } from './fleet-rules';
import { fleetsRules } from './fleets-rules';
import { foldRules } from './fold';
import { folderProblem } from './folder';
import { groups } from './groups';
import { job } from './job';
import { fleetName, imageReference, labelValue, metadataKey, namespace } from './kubernetes-names';
import { type Broken, choice, isPlainObject, named, only, text, textWithout, whole } from './shapes';
import { after, steps } from './steps';
import { store } from './store';
import { schedule, window } from './window';

export type { Alerts, PrometheusAlerts } from './alerts';
export type { Controller } from './controller';
export type { ArgoCd, Delivery, Flux } from './delivery';
export { type Env, envSchema } from './env';
export { type Resources, resourcesSchema } from './resources';
export type { After, Step } from './steps';
export type { Schedule, Window } from './window';

const annotationValue = z.string('a text\nput numbers, true and false in quotes');

const fold = choice('true or { compact: true }', (value) => {
  if (value === true) return z.literal(true).transform(() => ({ compact: false }));
  return isPlainObject(value) ? only({ compact: z.literal(true, 'true, or no such key') }) : undefined;
});

const on = z.literal(true, 'true, or no such key').optional();
const brakes = only({ argoCd: on, flux: on, admissionPolicy: on }, { rule: someBrake });

const fleet = only(
  {
    namespace,
    store: store.optional(),
    groups,
    window: window.optional(),
    schedule: schedule.optional(),
    once: z.literal(true, 'true, or no such key').optional(),
    deadlineMinutes: whole(1, 10_080).optional(),
    job,
    then: steps.optional(),
    after: after.optional(),
    alerts: alerts.optional(),
    controller: controller.optional(),
    fold: fold.optional(),
    queue: text(
      'the name of a LocalQueue in the fleet\'s namespace: at most 63 lower-case letters, digits and "-"',
      /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    ).optional(),
    brakes: brakes.optional(),
    labels: named('an object such as { team: "data" }', metadataKey, labelValue).default({}),
    annotations: named('an object such as { "example.com/owner": "data" }', metadataKey, annotationValue).default({}),
    suspend: z
      .literal(
        true,
        'true, or no such key\nwithout it, a pause set by hand in the cluster survives a sync by kubectl or Argo CD',
      )
      .optional(),
  },
  {
    expected: '{ namespace, groups, window, job }',
    rule: (written) => [...fleetRules(written), ...foldRules(written)],
  },
);

function someBrake(written: Record<string, unknown>): Broken[] {
  if (Object.values(written).some((value) => value !== undefined)) return [];
  return [
    { path: [], message: 'argoCd, flux, admissionPolicy or some of them\nleave brakes out where none is wanted' },
  ];
}

const dist = textWithout('a folder inside the folder of the config file, such as "dist"', (path) =>
  folderProblem(path),
);

/** The whole file. */
export const fleetsSchema = only(
  {
    store,
    dist: dist.default('dist'),
    tools: only({
      image: imageReference,
      runAsUser: whole(1, 2_147_483_647, 'the number that `id -u` prints in the image').optional(),
    }).optional(),
    delivery: delivery.optional(),
    fleets: named('an object with one fleet or more, each by its name', fleetName, fleet),
  },
  {
    expected:
      'defineFleets({ store, fleets })\nwrite `export default defineFleets({ … })`, with `await` before what takes time',
    rule: (written) => [...fleetsRules(written), ...foldersApart(written)],
  },
);

export type Config = z.output<typeof fleetsSchema>;
export type Fleet = Config['fleets'][string];
export type Store = Config['store'];
export type KeyRange = Extract<Fleet['groups'], { by: 'keyRange' }>;
export type Column = Extract<Fleet['groups'], { by: 'column' }>;
export type Query = Extract<Fleet['groups'], { by: 'query' }>;
export type Job = Fleet['job'];
