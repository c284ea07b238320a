import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { connect } from '../../lib/cluster/cluster';
import { liveGroupMap } from '../../lib/cluster/group-map';
import type { Window } from '../../lib/config/schema';
import { statusOf } from '../../lib/status';
import { waitForNight } from '../../lib/wait';
import { aCluster } from '../support/cluster';
import { aKubeconfig, aPace } from '../support/cluster/connected';
import { CLOSES, minute, putFleet, runGroups } from '../support/cluster/fleet';
import { REPOSITORY } from '../support/project';

test('the page’s Role is enough to see all that status and wait show', async () => {
  const page = readFileSync(join(REPOSITORY, 'docs/night.md'), 'utf8');
  const role = parse(/```yaml\n(.*?)```/s.exec(page)?.[1] ?? '');
  const cluster = await aCluster({ now: CLOSES, users: { looker: role.rules } });
  const plan = putFleet(cluster);
  runGroups(cluster, [1, 2, 3], { completedAt: minute(30) });
  const client = await connect({ kubeconfig: aKubeconfig(cluster, { user: 'looker' }) }, aPace(cluster));
  expect(await statusOf(client, [plan])).toMatchObject({ notes: [], fleets: [{ agrees: true }] });
  const groups = () => liveGroupMap(client, 'batch', 'catalog');
  const options = { fleet: 'catalog', namespace: 'batch', window: plan.window as Window, groups };
  expect(await waitForNight(client, options)).toMatchObject({ verdict: 'done' });
});

test('the page names every key of what status tells programs', async () => {
  const page = readFileSync(join(REPOSITORY, 'docs/night.md'), 'utf8');
  const cluster = await aCluster({ now: CLOSES });
  const plan = putFleet(cluster);
  runGroups(cluster, [1], { failedAt: minute(30), pod: { exitCode: 3 } });
  cluster.remove('CronJob', 'batch', 'catalog-0002');
  cluster.remove('ConfigMap', 'batch', 'catalog-groups');
  const [fleet] = (await statusOf(await connect({ kubeconfig: aKubeconfig(cluster) }, aPace(cluster)), [plan])).fleets;
  const keysOf = (value: unknown): string[] =>
    typeof value !== 'object' || value === null || value instanceof Date
      ? []
      : Object.entries(value).flatMap(([key, inner]) => [...(Array.isArray(value) ? [] : [key]), ...keysOf(inner)]);
  const keys = new Set(keysOf(fleet));
  expect([...keys].filter((key) => !new RegExp(`[\\x60 ]${key}[\\x60, ]`).test(page))).toEqual([]);
  expect(keys.size).toBeGreaterThan(25);
});
