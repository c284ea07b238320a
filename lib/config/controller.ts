// What assigns rows, refreshes the groups and applies them in the cluster, before each window.

import * as z from 'zod';
import { plainKeys } from './container';
import { envSchema } from './env';
import { type Broken, isPlainObject, only, whole } from './shapes';

/** What starts must have time to end before the window opens, and a night's window must have closed before it starts. */
const [FEWEST_MINUTES, MOST_MINUTES] = [20, 720];

const assign = only(
  {
    env: envSchema.optional(),
    apart: z.literal(true, 'true, or no such key').optional(),
  },
  { expected: '{ env } or { env, apart: true }' },
);

export const controller = only(
  {
    ...plainKeys,
    minutesBefore: whole(FEWEST_MINUTES, MOST_MINUTES).default(60),
    assign: assign.optional(),
    removals: z.enum(['never', 'retired'], '"never" or "retired"').default('never'),
  },
  { expected: '{ env: { DATABASE_URL: { secret, key } }, … }' },
);

export type Controller = z.output<typeof controller>;

/** Over a fleet as it was written. */
export function controllerRules({ controller: written, window, groups }: Record<string, unknown>): Broken[] {
  if (written === undefined) return [];
  const message = 'no such key without `window`\nit starts before the window opens';
  return [
    ...(window === undefined ? [{ path: ['controller'], message }] : []),
    ...(isPlainObject(written) ? lastingPermits(written) : []),
    ...(isPlainObject(written) && written.assign !== undefined ? needsWhatToAssign(groups) : []),
  ];
}

/** A token is of one change, but the names of fleets would drop their groups, or take them to another store, every night. */
function lastingPermits({ env, assign }: Record<string, unknown>): Broken[] {
  const environments: [string[], unknown][] = [
    [['env'], env],
    [['assign', 'env'], isPlainObject(assign) ? assign.env : undefined],
  ];
  const todo = 'it would permit the change every night: a person runs the command with the flag, once';
  return environments.flatMap(([at, variables]) =>
    Object.keys(isPlainObject(variables) ? variables : {})
      .filter((name) => /^FLEET_(ALLOW_|ADOPT_STORE$|NEW_LOCK$|FROZEN$)/.test(name))
      .map((name) => ({
        path: ['controller', ...at, name],
        message: `a variable that permits nothing\n${todo}`,
        got: `the name ${JSON.stringify(name)}`,
      })),
  );
}

function needsWhatToAssign(groups: unknown): Broken[] {
  if (!isPlainObject(groups) || (groups.by === 'column' && groups.capacity !== undefined)) return [];
  const todo = '`cronfleet assign` fills such a column; ranges and queries have nothing to assign';
  return [{ path: ['controller', 'assign'], message: `no such key without byColumn with \`capacity\`\n${todo}` }];
}
