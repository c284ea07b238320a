// What a group's container is told: cronfleet's own variables first, so that a team's `$(GROUP_ID)` resolves, then the team's.

import type { Env } from '../config/schema';
import type { Group } from '../groups/group';
import type { FleetLock } from '../groups/lock';
import { rangeCondition } from '../store/key';

/** One variable: a literal, or a reference that Kubernetes resolves when the pod starts. */
export type Variable = { name: string } & (
  | { value: string }
  | { secret: string; key: string }
  | { configMap: string; key: string }
  | { field: string }
);

/** FLEET, GROUP_… and FLEET_RUN of a group. */
export function ownVariables(fleet: string, name: string, group: Group, source: FleetLock['source']): Variable[] {
  return [
    { name: 'FLEET', value: fleet },
    { name: 'GROUP_ID', value: String(group.id) },
    { name: 'GROUP_NAME', value: name },
    { name: 'GROUP_FROM', value: literal(group.from ?? '') },
    { name: 'GROUP_TO', value: literal(group.to ?? '') },
    { name: 'GROUP_WHERE', value: literal(whereOf(group, source)) },
    // The label is on every pod of a Job since Kubernetes 1.27; a retry is another pod of the same Job.
    { name: 'FLEET_RUN', field: "metadata.labels['batch.kubernetes.io/job-name']" },
  ];
}

/** The team's variables in the order the config wrote them. */
export function teamVariables(env: Env): Variable[] {
  return Object.entries(env).map(([name, value]) => (typeof value === 'string' ? { name, value } : { name, ...value }));
}

/** The group's rows as one SQL condition, `TRUE` for all: `("id" >= '1'::bigint) AND (deleted_at IS NULL)`. */
export function whereOf(group: Pick<Group, 'from' | 'to'>, source: FleetLock['source']): string {
  const range = rangeCondition(source.key, source.type, group.from, group.to);
  const parts = [range, source.where].filter((part) => part !== undefined).map((part) => `(${part})`);
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
