// Whether what would run now is told the rows that something before was told. A folded fleet's rows stand in its parameters.

import { isDeepStrictEqual } from 'node:util';
import { foldedCronJob } from '../runs/folded';
import type { MappedGroup } from '../runs/group-map';
import type { Seen } from '../runs/outcome';
import type { RawConfigMap } from '../runs/raw';
import { type Run, sameShare } from '../runs/run';
import { parametersName, rowsTold, tellsShare } from '../runs/told';
import type { Cluster } from './cluster';
import { CONFIG_MAPS } from './kinds';

/** For a folded fleet: whether the parameters of a Job and of the CronJob now say the same of an index. Asks for each once. */
export async function toldTheSame(
  cluster: Cluster,
  namespace: string,
  { cronJobs, jobs }: Seen,
  outcomes: readonly { group: MappedGroup; run: Run | undefined }[],
): Promise<(run: Run | undefined, group: MappedGroup) => boolean> {
  const folded = foldedCronJob(cronJobs);
  const template = folded?.spec?.jobTemplate.spec?.template;
  const templates = new Map(jobs.map(({ metadata, spec }) => [metadata?.uid, spec?.template]));
  const namesOf = (run: Run, index: number): (string | undefined)[] => [
    parametersName(templates.get(run.uid), index),
    parametersName(template, index),
  ];
  const asked = outcomes.flatMap(({ group, run }) => {
    if (group.index === undefined) return [];
    return run === undefined ? [parametersName(template, group.index)] : namesOf(run, group.index);
  });
  const maps = new Map<string | undefined, RawConfigMap | undefined>();
  for (const name of new Set(asked))
    if (name !== undefined) maps.set(name, await cluster.get<RawConfigMap>(CONFIG_MAPS, namespace, name));
  return (run, { index, share }) => {
    if (index === undefined) return true;
    // Its pod is told by the template, and the Job is labelled by the map: an apply that was cut short leaves them apart.
    const next = maps.get(parametersName(template, index));
    if (next === undefined || !tellsShare(next, index, share)) return false;
    if (run === undefined || (run.indexes === undefined && sameShare(run.share, share))) return true;
    const [ran, now] = namesOf(run, index);
    if (ran === undefined || now === undefined) return false;
    if (ran === now) return true;
    const [before, after] = [ran, now].map((name) => {
      const map = maps.get(name);
      return map && rowsTold(map, index);
    });
    return before !== undefined && isDeepStrictEqual(before, after);
  };
}
