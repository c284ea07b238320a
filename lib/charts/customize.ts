// What a team does to a group's object that has no key in the config.

import type { ApiObject } from 'cdk8s';
import type { GroupFacts } from '../config/types';
import { UserError } from '../errors';
import type { FleetPlan } from '../plan/plan';
import { customizedProblem, toldToPod } from './customized';
import { SCRIPTS_VOLUME } from './pod';

/**
 * Calls the config's `customize`, if there is one.
 * @returns what it changed: each path with its new value, null for what it took out
 * @throws UserError `group-invalid` when it fails, patches what is not there, or changes what it must not
 */
export function customize(plan: FleetPlan, facts: GroupFacts, object: ApiObject): Record<string, unknown> {
  if (!plan.job.customize) return {};
  try {
    const made: unknown = object.toJson();
    const before = leavesOf(made);
    const returned: unknown = plan.job.customize(object, structuredClone(facts));
    if (returned instanceof Promise) {
      // Its failure is told here already.
      returned.catch(() => undefined);
      throw new Error('it returned a promise, and nothing waits for one; await before `export default` instead');
    }
    // Patches are applied when the object is rendered. Doing so here shows whose patch it is that does not fit.
    const patched: unknown = object.toJson();
    const changed = differences(before, leavesOf(patched));
    const problems = Object.entries(changed).flatMap(([path, value]) => customizedProblem(path, value) ?? []);
    if (toldToPod(made, SCRIPTS_VOLUME) !== toldToPod(patched, SCRIPTS_VOLUME))
      problems.push('FLEET, GROUP_… and what tells them must reach every container as they are');
    if (problems.length > 0) throw new Error(problems.join('; '));
    return changed;
  } catch (cause) {
    throw new UserError(
      'group-invalid',
      `fleets.${plan.name}.job.customize(${facts.name}) failed: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        hint: 'mend the function in the config; nothing was written',
        cause,
      },
    );
  }
}

type Leaves = Map<string, unknown>;

function leavesOf(value: unknown, path = '', leaves: Leaves = new Map()): Leaves {
  // A patch with NaN, or with what JSON has no word for, ends as null, and no field of ours is null.
  if (value === null) throw new Error(`${path}: expected a value, got null`);
  if (typeof value === 'function' || value instanceof Date) throw new Error(`${path}: expected what JSON has`);
  if (typeof value !== 'object') return leaves.set(path, value);
  const entries = Object.entries(value);
  if (entries.length === 0) leaves.set(path, Array.isArray(value) ? '[]' : '{}');
  for (const [key, inner] of entries) leavesOf(inner, `${path}/${key}`, leaves);
  return leaves;
}

function differences(before: Leaves, after: Leaves): Record<string, unknown> {
  const gone = [...before.keys()].filter((path) => !after.has(path)).map((path) => [path, null]);
  return Object.fromEntries([...[...after].filter(([path, value]) => before.get(path) !== value), ...gone]);
}
