// One synth at a time in a folder: two at once could pair the lock of one with the dist of the other.

import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { UserError } from '../errors';
import { onDisk } from './failures';

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
    // The second try is for a file whose holder was found dead.
    for (const isLastTry of [false, true]) {
      if (linked(mine, path)) return;
      const [pid, host] = readFileSync(path, 'utf8').trim().split(' ');
      if (isLastTry || host !== hostname() || isAlive(Number(pid))) {
        throw new UserError('already-running', `another synth is at work here (process ${pid} on ${host})`, {
          hint: `wait for it; if it is gone, delete ${path}`,
        });
      }
      rmSync(path, { force: true });
    }
  } finally {
    letGo(mine);
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
