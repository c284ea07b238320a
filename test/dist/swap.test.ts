import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { finishFile, finishFolder, swapFile, swapFolder } from '../../lib/dist/swap';
import { aFolder } from '../support/builders';

const read = (...path: string[]) => readFileSync(join(...path), 'utf8');

/** A folder with `lock` and `dist/file`, both of the text `old`. */
function anOldState(): { root: string; lock: string; dist: string } {
  const root = aFolder();
  const [lock, dist] = [join(root, 'lock'), join(root, 'dist')];
  writeFileSync(lock, 'old');
  mkdirSync(dist);
  writeFileSync(join(dist, 'file'), 'old');
  return { root, lock, dist };
}

const writeNew = (folder: string) => {
  mkdirSync(folder);
  writeFileSync(join(folder, 'new'), 'new');
};

describe('swapFile', () => {
  test('changes nothing until it is committed, and leaves nothing beside once it is finished', () => {
    const { root, lock } = anOldState();
    const swap = swapFile(lock, 'new');
    expect(read(lock)).toBe('old');
    swap.commit();
    expect(read(lock)).toBe('new');
    finishFile(lock);
    expect(readdirSync(root).sort()).toEqual(['dist', 'lock']);
  });

  test('makes a file where there was none', () => {
    const path = join(aFolder(), 'lock');
    swapFile(path, 'new').commit();
    expect(read(path)).toBe('new');
  });

  test('undone, brings back the old file, or none', () => {
    const { lock, root } = anOldState();
    const swaps = [swapFile(lock, 'new'), swapFile(join(root, 'none'), 'new')];
    for (const swap of swaps) swap.commit();
    for (const swap of swaps) swap.undo();
    expect(read(lock)).toBe('old');
    expect(readdirSync(root)).not.toContain('none');
  });

  test('undone after a commit that failed, leaves the old file', () => {
    const { root, lock } = anOldState();
    const swap = swapFile(lock, 'new');
    rmSync(join(root, '.lock.next'));
    expect(() => swap.commit()).toThrow('ENOENT');
    swap.undo();
    expect(read(lock)).toBe('old');
  });
});

describe('swapFolder', () => {
  test('changes nothing until it is committed; then the folder holds the new files and no old one', () => {
    const { root, dist } = anOldState();
    const swap = swapFolder(dist, writeNew);
    expect(readdirSync(dist)).toEqual(['file']);
    swap.commit();
    expect(readdirSync(dist)).toEqual(['new']);
    finishFolder(dist);
    expect(readdirSync(root).sort()).toEqual(['dist', 'lock']);
  });

  test('makes a folder where there was none', () => {
    const dist = join(aFolder(), 'dist');
    swapFolder(dist, writeNew).commit();
    expect(readdirSync(dist)).toEqual(['new']);
  });

  test('starts from nothing when a killed run left half a folder', () => {
    const { root, dist } = anOldState();
    mkdirSync(join(root, '.dist.next'));
    writeFileSync(join(root, '.dist.next', 'half'), '');
    swapFolder(dist, writeNew).commit();
    expect(readdirSync(dist)).toEqual(['new']);
  });

  test('undone after half a commit, brings the old folder back', () => {
    const { root, dist } = anOldState();
    const swap = swapFolder(dist, writeNew);
    rmSync(join(root, '.dist.next'), { recursive: true });
    expect(() => swap.commit()).toThrow('ENOENT');
    expect(readdirSync(root)).not.toContain('dist');
    swap.undo();
    expect(read(dist, 'file')).toBe('old');
    expect(readdirSync(root).sort()).toEqual(['dist', 'lock']);
  });
});

describe('what a killed run left', () => {
  test('between the two renames of a folder: the old folder comes back', () => {
    const { root, dist } = anOldState();
    swapFolder(dist, writeNew);
    // The first rename of a commit.
    rmSync(dist, { recursive: true });
    mkdirSync(join(root, '.dist.last'));
    writeFileSync(join(root, '.dist.last', 'file'), 'old');
    finishFolder(dist);
    expect(readdirSync(dist)).toEqual(['file']);
    expect(readdirSync(root).sort()).toEqual(['dist', 'lock']);
  });

  test('after both: the new folder stays, the old one goes', () => {
    const { root, dist } = anOldState();
    swapFolder(dist, writeNew).commit();
    expect(readdirSync(root)).toContain('.dist.last');
    finishFolder(dist);
    expect(readdirSync(dist)).toEqual(['new']);
    expect(readdirSync(root).sort()).toEqual(['dist', 'lock']);
  });

  test('before any: what was made ready goes, nothing else', () => {
    const { root, lock, dist } = anOldState();
    swapFile(lock, 'new');
    swapFolder(dist, writeNew);
    finishFile(lock);
    finishFolder(dist);
    expect([read(lock), readdirSync(dist)]).toEqual(['old', ['file']]);
    expect(readdirSync(root).sort()).toEqual(['dist', 'lock']);
  });
});
