// Which failures of a pod count, and which end a run at once.

import type { k8s } from 'cdk8s-plus-27';

/** A drained or preempted node is no failure of the work. */
export const DISRUPTIONS_DO_NOT_COUNT: k8s.PodFailurePolicyRule = {
  action: 'Ignore',
  onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }],
};

/** Exit codes after which trying again is pointless. The schema of Kubernetes 1.27 wants `onPodConditions` beside them. */
export function pointlessToRetry(
  action: 'FailJob' | 'FailIndex',
  onExitCodes: k8s.PodFailurePolicyOnExitCodesRequirement,
): k8s.PodFailurePolicyRule {
  return { action, onExitCodes, onPodConditions: [] };
}
