// The alerts as the Prometheus Operator reads them.

import type { Construct } from 'constructs';
import { PrometheusRuleSpecGroupsRulesExpr as Expr, PrometheusRule } from '../../imports/monitoring.coreos.com';
import { alertRules } from '../plan/alert-rules';
import type { FleetPlan } from '../plan/plan';
import { fleetLabels } from './labels';

/** Adds PrometheusRule `<fleet>-alerts`, with the labels by which the team's Prometheus picks its rules. */
export function addPrometheusRule(chart: Construct, plan: FleetPlan): PrometheusRule | undefined {
  const group = alertRules(plan);
  if (!group) return undefined;
  const rules = group.rules.map(({ expr, ...rule }) => ({ ...rule, expr: Expr.fromString(expr) }));
  return new PrometheusRule(chart, '_alerts', {
    metadata: {
      name: `${plan.name}-alerts`,
      namespace: plan.namespace,
      labels: { ...fleetLabels(plan), ...plan.alerts?.prometheus?.labels },
    },
    spec: { groups: [{ name: group.name, rules }] },
  });
}
