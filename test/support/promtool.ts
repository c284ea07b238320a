// Prometheus' own tool, where it is installed (Debian: `apt-get install prometheus`).

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toYaml } from '../../lib/dist/yaml';
import type { AlertRuleGroup } from '../../lib/plan/alert-rules';
import { aFolder } from './builders';
import { type Cluster, metricsOf } from './cluster-metrics';

export const HAS_PROMTOOL = spawnSync('promtool', ['--version']).error === undefined;

/** Stands in a suite's title, so that nobody takes a skipped suite for a passed one. */
export const PROMTOOL = HAS_PROMTOOL ? 'promtool' : 'promtool is NOT INSTALLED, so nothing is proved here:';

/** What promtool has against a rules file; empty when nothing. */
export function rulesProblems(text: string): string {
  const path = join(aFolder(), 'rules.yaml');
  writeFileSync(path, text);
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', path], { encoding: 'utf8' });
  return status === 0 ? '' : `${stdout}${stderr}`;
}

/** What fires at a minute: by alert, each with the labels it has beside `fleet`, `namespace` and those of the team. */
export type Firing = Record<string, Record<string, string>[]>;

/**
 * What differs from the expected, in promtool's words; empty when nothing does. At each minute that is named, exactly what is
 * named fires. Rules are evaluated every five minutes, for the sake of the test's own time.
 */
export function alertProblems(
  group: AlertRuleGroup,
  clusters: Cluster | Cluster[],
  expected: Record<number, Firing>,
): string {
  const folder = aFolder();
  // Labels alone tell what fires; the texts have a test of their own.
  const rules = group.rules.map(({ annotations: _, ...rule }) => rule);
  writeFileSync(join(folder, 'rules.yaml'), toYaml({ groups: [{ ...group, rules }] }));
  const alert_rule_test = Object.entries(expected).flatMap(([minute, firing]) =>
    group.rules.map(({ alert, labels: { severity, fleet } }) => ({
      eval_time: `${minute}m`,
      alertname: alert,
      exp_alerts: (firing[alert] ?? []).map((labels) => ({
        exp_labels: { fleet, severity, namespace: 'batch', ...labels },
      })),
    })),
  );
  return problems(folder, [clusters].flat(), alert_rule_test);
}

/** The same for one alert and its texts. */
export function textProblems(
  group: AlertRuleGroup,
  cluster: Cluster,
  minute: number,
  alertname: string,
  alert: { exp_labels: Record<string, string>; exp_annotations: Record<string, string> },
): string {
  const folder = aFolder();
  writeFileSync(join(folder, 'rules.yaml'), toYaml({ groups: [group] }));
  return problems(folder, [cluster], [{ eval_time: `${minute}m`, alertname, exp_alerts: [alert] }]);
}

function problems(folder: string, clusters: Cluster[], alert_rule_test: unknown[]): string {
  const path = join(folder, 'test.yaml');
  const tests = [{ interval: '1m', input_series: clusters.flatMap(metricsOf), alert_rule_test }];
  writeFileSync(path, toYaml({ rule_files: ['rules.yaml'], evaluation_interval: '5m', tests }));
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', path], { encoding: 'utf8' });
  return status === 0 ? '' : `${stdout}${stderr}`;
}
