// Resources that follow a group's size, in classes so coarse that a few rows more or less change nothing.

import { UserError } from '../errors';
import { parseQuantity } from './resources';
import type { GroupFacts, ResourcesConfig } from './types';

/** What {@link bySize} is told: the same resources twice, `max` nowhere below `min`. */
export interface BySizeOptions {
  /** Of a group of at most a quarter of `fullAt`. */
  min: ResourcesConfig;
  /** Of a group of more than three quarters. */
  max: ResourcesConfig;
  /** Rows of a full group. Needed where the fleet has no `capacity`. @default the fleet's capacity */
  fullAt?: number;
}

const CLASSES = 4;
const LISTS = ['requests', 'limits'] as const;

/**
 * Resources of a group by the rows that the lock has for it, in four even steps from `min` to `max`. The last range of a key, which
 * fills up until it is closed, counts as full. The rows of a column's group are those it had when it was first seen.
 * @throws UserError `config-invalid` when `min` and `max` do not go together
 */
export function bySize(options: BySizeOptions): (group: GroupFacts) => ResourcesConfig {
  const { min = {}, max = {}, fullAt } = options ?? {};
  const problems = LISTS.flatMap((list) => problemsOf(list, min?.[list] ?? {}, max?.[list] ?? {}));
  if (LISTS.every((list) => Object.keys(max?.[list] ?? {}).length === 0))
    problems.push('max: expected requests or limits');
  if (fullAt !== undefined && !(Number.isInteger(fullAt) && fullAt > 0))
    problems.push(`fullAt: expected a whole number of rows, got ${fullAt}`);
  if (problems.length > 0) {
    throw new UserError(
      'config-invalid',
      'bySize({ min, max }): expected the same resources in both, none above its max',
      {
        hint: problems.join('\n'),
      },
    );
  }
  return (group) => {
    const rows = fullAt ?? group.capacity;
    if (rows === undefined)
      throw new Error(`this fleet has no capacity: give bySize the rows of a full group, { min, max, fullAt }`);
    const isOpen = group.value === undefined && group.params === undefined && group.to === null;
    const step = isOpen ? CLASSES - 1 : classOf(group.rows / rows);
    const made = LISTS.filter((list) => max[list]).map((list) => [
      list,
      between(min[list] ?? {}, max[list] ?? {}, step),
    ]);
    return Object.fromEntries(made) as ResourcesConfig;
  };
}

/** 0 to 3. */
function classOf(share: number): number {
  return Math.min(CLASSES - 1, Math.max(0, Math.ceil(share * CLASSES) - 1));
}

type Quantities = Record<string, string | number>;

function problemsOf(list: string, min: Quantities, max: Quantities): string[] {
  const names = new Set([...Object.keys(min), ...Object.keys(max)]);
  return [...names].flatMap((name) => {
    const [low, high] = [min[name], max[name]].map((text) =>
      text === undefined ? undefined : parseQuantity(String(text)),
    );
    if (low !== undefined && high !== undefined && low <= high) return [];
    return [`${list}.${name}: got ${min[name] ?? 'nothing'} in min and ${max[name] ?? 'nothing'} in max`];
  });
}

function between(min: Quantities, max: Quantities, step: number): Quantities {
  return Object.fromEntries(
    Object.entries(max).map(([name, high]) => {
      const low = min[name] as string | number;
      if (step === 0) return [name, low];
      if (step === CLASSES - 1) return [name, high];
      const from = parseQuantity(String(low)) as number;
      const to = parseQuantity(String(high)) as number;
      return [name, print(name, from + ((to - from) * step) / (CLASSES - 1))];
    }),
  );
}

/** Rounded up to what people write: thousandths of a cpu, mebibytes, and whole numbers of what cannot be shared. */
function print(name: string, amount: number): string {
  // Without the last digits, in which fractions of two are never quite what they stand for.
  const up = (value: number) => Math.ceil(Number(value.toFixed(6)));
  if (name === 'cpu') return `${up(amount * 1000)}m`;
  const isBytes = name === 'memory' || name === 'ephemeral-storage' || name.startsWith('hugepages-');
  return isBytes ? `${up(amount / 1024 ** 2)}Mi` : String(up(amount));
}
