// The parameters that a folded fleet's Job may still be reading. A Job that runs when a new dist is applied keeps its pod template, and
// its pods that are yet to start mount the ConfigMaps it names; were they gone, those pods would wait until the deadline.

import { isParameters } from '../plan/parameters';
import type { Manifest } from './manifests';

/**
 * `after` with the ConfigMaps of parameters in `before` that are the generation before: those that the CronJob in dist names
 * and the new one does not. While the CronJob names the same ones, those kept so far stay, so that a synth without change changes nothing.
 */
export function withPreviousParameters(before: readonly Manifest[], after: readonly Manifest[]): Manifest[] {
  const made = new Set(after.map(({ path }) => path));
  const kept = foldedFleets(after).flatMap((fleet) => {
    const used = parametersUsed(fleet, before);
    const uses = parametersUsed(fleet, after);
    const isUnchanged = used.size === uses.size && [...used].every((name) => uses.has(name));
    return before.filter(({ path }) => {
      const name = parametersIn(fleet, path);
      return name !== undefined && !made.has(path) && (isUnchanged || used.has(name));
    });
  });
  return [...after, ...kept];
}

/** Fleets with one CronJob for all groups. */
function foldedFleets(manifests: readonly Manifest[]): string[] {
  return manifests.flatMap(({ path }) => /^([^/]+)\/CronJob\.\1\.k8s\.yaml$/.exec(path)?.[1] ?? []);
}

/** The name of the ConfigMap at `path`, if it holds parameters of the fleet. */
function parametersIn(fleet: string, path: string): string | undefined {
  const [, folder, name = ''] = /^([^/]+)\/ConfigMap\.(.+)\.k8s\.yaml$/.exec(path) ?? [];
  return folder === fleet && isParameters(fleet, name) ? name : undefined;
}

/** Names of the ConfigMaps that pods of the fleet's CronJob mount. By its words, since a merge may have left markers in the file. */
function parametersUsed(fleet: string, manifests: readonly Manifest[]): Set<string> {
  const cronJob = manifests.find(({ path }) => path === `${fleet}/CronJob.${fleet}.k8s.yaml`);
  return new Set(cronJob?.text.match(/[-a-z0-9]+/g)?.filter((word) => isParameters(fleet, word)));
}
