// Puts a new file or folder in the place of an old one: made whole beside it, then moved by rename, with a way back.

import {
  accessSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A replacement that is ready on disk. */
export interface Swap {
  /** Moves the new one into place. Only renames from here on: they need no room on the disk. */
  commit(): void;
  /** Brings the old one back, also after half a commit. */
  undo(): void;
}

/** Prepares a file: at any moment, also through a power cut, `path` is the whole old file or the whole new one. */
export function swapFile(path: string, text: string): Swap {
  const { next, last } = besides(path);
  const existed = existsSync(path);
  if (existed) copyFileSync(path, last);
  const file = openSync(next, 'w');
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return {
    commit: () => renameSync(next, path),
    undo: () => (existed ? renameSync(last, path) : rmSync(path, { force: true })),
  };
}

/**
 * Prepares a folder, which `write` fills. A process killed between the two renames of the commit leaves no folder at `path`
 * but both whole ones beside it; {@link finishFolder} puts the old one back.
 */
export function swapFolder(path: string, write: (folder: string) => void): Swap {
  const { next, last } = besides(path);
  rmSync(next, { recursive: true, force: true });
  refuseFixed(path);
  write(next);
  return {
    commit() {
      if (existsSync(path)) renameSync(path, last);
      renameSync(next, path);
    },
    undo: () => finishFolder(path),
  };
}

/** A folder whose entries may not be removed could be moved aside, but never be cleared away. */
function refuseFixed(path: string): void {
  if (!existsSync(path)) return;
  accessSync(path, constants.W_OK);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) refuseFixed(join(path, entry.name));
  }
}

/** Removes what {@link swapFile}, finished or killed, left beside `path`; the file itself is whole. */
export function finishFile(path: string): void {
  for (const leftover of Object.values(besides(path))) rmSync(leftover, { force: true });
}

/** Removes what {@link swapFolder} left beside `path`, once the old folder is back where half a commit left none. */
export function finishFolder(path: string): void {
  const { next, last } = besides(path);
  if (!existsSync(path) && existsSync(last)) renameSync(last, path);
  rmSync(last, { recursive: true, force: true });
  rmSync(next, { recursive: true, force: true });
}

/** In the same folder, so that a rename is enough. */
function besides(path: string): { next: string; last: string } {
  const beside = (ending: string) => join(dirname(path), `.${basename(path)}.${ending}`);
  return { next: beside('next'), last: beside('last') };
}
