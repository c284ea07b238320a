// The disk's refusals in words.

import { UserError } from '../errors';

/** Runs `work`; a refusal of the disk becomes a UserError `write-failed` that says what is on disk now. */
export function onDisk<T>(state: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof UserError || typeof (error as NodeJS.ErrnoException).syscall !== 'string') throw error;
    throw new UserError('write-failed', `the disk refused: ${(error as Error).message}`, {
      hint: `${state}. Make room or mend permissions, and run the command again`,
      cause: error,
    });
  }
}
