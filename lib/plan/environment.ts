// What a group's container is told: cronfleet's own variables first, so that a team's `$(GROUP_ID)` resolves, then the team's.

import type { Env } from '../config/schema';
import type { Group, RangeGroup } from '../groups/group';
import type { RangeSource, Source } from '../groups/lock';
import { variableOf } from '../groups/queries';
import { rangeCondition, valueCondition } from '../store/key';

/** One variable: a literal, or a reference that Kubernetes resolves when the pod starts. */
export type Variable = { name: string } & (
  | { value: string }
  | { secret: string; key: string }
  | { configMap: string; key: string }
  | { field: string }
);

/** FLEET, GROUP_… and FLEET_RUN of a group. */
export function ownVariables(fleet: string, name: string, group: Group, source: Source): Variable[] {
  return [
    { name: 'FLEET', value: fleet },
    { name: 'GROUP_ID', value: String(group.id) },
    { name: 'GROUP_NAME', value: name },
    ...itsOwn(group, source).map(({ name, value }) => ({ name, value: literal(value) })),
    // The label is on every pod of a Job since Kubernetes 1.27; a retry is another pod of the same Job.
    { name: 'FLEET_RUN', field: "metadata.labels['batch.kubernetes.io/job-name']" },
  ];
}

/** What tells this group's rows from those of the others. */
function itsOwn(group: Group, source: Source): { name: string; value: string }[] {
  if ('params' in group) {
    return Object.entries(group.params).map(([column, value]) => ({
      name: `GROUP_${variableOf(column)}`,
      value: value ?? '',
    }));
  }
  const where = { name: 'GROUP_WHERE', value: conditionOf(group, source) };
  if ('value' in group) return [{ name: 'GROUP_VALUE', value: group.value }, where];
  return [{ name: 'GROUP_FROM', value: group.from ?? '' }, { name: 'GROUP_TO', value: group.to ?? '' }, where];
}

/** The group's rows as one SQL condition: its GROUP_WHERE. */
export function conditionOf(group: Group, source: Source): string {
  if ('from' in group && source.by === 'keyRange') return whereOf(group, source);
  if ('value' in group && source.by === 'column') return `(${valueCondition(source.column, source.type, group.value)})`;
  throw new Error(`no condition for a group of ${source.by}`);
}

/** The team's variables in the order the config wrote them. */
export function teamVariables(env: Env): Variable[] {
  return Object.entries(env).map(([name, value]) => (typeof value === 'string' ? { name, value } : { name, ...value }));
}

/** A range's rows as one SQL condition, `TRUE` for all: `("id" >= '1'::bigint) AND (deleted_at IS NULL)`. */
export function whereOf(
  range: Pick<RangeGroup, 'from' | 'to'>,
  source: Pick<RangeSource, 'key' | 'type' | 'where'>,
): string {
  const condition = rangeCondition(source.key, source.type, range.from, range.to);
  const parts = [condition, source.where].filter((part) => part !== undefined).map((part) => `(${part})`);
  return parts.length === 0 ? 'TRUE' : parts.join(' AND ');
}

/**
 * A value that the container shall see as it is. Kubernetes replaces `$(NAME)` and reads `$$` as `$`, wherever it stands; it even
 * spoils a `$` before a letter that is not ASCII. Doubled, each `$` is itself again.
 * https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
function literal(value: string): string {
  return value.replaceAll('$', '$$$$');
}
