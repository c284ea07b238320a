// A container's environment: literals, and references that Kubernetes resolves when the pod starts.

import * as z from 'zod';
import { dataKey, envName, nameOf, podField } from './kubernetes-names';
import { choice, isPlainObject, named, only, text } from './shapes';

const secret = nameOf('Secret');
const configMap = nameOf('ConfigMap');

/** What the container runtime takes. */
export const literal = text('a text without NUL characters', /^[^\0]*$/);
const number = z.number().transform(String);
const secretKey = only({ secret, key: dataKey });
const configMapKey = only({ configMap, key: dataKey });
const fieldOfPod = only({ field: podField });

const value = choice(
  (written) =>
    `a text, a number, { secret, key }, { configMap, key } or { field }${written === undefined ? '\nis a variable of this environment not set? Leave the name out, or give it a value' : ''}`,
  (written) => {
    if (typeof written === 'string') return literal;
    if (Number.isFinite(written)) return number;
    if (!isPlainObject(written)) return undefined;
    if ('secret' in written) return secretKey;
    if ('configMap' in written) return configMapKey;
    return 'field' in written ? fieldOfPod : undefined;
  },
);

/** In the order it was written. */
export const envSchema = named('an object such as { LOG_LEVEL: "info" }', envName, value);
export type Env = z.output<typeof envSchema>;

const wholeSecret = only({ secret });
const wholeConfigMap = only({ configMap });

/** A whole ConfigMap or Secret as environment. */
export const envSource = choice('{ configMap } or { secret }', (written) => {
  if (!isPlainObject(written)) return undefined;
  if ('secret' in written) return wholeSecret;
  return 'configMap' in written ? wholeConfigMap : undefined;
});
