// What a container asks for, and at most gets.

import * as z from 'zod';
import { resourceName } from './kubernetes-names';
import { type Broken, isPlainObject, named, only } from './shapes';

const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** The number a Kubernetes quantity stands for: 0.5 of `500m`, 1,024 of `1Ki`. Undefined when it is none, or less than nothing. */
export function parseQuantity(text: string): number | undefined {
  const match = /^(\d+\.?\d*|\.\d+)(?:([numkMGTPE])|([KMGTPE]i)|([eE][+-]?\d+))?$/.exec(text);
  if (!match) return undefined;
  const [, digits, decimal = '', binary = '', exponent = ''] = match;
  const power = DECIMAL.indexOf(decimal) - DECIMAL.indexOf('');
  return Number(`${digits}${exponent}`) * 1000 ** power * 1024 ** BINARY.indexOf(binary);
}

const QUANTITY = 'a Kubernetes quantity such as "500m" of cpu or "1Gi" of memory';
const quantity = z
  .union([z.number(), z.string()], QUANTITY)
  .transform(String)
  .refine((text) => parseQuantity(text) !== undefined, QUANTITY);
const quantities = named('an object such as { cpu: "500m", memory: "1Gi" }', resourceName, quantity);

/** Amounts as texts. */
export const resourcesSchema = only(
  { requests: quantities.optional(), limits: quantities.optional() },
  {
    expected: '{ requests, limits }',
    rule: (written) => [...tooSmall(written), ...overLimit(written), ...notShared(written)],
  },
);
export type Resources = z.output<typeof resourcesSchema>;

/** `256m` of memory is a quarter of a byte, and a pod with such a limit never starts. */
function tooSmall(written: Record<string, unknown>): Broken[] {
  return ['requests', 'limits']
    .filter((list) => {
      const bytes = amount(written, list, 'memory') ?? 0;
      return bytes > 0 && bytes < 1;
    })
    .map((list) => ({ path: [list, 'memory'], message: 'bytes, such as "256Mi"\n"m" is a thousandth: write "Mi"' }));
}

/** The API server refuses these. */
function overLimit(written: Record<string, unknown>): Broken[] {
  const names = isPlainObject(written.requests) ? Object.keys(written.requests) : [];
  return names
    .filter((name) => (amount(written, 'requests', name) ?? 0) > (amount(written, 'limits', name) ?? Infinity))
    .map((name) => ({
      path: ['requests', name],
      message: `no more than its limit\nlower it, or raise limits.${name}`,
    }));
}

/** Devices and huge pages cannot be shared or given more of later: the API server wants whole ones, and request and limit to be one. */
function notShared(written: Record<string, unknown>): Broken[] {
  const names = ['requests', 'limits'].flatMap((list) =>
    isPlainObject(written[list]) ? Object.keys(written[list]) : [],
  );
  return [...new Set(names)].flatMap((name) => {
    const isDevice = name.includes('/');
    if (!isDevice && !name.startsWith('hugepages-')) return [];
    const [request, limit] = [amount(written, 'requests', name), amount(written, 'limits', name)];
    if (request !== undefined && request !== limit)
      return [
        {
          path: ['requests', name],
          message: `as much as limits.${name}\nof ${name}, request and limit must be the same: write limits alone`,
        },
      ];
    if (isDevice && limit !== undefined && !Number.isInteger(limit))
      return [{ path: ['limits', name], message: `a whole number\n${name} cannot be shared` }];
    return [];
  });
}

function amount(written: Record<string, unknown>, list: string, name: string): number | undefined {
  const quantities = written[list];
  const text = isPlainObject(quantities) ? quantities[name] : undefined;
  return typeof text === 'string' || typeof text === 'number' ? parseQuantity(String(text)) : undefined;
}
