// Argo CD keeps the cluster like dist, except while a window is open.

import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { Application, AppProject } from '../../imports/argoproj.io';
import type { ArgoCd } from '../config/schema';
import type { DeliveryPlan } from '../plan/delivery';
import { deliveryLabels } from './delivery-labels';

/**
 * An AppProject that permits no more than the fleets need, and an Application in it. The Application has no finalizer: when it is
 * deleted, the CronJobs stay.
 */
export class ArgoCdChart extends Chart {
  constructor(scope: Construct, plan: DeliveryPlan, { namespace, server }: ArgoCd) {
    super(scope, 'argo-cd');
    const { name, repository, namespaces, clusterKinds } = plan;
    const metadata = { name, namespace, labels: deliveryLabels(name) };
    new AppProject(this, 'project', {
      metadata,
      spec: {
        description: 'CronJobs of cronfleet; nothing is synced while a window is open',
        sourceRepos: [repository],
        destinations: namespaces.map((each) => ({ server, namespace: each })),
        ...(clusterKinds.length > 0 ? { clusterResourceWhitelist: clusterKinds } : {}),
        namespaceResourceWhitelist: plan.kinds,
        ...(plan.quiet.length > 0 ? { syncWindows: plan.quiet.map((quiet) => syncWindow(quiet, name)) } : {}),
      },
    });
    new Application(this, 'application', {
      metadata,
      spec: {
        project: name,
        source: { repoUrl: repository, targetRevision: plan.branch, path: plan.path, directory: { recurse: true } },
        // Objects name their own; Argo CD refuses an Application whose namespace the project does not permit.
        destination: { server, namespace: namespaces[0] as string },
        syncPolicy: {
          // selfHeal: a CronJob deleted by hand is rows that nobody works on. A pause set by hand is no field of dist, and stays.
          automated: { prune: true, selfHeal: true, allowEmpty: false },
          syncOptions: ['PruneLast=true', 'ServerSideApply=true', 'ApplyOutOfSyncOnly=true'],
        },
      },
    });
  }
}

function syncWindow({ schedule, minutes, timeZone }: DeliveryPlan['quiet'][number], application: string) {
  return {
    kind: 'deny',
    schedule,
    duration: goDuration(minutes),
    timeZone,
    applications: [application],
    manualSync: false,
  };
}

/** `5h`, `90m` as `1h30m`. https://pkg.go.dev/time#ParseDuration */
function goDuration(minutes: number): string {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return `${hours > 0 ? `${hours}h` : ''}${rest > 0 ? `${rest}m` : ''}`;
}
