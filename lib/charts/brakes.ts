// What keeps the CronJobs of living groups from being deleted: a word to the GitOps tools, and a policy of the API server.

import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { FleetPlan } from '../plan/plan';
import { fleetLabels } from './labels';

/** On a CronJob, permits its deletion. */
const APPROVED = 'cronfleet/retire-approved';
/** A list with commas; the team may have options of its own. https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/ */
const ARGO_CD_OPTIONS = 'argocd.argoproj.io/sync-options';
/** https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources */
const FLUX_PRUNE = 'kustomize.toolkit.fluxcd.io/prune';
/** It empties a namespace that is deleted; without credentials of its own it is the controller manager. */
const NAMESPACE_CONTROLLERS = [
  'system:serviceaccount:kube-system:namespace-controller',
  'system:kube-controller-manager',
];

/** Annotations of a CronJob of groups. One that is leaving is let go: whoever reviewed that has agreed to its removal. */
export function brakeAnnotations({ brakes = {}, annotations }: FleetPlan, isLeaving: boolean): Record<string, string> {
  const made: Record<string, string> = {};
  if (isLeaving) {
    if (brakes.admissionPolicy) made[APPROVED] = 'true';
    return made;
  }
  if (brakes.argoCd) made[ARGO_CD_OPTIONS] = [annotations[ARGO_CD_OPTIONS], 'Prune=confirm'].filter(Boolean).join(',');
  if (brakes.flux) made[FLUX_PRUNE] = 'disabled';
  return made;
}

/**
 * Adds a ValidatingAdmissionPolicy and its binding, both of the whole cluster and named `cronfleet-<namespace>.<fleet>`, which no other fleet's can be: whoever
 * deletes one of the fleet's CronJobs is refused unless it is annotated with `cronfleet/retire-approved`. Deleting the namespace
 * works. https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export function addAdmissionPolicy(chart: Construct, plan: FleetPlan): void {
  const metadata = { name: `cronfleet-${plan.namespace}.${plan.name}`, labels: fleetLabels(plan) };
  const group = 'admissionregistration.k8s.io/v1';
  new ApiObject(chart, '_admission-policy', {
    apiVersion: group,
    kind: 'ValidatingAdmissionPolicy',
    metadata,
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': plan.namespace } },
        // Of groups, and of a folded fleet.
        objectSelector: {
          matchLabels: { 'cronfleet/fleet': plan.name, 'cronfleet/lineage': plan.lineage },
          matchExpressions: [{ key: 'cronfleet/role', operator: 'DoesNotExist' }],
        },
        resourceRules: [{ apiGroups: ['batch'], apiVersions: ['v1'], resources: ['cronjobs'], operations: ['DELETE'] }],
      },
      matchConditions: [
        {
          name: 'not-while-the-namespace-is-deleted',
          expression: `!(request.userInfo.username in ${JSON.stringify(NAMESPACE_CONTROLLERS)})`,
        },
      ],
      validations: [
        {
          expression: `has(oldObject.metadata.annotations) && '${APPROVED}' in oldObject.metadata.annotations`,
          messageExpression: `'CronJob ' + oldObject.metadata.name + ' works on rows of fleet ${plan.name}. If it is to go: kubectl annotate cronjob ' + oldObject.metadata.name + ' -n ${plan.namespace} ${APPROVED}=true'`,
          reason: 'Forbidden',
        },
      ],
    },
  });
  new ApiObject(chart, '_admission-policy-binding', {
    apiVersion: group,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata,
    spec: { policyName: metadata.name, validationActions: ['Deny'] },
  });
}
