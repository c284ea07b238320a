// One synth at a time in a folder: two at once could pair the lock of one with the dist of the other.

import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { UserError } from '../errors';
import { onDisk } from './failures';

/** A statement may take a day; after it, a machine that is gone, such as a container, must not block for ever. */
const LONGEST_TURN_MS = 25 * 60 * 60_000;

/** Runs `work` while holding `path`, a file that names this process. A holder that is dead is passed over. @throws UserError `already-running` */
export async function inTurn<T>(path: string, work: () => Promise<T>): Promise<T> {
  onDisk('nothing was written', () => {
    mkdirSync(dirname(path), { recursive: true });
    take(path);
  });
  try {
    return await work();
  } finally {
    letGo(path);
  }
}

function take(path: string): void {
  // Linked, not written, into place: a process killed while it writes must not leave a holder without a name.
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, `${process.pid} ${hostname()}\n`);
  try {
    // More tries are for a file whose holder was found dead, or is gone meanwhile.
    for (const isLastTry of [false, false, true]) {
      if (linked(mine, path)) return;
      const holder = holderOf(path);
      if (holder === undefined) continue;
      if (isLastTry || isHeld(path, holder) || !passOver(path, holder)) {
        throw new UserError(
          'already-running',
          `another synth is at work here (process ${holder.trim().replace(' ', ' on ')})`,
          {
            hint: `wait for it; if it is gone, delete ${path}`,
          },
        );
      }
    }
  } finally {
    letGo(mine);
  }
}

/** True while the holder may be at work: a live process here, or one elsewhere, which nobody can ask, for a day. */
function isHeld(path: string, holder: string): boolean {
  const [pid, host] = holder.trim().split(' ');
  const isOld = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) > LONGEST_TURN_MS;
  return host === hostname() ? isAlive(Number(pid)) : !isOld;
}

/** Takes a dead holder's file away, unless another process has done so first and stands in its place: then it goes back. */
function passOver(path: string, deadHolder: string): boolean {
  const aside = `${path}.${process.pid}.dead`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
  const isDead = readFileSync(aside, 'utf8') === deadHolder;
  if (!isDead) linked(aside, path);
  letGo(aside);
  return isDead;
}

function holderOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** A file that cannot be removed names a process that will be dead, and so stops nobody. */
function letGo(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
