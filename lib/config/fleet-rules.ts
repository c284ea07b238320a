// Rules between the keys of one fleet. They look at what was written, since other problems must not keep theirs from being told.

import { deadlineRule } from './backoff';
import { containersIn } from './container';
import { controllerRules } from './controller';
import { type Broken, isPlainObject } from './shapes';

/** All of them, over a fleet as it was written; those of `fold` are its own. */
export function fleetRules(written: Record<string, unknown>): Broken[] {
  return [
    ...whenRule(written),
    ...needsWindow(written),
    ...controllerRules(written),
    ...needsCronJobs(written),
    ...needsRequests(written),
  ];
}

/** Paths of the keys that make something wait in the cluster until all groups are done. */
export function waitingKeys({ after, alerts }: Record<string, unknown>): string[][] {
  const webhook = isPlainObject(alerts) && alerts.webhook !== undefined;
  return [...(after === undefined ? [] : [['after']]), ...(webhook ? [['alerts', 'webhook']] : [])];
}

/** What waits for a window to close has nothing to wait for without one. */
function needsWindow(written: Record<string, unknown>): Broken[] {
  if (written.window !== undefined) return [];
  return waitingKeys(written).map((path) => ({
    path,
    message: 'no such key without `window`\nit opens with the window and waits until all groups are done',
  }));
}

/** What speaks of CronJobs is contradicted by `once`, which makes none. */
function needsCronJobs({ once, ...written }: Record<string, unknown>): Broken[] {
  if (once !== true) return [];
  return ['alerts', 'brakes', 'fold']
    .filter((key) => written[key] !== undefined)
    .map((key) => ({ path: [key], message: 'no such key with `once`\nit is about CronJobs, and `once` makes none' }));
}

/** Kueue reckons with requests, and admits nothing without them. */
function needsRequests(written: Record<string, unknown>): Broken[] {
  if (written.queue === undefined) return [];
  return containersIn(written).flatMap(({ at, container: { resources } }) => {
    if (!isPlainObject(resources) || resources.requests !== undefined || resources.limits !== undefined) return [];
    return [
      {
        path: [...at, 'resources'],
        message: 'requests beside `queue`\nKueue reckons with them: write them, or leave resources out',
      },
    ];
  });
}

const WHEN = ['window', 'schedule', 'once'] as const;

function whenRule(written: Record<string, unknown>): Broken[] {
  // `once: false` is told by its own key.
  const said = WHEN.filter((key) => written[key] !== undefined && written[key] !== false);
  const message = 'one of `window`, `schedule` and `once`\nnightly work has a window, other repeated work a schedule';
  if (said.length === 0) return written.once === false ? [] : [{ path: ['window'], message }];
  if (said.length > 1) return [{ path: [said.at(-1) as string], message, got: said.length === 2 ? 'both' : 'all' }];
  return [...(written.once === undefined ? deadlineWithoutOnce : retireWithOnce)(written), ...deadlineRule(written)];
}

function deadlineWithoutOnce({ deadlineMinutes }: Record<string, unknown>): Broken[] {
  if (deadlineMinutes === undefined) return [];
  const todo = 'a schedule has its own, and a window ends all runs when it closes';
  return [{ path: ['deadlineMinutes'], message: `no such key without \`once\`\n${todo}` }];
}

function retireWithOnce({ groups }: Record<string, unknown>): Broken[] {
  if (!isPlainObject(groups) || groups.retireEmpty !== true) return [];
  const todo = 'leave it out: what runs once has no next night to retire before';
  return [{ path: ['groups', 'retireEmpty'], message: `no such key with \`once\`\n${todo}` }];
}
