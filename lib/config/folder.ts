// Folders that are replaced by what cronfleet makes, as the config names them.

/** Folders that git, npm or the cdk8s CLI, which empties its own, would not leave alone. */
const TAKEN_FOLDERS = ['.git', 'node_modules', '.cronfleet'];

/** The path's steps: `deploy/prod/` has two. */
export function stepsOf(path: string): string[] {
  return path.split('/').filter((step) => step !== '' && step !== '.');
}

/**
 * What to do about a path that is no folder inside another; undefined when it is one.
 * @param fate what becomes of the folder, for who would name the outer one itself
 */
export function folderProblem(path: string, fate = 'dist is replaced at each synth'): string | undefined {
  const steps = stepsOf(path);
  if (path.startsWith('/') || steps.includes('..')) return 'it must not lead out of that folder';
  if (steps.length === 0) return `that folder itself holds more than manifests, and ${fate}`;
  if (/[\\\0]|^~/.test(path) || steps.some((step) => step !== step.trim())) return 'write it with "/" and plain names';
  return TAKEN_FOLDERS.includes(steps[0] as string) ? `${steps[0]} is not for manifests` : undefined;
}
