// What the `customize` of a config must leave as it is: what the rest of cronfleet, and the proof that the night suffices, rest on.

const DAY_SECONDS = 24 * 60 * 60;

/** By these, groups and their Jobs are found, in dist and in the cluster. */
const IDENTITY = [
  /^\/(apiVersion|kind)$/,
  /^\/metadata\/(name|namespace)$/,
  /\/labels\/(cronfleet\/|app\.kubernetes\.io\/managed-by$)/,
  /\/annotations\/cronfleet\//,
];
/** What the config says, and what was reckoned from it. Of a CronJob; a Job that runs once has its deadline from the config too. */
const TIMES = [
  /^\/spec\/(schedule|timeZone|startingDeadlineSeconds|concurrencyPolicy)$/,
  /^\/spec\/(jobTemplate\/spec\/)?activeDeadlineSeconds$/,
];

/**
 * What is wrong with a change of `customize`, or undefined.
 * @param path JSON pointer, `/` not escaped
 * @param value null when it was taken out
 */
export function customizedProblem(path: string, value: unknown): string | undefined {
  if (IDENTITY.some((pattern) => pattern.test(path))) return `${path} is how cronfleet finds its objects again`;
  if (TIMES.some((pattern) => pattern.test(path)))
    return `${path} comes from window, schedule and retries: change it there`;
  if (path === '/spec/suspend' && value === false) return `${path}: false would undo a pause set by hand`;
  if (/^\/spec\/(successful|failed)JobsHistoryLimit$/.test(path) && !(typeof value === 'number' && value >= 1))
    return `${path}: without a Job in the cluster nobody can tell what ran`;
  if (/\/ttlSecondsAfterFinished$/.test(path) && typeof value === 'number' && value < DAY_SECONDS)
    return `${path}: below ${DAY_SECONDS}, a day, Jobs would be gone before anyone has looked`;
  return undefined;
}
