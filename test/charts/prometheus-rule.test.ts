import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { alertRules } from '../../lib/plan/alert-rules';
import { aPlan, type FleetKeys, manifestsFor } from '../support/builders';
import { expectValidManifest } from '../support/strict-schema';

/** What is written for fleet `catalog`, but for the group map and the CronJobs. */
function rulesFor(fleet: FleetKeys, groups = 2) {
  return manifestsFor(aPlan({ fleet, lock: { groups } })).filter(({ path }) => path.includes('PrometheusRule'));
}

describe('the PrometheusRule of a fleet', () => {
  test('is written when the config asks for it', () => {
    expect(rulesFor({})).toEqual([]);
    expect(rulesFor({ alerts: { prometheus: true } }).map(({ path }) => path)).toEqual([
      'catalog/PrometheusRule.catalog-alerts.k8s.yaml',
    ]);
  });

  test('has the alerts as the plain rules file has them, in fields that the operator knows', () => {
    const fleet = { alerts: { prometheus: true } } as const;
    const [file] = rulesFor(fleet);
    const object = parse(file?.text as string);
    expectValidManifest(object);
    expect(object.spec).toEqual({ groups: [alertRules(aPlan({ fleet, lock: { groups: 2 } }))] });
  });

  test("has the fleet's labels and those by which the team's Prometheus picks its rules", () => {
    const [file] = rulesFor({
      labels: { team: 'data' },
      alerts: { prometheus: { labels: { release: 'prometheus' } } },
    });
    expect(parse(file?.text as string).metadata).toEqual({
      name: 'catalog-alerts',
      namespace: 'batch',
      labels: {
        'app.kubernetes.io/managed-by': 'cronfleet',
        'app.kubernetes.io/name': 'catalog',
        'app.kubernetes.io/part-of': 'catalog',
        'cronfleet/fleet': 'catalog',
        'cronfleet/lineage': '0123456789abcdef',
        release: 'prometheus',
        team: 'data',
      },
    });
  });

  test('changes in one line when the fleet grows', () => {
    const lines = (groups: number) => (rulesFor({ alerts: { prometheus: true } }, groups)[0]?.text ?? '').split('\n');
    const before = lines(11);
    const changed = lines(12).filter((line, index) => line !== before[index]);
    expect(changed.map((line) => line.trim())).toEqual(['12 -']);
    expect(lines(12)).toHaveLength(before.length);
  });
});
