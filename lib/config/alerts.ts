// Who is told when a night goes wrong.

import * as z from 'zod';
import { dataKey, labelValue, metadataKey, nameOf } from './kubernetes-names';
import { type Broken, choice, isPlainObject, named, only } from './shapes';

/** Set by cronfleet, or on the series that the alerts are made of. */
const RESERVED = ['alertname', 'cluster', 'cronjob', 'fleet', 'group', 'job_name', 'namespace'];

const rules = only({
  labels: named('an object such as { release: "prometheus" }', metadataKey, labelValue).default({}),
  alertLabels: named(
    'an object such as { team: "data" }',
    z
      .string()
      .regex(/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/, 'the name of a Prometheus label: letters, digits and "_"')
      .refine((name) => !RESERVED.includes(name), `a label that no alert has of itself\n${RESERVED.join(', ')} are`),
    z.string('a text'),
  ).default({}),
});

const prometheus = choice('true or { labels, alertLabels }', (value) => {
  if (value === true) return z.literal(true).transform(() => rules.parse({}));
  return isPlainObject(value) ? rules : undefined;
});

const webhook = only({ secret: nameOf('Secret'), key: dataKey }, { expected: '{ secret, key } that hold the URL' });

export const alerts = only(
  { prometheus: prometheus.optional(), webhook: webhook.optional() },
  { expected: '{ prometheus: true } or { webhook: { secret, key } }', rule: someone },
);

export type Alerts = z.output<typeof alerts>;
export type PrometheusAlerts = z.output<typeof rules>;

function someone({ prometheus, webhook }: Record<string, unknown>): Broken[] {
  if (prometheus !== undefined || webhook !== undefined) return [];
  return [{ path: [], message: '`prometheus`, `webhook` or both\nleave alerts out where nobody is to be told' }];
}
