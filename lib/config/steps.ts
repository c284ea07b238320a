// What runs behind the work: in the group's pod, or once the whole fleet is done.

import * as z from 'zod';
import { containerKeys, perGroupKeys, plainKeys, podKeys, withWritten } from './container';
import { noRoot } from './job';
import { only, text, whole } from './shapes';

const STEPS = 'a list of containers such as [{ image: "ghcr.io/acme/publish:2.0" }]';

const step = withWritten(
  only(
    {
      name: text('a DNS label of at most 63 characters such as "publish"', /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)
        .refine((name) => name !== 'job', 'a name other than "job"\nthe job\'s own container has it')
        .optional(),
      ...containerKeys,
      ...perGroupKeys,
    },
    { expected: '{ image, … }' },
  ),
);

/** Containers of the group's pod, in order, behind its job; without a name they are `then-1`, `then-2` … */
export const steps = z
  .array(step, STEPS)
  .nonempty(`${STEPS}\nleave it out where nothing follows`)
  .transform((written) => written.map((each, index) => ({ ...each, name: each.name ?? `then-${index + 1}` })))
  .superRefine((named, context) => {
    for (const [index, { name }] of named.entries()) {
      if (named.findIndex((other) => other.name === name) === index) continue;
      const message = 'a name that no other step has\nwithout one, steps are called then-1, then-2 … by their place';
      context.addIssue({
        code: 'custom',
        path: [index, 'name'],
        message,
        params: { got: `${JSON.stringify(name)} once more` },
      });
    }
  });

export type Step = z.output<typeof steps>[number];

/** What runs once every group has completed tonight. */
export const after = only(
  { ...containerKeys, ...plainKeys, ...podKeys, minutes: whole(1, 1_440) },
  { expected: '{ image, minutes, … }', rule: noRoot },
);

export type After = z.output<typeof after>;
