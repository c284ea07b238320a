// The plan of a fleet: which group starts when, for how long, with what. Plain data, a pure function of config and lock.

import type { z } from 'zod';
import { sentences } from '../config/problems';
import { envSchema, type Fleet, type Job, type Resources, resourcesSchema } from '../config/schema';
import type { GroupFacts } from '../config/types';
import { UserError } from '../errors';
import { type Group, groupName } from '../groups/group';
import type { FleetLock } from '../groups/lock';
import { variableOf } from '../groups/queries';
import { ownVariables, teamVariables, type Variable } from './environment';
import { type Timing, timesOf } from './timing';
import { writtenFor } from './written';

/** What is emitted for one group; without a schedule, a Job that runs once. */
export interface GroupPlan extends Partial<Timing> {
  facts: GroupFacts;
  /** Which rows: `from` and `to`, `value`, or a query's parameters. On the group's Jobs and in the group map. */
  share: Record<string, string | null>;
  /** Its rows are another group's already. */
  isRetiring: boolean;
  suspend: boolean;
  env: Variable[];
  resources: Resources;
  /** Of a Job that runs once: what the team wrote for it, see {@link writtenFor}. */
  written?: object;
}

export interface FleetPlan {
  name: string;
  namespace: string;
  lineage: string;
  serial: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** All that is the same for every group. */
  job: Omit<Job, 'env' | 'resources'>;
  /** By id. */
  groups: GroupPlan[];
}

/** A CronJob's name may have 52 characters: the controller appends 11 for its Jobs. Checked by the API server on create only. */
const MAX_CRONJOB_NAME = 52;

/**
 * @throws UserError `window-too-short`, or `group-invalid` when a function of the config fails or returns what it may not
 */
export function planFleet(name: string, fleet: Fleet, lock: FleetLock): FleetPlan {
  const { env, resources, ...job } = fleet.job;
  const times = timesOf(name, fleet, lock.groups);
  return {
    name,
    namespace: fleet.namespace,
    lineage: lock.lineage,
    serial: lock.serial,
    labels: fleet.labels,
    annotations: fleet.annotations,
    job,
    groups: lock.groups.map((group, index): GroupPlan => {
      const facts = factsOf(name, group);
      const own = ownVariables(name, facts.name, group, lock.source);
      const share = shareOf(group);
      const forIt = {
        env: teamVariables(perGroup('env', env, envSchema, facts)),
        resources: perGroup('resources', resources, resourcesSchema, facts),
      };
      return {
        facts,
        share,
        ...times[index],
        isRetiring: group.state === 'retiring',
        suspend: fleet.suspend === true || group.state === 'retiring',
        env: [...own, ...forIt.env],
        resources: forIt.resources,
        ...(fleet.once ? { written: writtenFor(fleet, lock, facts.id, share, forIt) } : {}),
      };
    }),
  };
}

function factsOf(fleet: string, group: Group): GroupFacts {
  const name = groupName(fleet, group);
  if (name.length > MAX_CRONJOB_NAME) {
    throw new UserError(
      'group-invalid',
      `fleet ${fleet}: ${name} has ${name.length} characters, a CronJob's name at most ${MAX_CRONJOB_NAME}`,
      { hint: 'give the fleet a shorter name' },
    );
  }
  const { id, rows } = group;
  return {
    fleet,
    id,
    name,
    ...('from' in group ? { from: group.from, to: group.to } : { from: null, to: null }),
    ...('value' in group ? { value: group.value } : {}),
    rows,
    ...('params' in group ? { params: group.params } : {}),
  };
}

/** What a group's Jobs say about which rows they ran, and its line in the group map. */
function shareOf(group: Group): Record<string, string | null> {
  if ('from' in group) return { from: group.from, to: group.to };
  if ('value' in group) return { value: group.value };
  const params = Object.entries(group.params);
  return Object.fromEntries(params.map(([column, value]) => [variableOf(column).toLowerCase(), value]));
}

/** The value for this group: `given`, or what the team's function returns for it, held to the same rules. */
function perGroup<S extends z.ZodType>(
  key: string,
  given: z.output<S> | ((group: GroupFacts) => unknown),
  schema: S,
  facts: GroupFacts,
): z.output<S> {
  if (typeof given !== 'function') return given;
  const place = `fleets.${facts.fleet}.job.${key}(${facts.name})`;
  const hint = 'mend the function in the config; nothing was written';
  let raw: unknown;
  try {
    raw = (given as (group: GroupFacts) => unknown)(structuredClone(facts));
  } catch (cause) {
    throw new UserError('group-invalid', `${place} failed: ${cause instanceof Error ? cause.message : String(cause)}`, {
      hint,
      cause,
    });
  }
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => sentences(issue, raw));
  throw new UserError('group-invalid', `${place} returned what it may not`, {
    hint: problems.join('\n'),
    cause: result.error,
  });
}
