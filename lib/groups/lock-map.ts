// The lock of one fleet in a ConfigMap, where a controller goes by it in place of a file.

/** Its name. It is never emitted: a manifest of it would take the groups back to what they were. */
export function lockMapName(fleet: string): string {
  return `${fleet}-lock`;
}

/** Key of the lock's text. */
export const LOCK_KEY = 'lock';
