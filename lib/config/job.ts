// What runs for each group.

import type { ApiObject } from 'cdk8s';
import { z } from 'zod';
import { DEFAULT_RETRIES, MAX_RETRIES } from './backoff';
import { envSchema, envSource, literal } from './env';
import { imageReference, nameOf } from './kubernetes-names';
import { resourcesSchema } from './resources';
import { adopt, type Broken, choice, isPlainObject, only, textWithout, whole } from './shapes';
import type { GroupFacts } from './types';

/** Not called here: ../plan does so for each group, and holds what comes to the same rules. */
const ofGroup = z.custom<(group: GroupFacts) => unknown>((value) => typeof value === 'function');
const customize = z.custom<(cronJob: ApiObject, group: GroupFacts) => void>(
  (value) => typeof value === 'function',
  'a function of the CronJob and the group',
);

const keys = only(
  {
    image: imageReference,
    imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never'], '"Always", "IfNotPresent" or "Never"').optional(),
    imagePullSecrets: distinct(nameOf('Secret'), 'a list of names of Secrets, each once').default([]),
    command: words('a list of texts such as ["sh", "-c", "…"]').optional(),
    args: words('a list of texts such as ["--verbose"]').optional(),
    env: choice('an object or a function of the group', (value) =>
      typeof value === 'function' ? ofGroup : envSchema,
    ).default({}),
    envFrom: z.array(envSource, 'a list of { configMap } or { secret }').default([]),
    resources: choice('an object or a function of the group', (value) =>
      typeof value === 'function' ? ofGroup : resourcesSchema,
    ).default({
      requests: { cpu: '100m', memory: '256Mi' },
    }),
    retries: whole(0, MAX_RETRIES).default(DEFAULT_RETRIES),
    nonRetryableExitCodes: z
      .array(whole(1, 255), 'a list of exit codes, 1 to 255')
      .default([])
      // The API server wants them sorted and unique.
      .transform((codes) => [...new Set(codes)].sort((a, b) => a - b)),
    serviceAccountName: nameOf('ServiceAccount').optional(),
    podSecurity: z.enum(['restricted', 'baseline'], '"restricted" or "baseline"').default('restricted'),
    runAsUser: whole(0, 2_147_483_647, 'the number that `id -u` prints in the image').optional(),
    writable: distinct(
      textWithout('an absolute path such as "/tmp"', pathProblem),
      'a list of absolute paths, each once',
    ).default([]),
    customize: customize.optional(),
  },
  { expected: '{ image, … }', otherwise: 'what has no key here goes into `customize`', rule: noRoot },
);

/** With the names of the keys that were written: what runs once runs again when these change, not when a default of ours does. */
export const job = z.unknown().transform((written, context) => {
  const read = adopt(keys.safeParse(written), context);
  const names = isPlainObject(written) ? Object.keys(written).filter((key) => written[key] !== undefined) : [];
  return { ...read, written: names };
});

function noRoot({ podSecurity, runAsUser }: Record<string, unknown>): Broken[] {
  if (runAsUser !== 0 || podSecurity === 'baseline') return [];
  const todo = "use an image with another user, or podSecurity: 'baseline'";
  return [{ path: ['runAsUser'], message: `a user other than 0 under podSecurity 'restricted'\n${todo}` }];
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
