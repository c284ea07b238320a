// When nobody should push manifests: shortly before a window opens, and while it is open. The clock is always an argument.

import { type Night, nightsAround } from './nights';
import type { Window } from './schema';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** A push takes a while to reach the cluster: the tool looks, applies, and tries again after a failure. */
const LEAD_MINUTES = 30;

/** Why nobody pushes now. */
export interface PushBrake extends FleetNight {
  /** From when on anybody may push; undefined when windows leave no time for it within a week. */
  from: Date | undefined;
}

interface FleetNight extends Night {
  /** The fleet whose window it is: of several, the one that closes last. */
  fleet: string;
}

/** What keeps anybody from pushing at `now`, from 30 minutes before a window opens until it closes; undefined for nothing. */
export function pushBrake(windows: readonly { fleet: string; window: Window }[], now: Date): PushBrake | undefined {
  const nights = windows.flatMap(({ fleet, window }) =>
    nightsAround(window, now).map((night) => ({ fleet, ...night })),
  );
  const held = lastToClose(nights, now);
  if (held === undefined) return undefined;
  return { ...held, from: freeFrom(nights, held.closes, now) };
}

/** The first moment from `since` on that no night holds. */
function freeFrom(nights: readonly FleetNight[], since: Date, now: Date): Date | undefined {
  let from = since;
  for (let held = lastToClose(nights, from); held !== undefined; held = lastToClose(nights, from)) {
    from = held.closes;
    if (from.getTime() > now.getTime() + 7 * DAY) return undefined;
  }
  return from;
}

/** Of the nights that hold at `instant`, the one that closes last. */
function lastToClose(nights: readonly FleetNight[], instant: Date): FleetNight | undefined {
  return nights
    .filter(({ opens, closes }) => opens.getTime() - LEAD_MINUTES * MINUTE <= instant.getTime() && instant < closes)
    .sort((a, b) => b.closes.getTime() - a.closes.getTime())[0];
}
