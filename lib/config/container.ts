// A container that a team brings: the group's job, a step behind it, or what runs after the fleet.

import * as z from 'zod';
import { DEFAULT_RETRIES, MAX_RETRIES } from './backoff';
import { envSchema, envSource, literal } from './env';
import { imageReference, nameOf } from './kubernetes-names';
import { resourcesSchema } from './resources';
import { adopt, type Broken, choice, isPlainObject, textWithout, whole } from './shapes';
import type { GroupFacts } from './types';

/** Not called here: ../plan does so for each group, and holds what comes to the same rules. */
const ofGroup = z.custom<(group: GroupFacts) => unknown>((value) => typeof value === 'function');

const DEFAULT_RESOURCES = { requests: { cpu: '100m', memory: '256Mi' } };

/** What every container has. */
export const containerKeys = {
  image: imageReference,
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never'], '"Always", "IfNotPresent" or "Never"').optional(),
  command: words('a list of texts such as ["sh", "-c", "…"]').optional(),
  args: words('a list of texts such as ["--verbose"]').optional(),
  envFrom: z.array(envSource, 'a list of { configMap } or { secret }').default([]),
};

/** Of a container that knows its group. */
export const perGroupKeys = {
  env: choice('an object or a function of the group', (value) =>
    typeof value === 'function' ? ofGroup : envSchema,
  ).default({}),
  resources: choice('an object or a function of the group', (value) =>
    typeof value === 'function' ? ofGroup : resourcesSchema,
  ).default(DEFAULT_RESOURCES),
};

/** Of a container that is the only one of its kind. */
export const plainKeys = {
  env: envSchema.default({}),
  resources: resourcesSchema.default(DEFAULT_RESOURCES),
};

/** What a pod has, whatever runs in it. */
export const podKeys = {
  imagePullSecrets: distinct(nameOf('Secret'), 'a list of names of Secrets, each once').default([]),
  retries: whole(0, MAX_RETRIES).default(DEFAULT_RETRIES),
  podSecurity: z.enum(['restricted', 'baseline'], '"restricted" or "baseline"').default('restricted'),
  runAsUser: whole(0, 2_147_483_647, 'the number that `id -u` prints in the image').optional(),
  writable: distinct(
    textWithout('an absolute path such as "/tmp"', pathProblem),
    'a list of absolute paths, each once',
  ).default([]),
};

/** With the names of the keys that were written: what runs once runs again when these change, not when a default of ours does. */
export function withWritten<S extends z.ZodType<object>>(schema: S) {
  return z.unknown().transform((given, context): z.output<S> & { written: string[] } => {
    const read = adopt(schema.safeParse(given), context);
    const written = isPlainObject(given) ? Object.keys(given).filter((key) => given[key] !== undefined) : [];
    return { ...read, written };
  });
}

/** The containers of a group's pod in a fleet as it was written, with their paths; what is no object is told by its own key. */
export function containersIn({ job, then: steps }: Record<string, unknown>) {
  const all = [
    { at: ['job'] as Broken['path'], container: job },
    ...(Array.isArray(steps) ? steps.map((step, index) => ({ at: ['then', index], container: step as unknown })) : []),
  ];
  return all.flatMap(({ at, container }) => (isPlainObject(container) ? [{ at, container }] : []));
}

/** Kubernetes drops an empty list, and a GitOps tool would see a difference for ever. */
function words(expected: string) {
  return z.array(literal, expected).nonempty(`${expected}\nleave it out where the image's own is meant`);
}

function distinct(item: z.ZodType<string>, expected: string) {
  return z.array(item, expected).refine((items) => new Set(items).size === items.length, expected);
}

function pathProblem(path: string): string | undefined {
  if (/^\/*$/.test(path)) return 'the root itself stays read-only: name the folders below it that are written to';
  if (!path.startsWith('/')) return `write ${JSON.stringify(`/${path}`)}`;
  if (path.endsWith('/')) return `write ${JSON.stringify(path.replace(/\/+$/, ''))}`;
  return /[:\0]|\/\/|\/\.\.?(\/|$)/.test(path) ? 'Kubernetes takes no ":", "//", "." or ".." in it' : undefined;
}
