// Flux keeps the cluster like dist. It knows no sync windows: who pushes asks `cronfleet delivery --may-push` first.

import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { Kustomization } from '../../imports/kustomize.toolkit.fluxcd.io';
import { GitRepository } from '../../imports/source.toolkit.fluxcd.io';
import type { Flux } from '../config/schema';
import type { DeliveryPlan } from '../plan/delivery';
import { deliveryLabels } from './delivery-labels';

/** A GitRepository and a Kustomization over its folder of dist. */
export class FluxChart extends Chart {
  constructor(scope: Construct, plan: DeliveryPlan, { namespace, intervalMinutes, secret }: Flux) {
    super(scope, 'flux');
    const { name, repository, branch, path } = plan;
    const metadata = { name, namespace, labels: deliveryLabels(name) };
    new GitRepository(this, 'source', {
      metadata,
      spec: {
        // Much less than the half hour before a window in which nobody pushes, or a push would arrive when it is open.
        interval: '1m',
        url: repository,
        ref: { branch },
        ...(secret === undefined ? {} : { secretRef: { name: secret } }),
      },
    });
    new Kustomization(this, 'kustomization', {
      metadata,
      spec: {
        interval: `${intervalMinutes}m`,
        retryInterval: '2m',
        // For some thousand CronJobs.
        timeout: '5m',
        sourceRef: { kind: 'GitRepository', name },
        path: `./${path}`,
        prune: true,
        // Else every CronJob would go with the Kustomization, and every running Job with its CronJob.
        deletionPolicy: 'Orphan',
        // A CronJob is ready as soon as it is there; Jobs that run once would be waited for until they are done.
        wait: false,
      },
    });
  }
}
