import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inTurn } from '../../lib/dist/turn';
import { aFolder } from '../support/builders';

/** Where a holder of the turn is named; `holder` is one that is there already. */
function aTurn(holder?: string): string {
  const path = join(aFolder(), '.cronfleet', 'synth.pid');
  if (holder !== undefined) {
    mkdirSync(dirname(path));
    writeFileSync(path, holder);
  }
  return path;
}

/** A process that has ended. */
const deadPid = () => spawnSync(process.execPath, ['--version']).pid;

describe('inTurn', () => {
  test('names its process while it works, and leaves nothing behind', async () => {
    const path = aTurn();
    const during = await inTurn(path, async () => readFileSync(path, 'utf8'));
    expect(during).toBe(`${process.pid} ${hostname()}\n`);
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  test('hands on what the work returns or throws, and ends its turn either way', async () => {
    const path = aTurn();
    expect(await inTurn(path, async () => 7)).toBe(7);
    await expect(inTurn(path, async () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(existsSync(path)).toBe(false);
  });

  test('refuses a second one at once, and lets the first end', async () => {
    const path = aTurn();
    const first = inTurn(path, async () => {
      await expect(inTurn(path, async () => 'second')).rejects.toMatchObject({ code: 'already-running' });
      return 'first';
    });
    expect(await first).toBe('first');
    expect(await inTurn(path, async () => 'third')).toBe('third');
  });

  test.each([
    ['a process that lives', `${process.ppid} ${hostname()}\n`, `process ${process.ppid} on ${hostname()}`],
    // Whether it lives cannot be known from here.
    ['a process on another machine', `${deadPid()} build-7\n`, 'on build-7'],
  ])('refuses to work while %s holds the turn', async (_, holder, told) => {
    const path = aTurn(holder);
    let worked = false;
    const turn = inTurn(path, async () => {
      worked = true;
    });
    await expect(turn).rejects.toMatchObject({
      code: 'already-running',
      message: expect.stringContaining(told),
      hint: expect.stringContaining(path),
    });
    expect(worked).toBe(false);
    expect(readFileSync(path, 'utf8')).toBe(holder);
  });

  test('passes over a holder that is dead', async () => {
    const path = aTurn(`${deadPid()} ${hostname()}\n`);
    expect(await inTurn(path, async () => 'worked')).toBe('worked');
    expect(existsSync(path)).toBe(false);
  });
});
