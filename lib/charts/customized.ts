// What the `customize` of a config must leave as it is: what the rest of cronfleet, and the proof that the night suffices, rest on.

const DAY_SECONDS = 24 * 60 * 60;

/** By these, groups and their Jobs are found, in dist and in the cluster. */
const IDENTITY = [
  /^\/(apiVersion|kind)$/,
  /^\/metadata\/(name|namespace)$/,
  /\/labels\/(cronfleet\/|app\.kubernetes\.io\/managed-by$)/,
  /\/annotations\/cronfleet\//,
];
/** What the config says, and what was reckoned from it. */
const TIMES = [
  /^\/spec\/(schedule|timeZone|startingDeadlineSeconds|concurrencyPolicy)$/,
  /\/(activeDeadlineSeconds|backoffLimit|backoffLimitPerIndex)$/,
];
/** How many pods do the rows of a Job: more would do them twice, fewer not all. */
const PODS = /\/(completions|completionMode|parallelism)$/;

/**
 * What is wrong with a change of `customize`, or undefined.
 * @param path JSON pointer, `/` not escaped
 * @param value null when it was taken out
 */
export function customizedProblem(path: string, value: unknown): string | undefined {
  if (IDENTITY.some((pattern) => pattern.test(path))) return `${path} is how cronfleet finds its objects again`;
  if (TIMES.some((pattern) => pattern.test(path)))
    return `${path} comes from window, schedule and retries: change it there`;
  if (PODS.test(path)) return `${path}: rows would be done twice, or not at all`;
  if (path === '/spec/suspend' && value === false) return `${path}: false would undo a pause set by hand`;
  if (/^\/spec\/jobTemplate\/spec\/suspend$/.test(path)) return `${path}: its Jobs would never begin`;
  if (/^\/spec\/(successful|failed)JobsHistoryLimit$/.test(path) && !(typeof value === 'number' && value >= 1))
    return `${path}: without a Job in the cluster nobody can tell what ran`;
  if (/\/ttlSecondsAfterFinished$/.test(path) && typeof value === 'number' && value < DAY_SECONDS)
    return `${path}: below ${DAY_SECONDS}, a day, Jobs would be gone before anyone has looked`;
  return undefined;
}

interface Container {
  name?: string;
  command?: string[];
  env?: { name?: string }[];
  volumeMounts?: { name?: string }[];
}

/**
 * What tells the pod which rows are its own, container by container: our variables, or the script of a folded fleet with the volume it
 * lies in. As one text; `customize` may add around it, and must not change it.
 * @param scripts name of that volume
 */
export function toldToPod(object: unknown, scripts: string): string {
  const root = object as { spec?: { jobTemplate?: { spec?: unknown } } };
  const job = (root.spec?.jobTemplate?.spec ?? root.spec) as { template?: { spec?: PodSpec } } | undefined;
  const { initContainers = [], containers = [], volumes = [] } = job?.template?.spec ?? {};
  const volume = volumes.find(({ name }) => name === scripts);
  const told = [...initContainers, ...containers].map(({ name, command, env = [], volumeMounts = [] }) => ({
    name,
    command: volume && command?.slice(0, 3),
    mounts: volumeMounts.filter((mount) => mount.name === scripts),
    env: env.filter((variable) => /^(FLEET|FLEET_RUN|GROUP_.*)$/.test(variable.name ?? '')),
  }));
  return JSON.stringify({ volume, told: told.filter(({ env, mounts }) => env.length + mounts.length > 0) });
}

interface PodSpec {
  initContainers?: Container[];
  containers?: Container[];
  volumes?: { name?: string }[];
}
