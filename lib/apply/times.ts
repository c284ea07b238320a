// When an apply must not be: while a window is open or Jobs run, and when Kubernetes would start something at once.

import { openWindow } from '../config/nights';
import { printMinute } from '../config/time';
import { UserError } from '../errors';
import type { FleetPlan } from '../plan/plan';
import { listed } from '../text';
import type { Change } from './changes';
import { fleetOf } from './desired';
import { startsAtOnce } from './moved-starts';
import { type ApplyPermits, refused } from './refusals';

/** So soon before a window opens, in milliseconds, what is sent might arrive in it. */
const LEAD = 5 * 60_000;

/** @param changed fleets of which anything would be sent or removed @throws UserError `apply-refused` */
export function refuseInWindow(
  plans: readonly FleetPlan[],
  changed: ReadonlySet<string>,
  { inWindow }: ApplyPermits,
  now: Date,
): void {
  if (inWindow) return;
  const nights = plans.flatMap(({ name, window }) => {
    if (window === undefined || !changed.has(name)) return [];
    const night = openWindow(window, now) ?? openWindow(window, new Date(now.getTime() + LEAD));
    return night === undefined ? [] : [{ name, night }];
  });
  const last = nights.sort((a, b) => b.night.closes.getTime() - a.night.closes.getTime())[0];
  if (last === undefined) return;
  const { opens, closes } = last.night;
  const when = opens <= now ? 'is open' : `opens at ${printMinute(opens)}`;
  throw refused(
    `the window of ${listed(nights.map(({ name }) => name))} ${when}: some groups would run as they were tonight, others as they shall be`,
    `apply from ${printMinute(closes)} on, when it has closed. If it must be now: --in-window`,
  );
}

/**
 * A window that has been moved is closed by the config and open by what runs: who runs now decides too.
 * @throws UserError `apply-refused`
 */
export function refuseRunning(
  plans: readonly FleetPlan[],
  changes: readonly Change[],
  { inWindow }: Pick<ApplyPermits, 'inWindow'>,
): void {
  if (inWindow) return;
  const nightly = new Set(plans.filter(({ window }) => window !== undefined).map(({ name }) => name));
  const running = changes.filter(({ live, manifest }) => {
    const { active = [] } = (live as { status?: { active?: unknown[] } } | undefined)?.status ?? {};
    return nightly.has(fleetOf(manifest)) && manifest.kind === 'CronJob' && active.length > 0;
  });
  if (running.length === 0) return;
  const names = listed(running.map(({ manifest }) => manifest.metadata?.name ?? ''));
  throw refused(
    `${names} ${running.length === 1 ? 'is' : 'are'} at work: some groups would run as they were tonight, others as they shall be`,
    'apply when their Jobs are done. If it must be now: --in-window',
  );
}

/** {@link stopInWindow} before each of many requests: a window opens on a whole minute, so that once in each is enough. */
export function windowWatch(...about: WindowQuestion): (now: Date) => void {
  let asked: number | undefined;
  return (now) => {
    const minute = Math.floor(now.getTime() / 60_000);
    if (minute === asked) return;
    stopInWindow(...about, now);
    asked = minute;
  };
}

type WindowQuestion = [
  plans: readonly FleetPlan[],
  changed: ReadonlySet<string>,
  permits: Pick<ApplyPermits, 'inWindow'>,
];

/**
 * While it is being sent. @param changed as for {@link refuseInWindow}, which said that none was open
 * @throws UserError `apply-incomplete`
 */
export function stopInWindow(
  plans: readonly FleetPlan[],
  changed: ReadonlySet<string>,
  { inWindow }: Pick<ApplyPermits, 'inWindow'>,
  now: Date,
): void {
  if (inWindow) return;
  for (const { name, window } of plans) {
    const night = window && changed.has(name) ? openWindow(window, now) : undefined;
    if (night === undefined) continue;
    throw new UserError('apply-incomplete', `the window of ${name} has opened meanwhile`, {
      hint: `apply from ${printMinute(night.closes)} on, when it has closed. If it must be now: --in-window`,
    });
  }
}

/** @throws UserError `apply-refused` */
export function refuseStarts(changes: readonly Change[], { startNow }: ApplyPermits, now: Date): void {
  if (startNow) return;
  const moved = changes.flatMap((change) => {
    const start = startsAtOnce(change, now);
    return start === undefined ? [] : [{ name: change.manifest.metadata?.name ?? '', start, change }];
  });
  const [first] = moved;
  if (first === undefined) return;
  const { startingDeadlineSeconds = 0 } =
    (first.change.manifest as { spec?: { startingDeadlineSeconds?: number } }).spec ?? {};
  const free = new Date(
    Math.max(...moved.map(({ start }) => start.getTime())) + startingDeadlineSeconds * 1000 + 60_000,
  );
  throw refused(
    `${listed(moved.map(({ name }) => name))} would start at once: ${moved.length === 1 ? 'its start moves' : 'their starts move'} to a time that has just passed (${printMinute(first.start)})`,
    `apply after ${printMinute(free)}. If ${moved.length === 1 ? 'it is' : 'they are'} to start now: --start-now`,
  );
}
