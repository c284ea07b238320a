// Objects and their fields, in words.

import { type FieldChange, identityOf, ORDER, TEXT_ONLY } from '../review/field-changes';
import { counted, listed, number, shortened } from '../text';
import type { Line, Sign } from './line';

const RULES = 'PrometheusRule';
const POD = 'spec.jobTemplate.spec.template.';

/** A field that has another value, in the words of {@link fieldName}. */
export function fieldLine({ kind, field, before, after, objects, of }: FieldChange): Line {
  if (field === TEXT_ONLY)
    return { sign: '~', subject: field, text: `comments or layout, no value ${inObjects(kind, objects, of)}` };
  const value = (json: string | undefined) => (json === undefined ? 'nothing' : shortened(json));
  return {
    sign: before === after ? '~' : before === undefined ? '+' : after === undefined ? '-' : '~',
    subject: fieldName(field),
    text:
      before === after
        ? inObjects(kind, objects, of)
        : `${value(before)} -> ${value(after)} ${inObjects(kind, objects, of)}`,
  };
}

/** Of an alert: {@link rulesLine} tells of all of them. */
export function isRule({ kind }: FieldChange): boolean {
  return kind === RULES;
}

/** One line, since every rule speaks of the fleet's size, names or times. */
export function rulesLine(fields: readonly FieldChange[]): Line[] {
  const changed = fields.filter(isRule);
  const rules = new Set(changed.map(({ field }) => /rules\[(\d+)\]/.exec(field)?.[1]));
  return changed.length === 0 ? [] : [{ sign: '~', subject: 'alerts', text: `${counted(rules.size, 'rule')} changed` }];
}

/** `image of job`, `env[LOG_LEVEL] of job`, `order of env of job`, `backoffLimit`: as short as it stays clear. */
function fieldName(field: string): string {
  if (field.startsWith(ORDER)) return `${ORDER}${fieldName(field.slice(ORDER.length))}`;
  const [, container, rest] = /(?:initContainers|containers)\[([^\]]+)\]\.(.+)$/.exec(field) ?? [];
  if (container !== undefined && rest !== undefined) return `${rest.replace(/\.value$/, '')} of ${container}`;
  return field
    .replace(POD, 'pod ')
    .replace('spec.jobTemplate.', 'job ')
    .replace(/^spec\./, '');
}

/** Objects beside those of groups that are told already. */
export function otherObjects(sign: Sign, paths: readonly string[], told: readonly string[]): Line[] {
  const rest = paths.filter((path) => !isObjectOf(path, told));
  return rest.length === 0 ? [] : [{ sign, subject: counted(rest.length, 'file'), text: listed(rest.map(objectName)) }];
}

/** CronJob or Job of one of these groups. */
export function isObjectOf(path: string, groups: readonly string[]): boolean {
  const { kind, name } = identityOf(path);
  return /^(CronJob|Job)$/.test(kind) && groups.some((group) => name === group || name.startsWith(`${group}-`));
}

/** `CronJob catalog-0001`: the fleet's folder is known. */
export function objectName(path: string): string {
  const { kind, name } = identityOf(path);
  return `${kind} ${name}`;
}

export function inObjects(kind: string, objects: readonly string[], of: number): string {
  if (objects.length === 1) return `in ${objects[0]}`;
  const all = objects.length === of ? '' : ` of ${number(of)}`;
  return `in ${number(objects.length)}${all} ${kind}s`;
}
