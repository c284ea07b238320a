// How names, labels and the keys of annotations are spelt.

import { canonical, isFields } from './objects';
import type { Cause } from './statuses';

export const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
export const NAME_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

export function bad(field: string, value: unknown, why: string): Cause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${canonical(value)}: ${why}`, field };
}

/** Of labels of an object or of a template. */
export function labelCauses(labels: unknown, field: string): Cause[] {
  if (!isFields(labels)) return [];
  return Object.entries(labels).flatMap(([key, value]) => {
    const causes = keyCauses(key, field, key);
    const text = String(value);
    if (text.length > 63) causes.push(bad(field, text, 'must be no more than 63 bytes'));
    else if (text !== '' && !LABEL_NAME.test(text)) causes.push(bad(field, text, LABEL_RULE));
    return causes;
  });
}

/** Of the key of a label or annotation; `shown` is how the object has it. */
export function keyCauses(key: string, field: string, shown: string): Cause[] {
  const [name, prefix, more] = key.split('/').reverse();
  if (more !== undefined || name === undefined || name === '')
    return [bad(field, shown, 'name part must be non-empty')];
  if (prefix !== undefined && (prefix.length > 253 || !DNS_SUBDOMAIN.test(prefix)))
    return [bad(field, shown, `prefix part ${NAME_RULE}`)];
  if (name.length > 63) return [bad(field, shown, 'name part must be no more than 63 bytes')];
  if (LABEL_NAME.test(name)) return [];
  const rule =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
  return [bad(field, shown, `name part ${rule}`)];
}
