// Why nobody should push now, in words.

import type { PushBrake } from '../config/push-brake';
import { UserError } from '../errors';

/** Times are UTC, as the clocks of CI jobs are. */
export function pushRefusal({ fleet, opens, closes, from }: PushBrake): UserError {
  const until = from
    ? `wait until ${inUtc(from)}`
    : 'the windows of all fleets leave no time within a week: make one shorter, or deliver the fleets apart, by configs of their own';
  return new UserError(
    'window-near',
    `no time to push: the window of ${fleet} is open from ${inUtc(opens)} to ${inUtc(closes)}`,
    { hint: `what is pushed from 30 minutes before may reach the cluster while jobs run; ${until}` },
  );
}

/** `2026-11-20 15:00 UTC` */
function inUtc(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
