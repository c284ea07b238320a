// Whether a fleet is one CronJob for all groups (folded) or one for each. The lock records it: a Job that still runs when the
// shape changes must not go with its CronJob, so the objects of the shape before stay, suspended, until a whole window has passed.

import { openWindow, wholeRunPassed } from '../config/nights';
import type { Fleet } from '../config/schema';
import { printMinute } from '../config/time';
import { UserError } from '../errors';
import { timestamp } from './allocation';
import type { FleetLock } from './lock';

/** What becomes of one shape's objects: emitted, emitted but suspended since the fleet has another shape now, or not emitted. */
export type Stage = 'live' | 'leaving' | 'none';

/** The stage of either shape. */
export interface Stages {
  /** An object for each group. */
  ofGroups: Stage;
  /** One CronJob for all. */
  folded: Stage;
}

/**
 * `next` in the shape that the config asks for. A change is noted with its time, and the note goes once a whole window has passed
 * since; either is a change of the lock, and the serial rises by one even when the groups change too.
 * @param recorded undefined for a fleet that begins anew: nothing of another shape is there
 */
export function reshaped(fleet: Fleet, recorded: FleetLock | undefined, next: FleetLock, now: Date): FleetLock {
  const shape = wantedShape(fleet);
  const changed = recorded !== undefined && recorded.shape !== shape;
  const since = changed ? timestamp(now) : recorded?.reshaped;
  // What runs once has no next window to wait for.
  const isOver = since === undefined || fleet.once === true || wholeRunPassed(fleet, new Date(since), now);
  const note = isOver ? undefined : since;
  if (next.shape === shape && next.reshaped === note) return next;
  const hasRisen = next.serial !== recorded?.serial;
  return { ...next, serial: next.serial + (hasRisen ? 0 : 1), shape, reshaped: note };
}

/** In the night, groups may have been started by the shape before, and others not yet. */
export function reshapedInWindow(
  name: string,
  { window }: Fleet,
  recorded: FleetLock | undefined,
  next: FleetLock,
  now: Date,
): string[] {
  const open = window && openWindow(window, now);
  if (!open || recorded === undefined || recorded.shape === next.shape) return [];
  return [
    `fleets.${name}.fold: the window is open until ${printMinute(open.closes)}, and the shape changes; applied before that, groups may run twice tonight or not at all`,
  ];
}

/** What of the fleet is emitted. */
export function stagesOf(fleet: Fleet, { shape, reshaped }: Pick<FleetLock, 'shape' | 'reshaped'>): Stages {
  const before: Stage = reshaped === undefined || fleet.once ? 'none' : 'leaving';
  return shape === 'folded' ? { ofGroups: before, folded: 'live' } : { ofGroups: 'live', folded: before };
}

/** A frozen run has no time at which the shape could have changed. @throws UserError `lock-mismatch` */
export function refuseOtherShape(name: string, fleet: Fleet, recorded: FleetLock, lockFile: string): void {
  if (recorded.shape === wantedShape(fleet)) return;
  const words = (shape: FleetLock['shape']) => (shape === 'folded' ? 'folded' : 'not folded');
  throw new UserError(
    'lock-mismatch',
    `fleet ${name}: it is ${words(wantedShape(fleet))} in the config and ${words(recorded.shape)} in the lock (${lockFile})`,
    { hint: 'run synth once without FLEET_FROZEN (--frozen) and commit the lock: it notes when the shape changed' },
  );
}

function wantedShape(fleet: Fleet): FleetLock['shape'] {
  return fleet.fold === undefined ? undefined : 'folded';
}
