import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chart, Testing } from 'cdk8s';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  PrometheusRule,
  type PrometheusRuleSpecGroups,
  type PrometheusRuleSpecGroupsRules,
  PrometheusRuleSpecGroupsRulesExpr,
} from '../../imports/monitoring.coreos.com';
import { REPOSITORY } from '../support/project';

const TYPES = 'monitoring.coreos.com.ts';

describe('generate', () => {
  test('--check passes: the committed types are what the schemas give', () => {
    const checked = generate('--check');
    expect(checked).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('--check names a file that was edited and the command to run, and leaves the file alone', () => {
    const folder = aFolder();
    cpSync(join(REPOSITORY, 'imports'), folder, { recursive: true });
    appendFileSync(join(folder, TYPES), '// edited by hand\n');

    const checked = generate('--check', folder);
    expect(checked.code).toBe(1);
    expect(checked.stderr).toMatch(/^Not what cdk8s import makes of the schemas now: .*\n$/);
    expect(checked.stderr).toContain(`${TYPES}. Run \`npm run imports\` and commit what changed.`);
    expect(readFileSync(join(folder, TYPES), 'utf8')).toContain('// edited by hand');
  });

  test('--check fails where a file is missing; without --check it is written, and cdk8s.yaml stays as it is', () => {
    const folder = aFolder();
    const configured = readFileSync(join(REPOSITORY, 'cdk8s.yaml'));
    expect(generate('--check', folder)).toMatchObject({ code: 1, stderr: expect.stringContaining(TYPES) });

    expect(generate(folder)).toMatchObject({ code: 0, stdout: expect.stringContaining(TYPES) });
    expect(readFileSync(join(folder, TYPES))).toEqual(readFileSync(join(REPOSITORY, 'imports', TYPES)));
    expect(readFileSync(join(REPOSITORY, 'cdk8s.yaml'))).toEqual(configured);
  });
});

describe('PrometheusRule', () => {
  test('every field of the schema reaches the manifest under the name Prometheus knows', () => {
    // Required: a field added to the schema does not compile here until it is looked at.
    const alerting: Required<Omit<PrometheusRuleSpecGroupsRules, 'record'>> = {
      alert: 'CronfleetGroupFailed',
      expr: PrometheusRuleSpecGroupsRulesExpr.fromString('kube_job_status_failed{namespace="batch"} > 0'),
      for: '5m',
      keepFiringFor: '1h',
      labels: { severity: 'critical' },
      annotations: { summary: 'Group {{ $labels.job_name }} failed' },
    };
    const recording: PrometheusRuleSpecGroupsRules = {
      record: 'cronfleet:groups:expected',
      expr: PrometheusRuleSpecGroupsRulesExpr.fromNumber(11),
    };
    const group: Required<PrometheusRuleSpecGroups> = {
      name: 'catalog',
      interval: '30s',
      labels: { fleet: 'catalog' },
      limit: 1_000,
      partialResponseStrategy: 'warn',
      rules: [alerting, recording],
    };
    const chart = new Chart(Testing.app(), 'fleet');
    new PrometheusRule(chart, 'alerts', {
      metadata: { name: 'catalog-alerts', namespace: 'batch', labels: { 'cronfleet/fleet': 'catalog' } },
      spec: { groups: [group] },
    });

    expect(Testing.synth(chart)).toEqual([
      {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PrometheusRule',
        metadata: { name: 'catalog-alerts', namespace: 'batch', labels: { 'cronfleet/fleet': 'catalog' } },
        spec: {
          groups: [
            {
              name: 'catalog',
              interval: '30s',
              labels: { fleet: 'catalog' },
              limit: 1_000,
              partial_response_strategy: 'warn',
              rules: [
                {
                  alert: 'CronfleetGroupFailed',
                  expr: 'kube_job_status_failed{namespace="batch"} > 0',
                  for: '5m',
                  keep_firing_for: '1h',
                  labels: { severity: 'critical' },
                  annotations: { summary: 'Group {{ $labels.job_name }} failed' },
                },
                { record: 'cronfleet:groups:expected', expr: 11 },
              ],
            },
          ],
        },
      },
    ]);
  });
});

/** `npm run imports -- …`, without npm's own lines. */
function generate(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const script = join(REPOSITORY, 'imports/generate.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', script, ...args], {
    cwd: REPOSITORY,
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr };
}

/** An empty folder, gone after the test. */
function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cronfleet-types-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
