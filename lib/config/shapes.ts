// The shapes that values of a config have. A message is what was expected; after a line break comes what to do.
// ./problems.ts adds the place and what came instead. No alternative and no key hides the problems of another: all are told at once.

import * as z from 'zod';
import { number } from '../text';
import { nearest } from './did-you-mean';

/** A text that matches `pattern`. */
export function text(expected: string, pattern: RegExp) {
  return z.string(expected).regex(pattern, expected);
}

/** A text in which `problemIn` finds nothing; what it finds is told as what to do. */
export function textWithout(expected: string, problemIn: (text: string) => string | undefined) {
  return z.string(expected).superRefine((value, context) => {
    const problem = problemIn(value);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: `${expected}\n${problem}` });
  });
}

/** A whole number within bounds, both included. */
export function whole(min: number, max: number, todo = '') {
  const expected = `a whole number from ${number(min)} to ${number(max)}${todo && `\n${todo}`}`;
  return z
    .number(expected)
    .refine((value) => Number.isInteger(value) && value >= min && value <= max, { error: expected });
}

/** A problem that a rule over several keys finds; `path` starts below the object, `got` replaces the value there. */
export interface Broken {
  path: (string | number)[];
  message: string;
  got?: string;
}

interface ObjectOptions {
  /** What to write in place of a value that is no object. */
  expected?: string;
  /** What to do about an unknown key that is like no known one. */
  otherwise?: string;
  /** Rules between keys. They look at what was written, since other problems must not keep theirs from being told. */
  rule?: (written: Record<string, unknown>) => Broken[];
}

/** An object with these keys and no others. */
export function only<Shape extends z.ZodRawShape>(shape: Shape, options: ObjectOptions = {}) {
  const schema = z.object(shape);
  // A tag such as `by` is written by byKeyRange, not by people.
  const known = Object.keys(shape).filter((key) => !(shape[key] instanceof z.ZodLiteral));
  const {
    expected = `an object with the keys ${known.join(', ')}`,
    otherwise = 'leave it out',
    rule = () => [],
  } = options;
  const unknown = known.length === 1 ? `only ${known[0]}` : `one of ${known.join(', ')}`;
  return z.unknown().transform((written, context): z.output<typeof schema> => {
    if (!isPlainObject(written)) return refuse(context, expected);
    const strangers = Object.keys(written)
      .filter((key) => !Object.hasOwn(shape, key))
      .map((key) => ({ key, near: nearest(key, known) }));
    // One mistake, one problem: a key that was meant is not missing as well.
    const meant = new Set(strangers.map(({ near }) => near).filter((near) => near && written[near] === undefined));
    const isTold = ({ path }: { path: readonly PropertyKey[] }) => !meant.has(path[0] as string);
    const data = adopt(schema.safeParse(written), context, isTold);
    for (const { key, near } of strangers) {
      const todo = near === undefined ? otherwise : `did you mean ${near}?`;
      report(context, { path: [key], message: `${unknown}\n${todo}`, got: 'an unknown key' });
    }
    for (const broken of rule(written).filter(isTold)) report(context, broken);
    return data;
  });
}

/** An object of any names that `name` accepts, each with a value that `value` accepts. */
export function named<V extends z.ZodType>(expected: string, name: z.ZodType<string>, value: V) {
  const schema = z.record(z.string(), value);
  return z.unknown().transform((written, context): Record<string, z.output<V>> => {
    if (!isPlainObject(written)) return refuse(context, expected);
    for (const key of Object.keys(written)) {
      const issue = name.safeParse(key).error?.issues[0];
      if (issue) report(context, { path: [key], message: issue.message, got: `the name ${JSON.stringify(key)}` });
    }
    return adopt(schema.safeParse(written), context);
  });
}

/** One of several shapes: `pick` looks at a value and says by which it is to be read, so that only its problems are told. */
export function choice<S extends z.ZodType>(
  expected: string | ((value: unknown) => string),
  pick: (value: unknown) => S | undefined,
) {
  return z.unknown().transform((value, context): z.output<S> => {
    const schema = pick(value);
    if (schema === undefined) return refuse(context, typeof expected === 'string' ? expected : expected(value));
    return adopt(schema.safeParse(value), context);
  });
}

/** True for what `{ … }` makes; not for lists, promises, dates or maps. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // The last is `Object.prototype`, also that of another realm, as test runners have them.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function refuse(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}

function report(context: z.RefinementCtx, { path, message, got }: Broken): void {
  context.addIssue({ code: 'custom', path, message, ...(got === undefined ? {} : { params: { got } }) });
}

/** The result's data, or its issues as those of the value at hand. */
export function adopt<T>(
  result: z.ZodSafeParseResult<T>,
  context: z.RefinementCtx,
  isTold: (issue: z.core.$ZodIssue) => boolean = () => true,
): T {
  if (result.success) return result.data;
  const issues = result.error.issues.filter(isTold);
  context.issues.push(...issues.map((issue) => ({ ...issue, input: context.value }) as z.core.$ZodRawIssue));
  return z.NEVER;
}
