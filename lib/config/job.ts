// What runs for each group.

import type { ApiObject } from 'cdk8s';
import * as z from 'zod';
import { containerKeys, perGroupKeys, podKeys, withWritten } from './container';
import { nameOf } from './kubernetes-names';
import { type Broken, only, whole } from './shapes';
import type { GroupFacts } from './types';

const customize = z.custom<(cronJob: ApiObject, group: GroupFacts) => void>(
  (value) => typeof value === 'function',
  'a function of the CronJob and the group',
);

const keys = only(
  {
    ...containerKeys,
    ...perGroupKeys,
    ...podKeys,
    nonRetryableExitCodes: z
      .array(whole(1, 255), 'a list of exit codes, 1 to 255')
      .default([])
      // The API server wants them sorted and unique.
      .transform((codes) => [...new Set(codes)].sort((a, b) => a - b)),
    serviceAccountName: nameOf('ServiceAccount').optional(),
    customize: customize.optional(),
  },
  { expected: '{ image, … }', otherwise: 'what has no key here goes into `customize`', rule: noRoot },
);

export const job = withWritten(keys);

/** Root is refused by Pod Security 'restricted'. */
export function noRoot({ podSecurity, runAsUser }: Record<string, unknown>): Broken[] {
  if (runAsUser !== 0 || podSecurity === 'baseline') return [];
  const todo = "use an image with another user, or podSecurity: 'baseline'";
  return [{ path: ['runAsUser'], message: `a user other than 0 under podSecurity 'restricted'\n${todo}` }];
}
