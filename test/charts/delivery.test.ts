import { App } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ArgoCdChart } from '../../lib/charts/delivery-argo-cd';
import { FluxChart } from '../../lib/charts/delivery-flux';
import type { Config } from '../../lib/config/schema';
import { manifestsOf } from '../../lib/dist/manifests';
import { type DeliveryPlan, planDelivery } from '../../lib/plan/delivery';
import { aFleet } from '../support/builders';
import { expectValidManifest, manifestProblems } from '../support/strict-schema';

const REPOSITORY = 'https://git.example.com/shop/fleet.git';
const ARGO_CD = { namespace: 'argocd', server: 'https://kubernetes.default.svc' };
const FLUX = { namespace: 'flux-system', intervalMinutes: 10 };

function aDelivery(fleets: Config['fleets'] = { catalog: aFleet() }): DeliveryPlan {
  const delivery = { name: 'shop', repository: REPOSITORY, branch: 'main', folder: 'delivery', path: 'dist' };
  return planDelivery(delivery, fleets);
}

/** By kind, as they stand in the files; each is valid. */
function objectsOf(add: (app: App) => unknown): Record<string, { metadata: object; spec: object }> {
  const app = new App();
  add(app);
  return Object.fromEntries(
    manifestsOf(app).map(({ text }) => {
      const object = parse(text);
      expectValidManifest(object);
      return [object.kind, object];
    }),
  );
}
const argoCd = (plan = aDelivery(), keys = ARGO_CD) => objectsOf((app) => new ArgoCdChart(app, plan, keys));
const flux = (keys: typeof FLUX & { secret?: string } = FLUX) =>
  objectsOf((app) => new FluxChart(app, aDelivery(), keys));

describe('Argo CD', () => {
  test('syncs dist on its own, prunes last, never everything, and only what differs', () => {
    expect(argoCd().Application).toEqual({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: {
        name: 'shop',
        namespace: 'argocd',
        labels: {
          'app.kubernetes.io/name': 'shop',
          'app.kubernetes.io/managed-by': 'cronfleet',
          'cronfleet/delivery': 'shop',
        },
      },
      spec: {
        project: 'shop',
        source: { repoURL: REPOSITORY, targetRevision: 'main', path: 'dist', directory: { recurse: true } },
        destination: { server: ARGO_CD.server, namespace: 'batch' },
        syncPolicy: {
          automated: { prune: true, selfHeal: true, allowEmpty: false },
          syncOptions: ['PruneLast=true', 'ServerSideApply=true', 'ApplyOutOfSyncOnly=true'],
        },
      },
    });
  });

  test('may sync one repository into the fleets’ namespaces, and not while the window is open', () => {
    expect(argoCd().AppProject?.spec).toEqual({
      description: 'CronJobs of cronfleet; nothing is synced while a window is open',
      sourceRepos: [REPOSITORY],
      destinations: [{ server: ARGO_CD.server, namespace: 'batch' }],
      namespaceResourceWhitelist: [
        { group: '', kind: 'ConfigMap' },
        { group: '', kind: 'Pod' },
        { group: 'batch', kind: 'CronJob' },
        { group: 'batch', kind: 'Job' },
      ],
      syncWindows: [
        {
          kind: 'deny',
          schedule: '0 0 * * *',
          duration: '5h',
          timeZone: 'Asia/Seoul',
          applications: ['shop'],
          manualSync: false,
        },
      ],
    });
  });

  test('denies in every window, to the minute', () => {
    const plan = aDelivery({
      a: aFleet({ window: { opens: '22:30', closes: '05:15', days: 'MON-FRI' } }),
      b: aFleet({ namespace: 'shop', window: { opens: '04:00', closes: '04:45', timeZone: 'Etc/UTC' } }),
      c: aFleet({ once: true }),
    });
    expect(argoCd(plan).AppProject?.spec).toMatchObject({
      destinations: [{ namespace: 'batch' }, { namespace: 'shop' }],
      syncWindows: [
        { schedule: '30 22 * * MON-FRI', duration: '6h45m', timeZone: 'Asia/Seoul' },
        { schedule: '0 4 * * *', duration: '45m', timeZone: 'Etc/UTC' },
      ],
    });
  });

  test('has no sync windows where no fleet has a window', () => {
    expect(argoCd(aDelivery({ a: aFleet({ once: true }) })).AppProject?.spec).not.toHaveProperty('syncWindows');
  });

  test('may make objects of the whole cluster only where a brake needs them', () => {
    expect(argoCd().AppProject?.spec).not.toHaveProperty('clusterResourceWhitelist');
    const braked = aDelivery({ a: aFleet({ brakes: { admissionPolicy: true } }) });
    expect(argoCd(braked).AppProject?.spec).toMatchObject({
      clusterResourceWhitelist: ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'].map((kind) => ({
        group: 'admissionregistration.k8s.io',
        kind,
      })),
    });
  });

  test('may run elsewhere than in the cluster it syncs', () => {
    const { Application, AppProject } = argoCd(aDelivery(), { namespace: 'ops', server: 'https://10.0.0.1:6443' });
    expect(Application).toMatchObject({
      metadata: { namespace: 'ops' },
      spec: { destination: { server: 'https://10.0.0.1:6443' } },
    });
    expect(AppProject).toMatchObject({
      metadata: { namespace: 'ops' },
      spec: { destinations: [{ server: 'https://10.0.0.1:6443' }] },
    });
  });
});

describe('Flux', () => {
  test('looks every minute, applies dist, prunes, and leaves all where it is when it goes itself', () => {
    const { GitRepository, Kustomization } = flux();
    expect(GitRepository?.spec).toEqual({ interval: '1m', url: REPOSITORY, ref: { branch: 'main' } });
    expect(Kustomization).toMatchObject({ metadata: { name: 'shop', namespace: 'flux-system' } });
    expect(Kustomization?.spec).toEqual({
      interval: '10m',
      retryInterval: '2m',
      timeout: '5m',
      sourceRef: { kind: 'GitRepository', name: 'shop' },
      path: './dist',
      prune: true,
      deletionPolicy: 'Orphan',
      wait: false,
    });
  });

  test('opens a private repository by a Secret', () => {
    expect(flux({ ...FLUX, secret: 'git' }).GitRepository?.spec).toMatchObject({ secretRef: { name: 'git' } });
  });
});

test('the schemas know nothing but what is written', () => {
  const { Application } = argoCd();
  expect(manifestProblems({ ...Application, spec: { ...Application?.spec, sources: [] } })).toEqual([
    'Application.spec.sources: unknown field',
  ]);
  expect(manifestProblems({ ...Application, kind: 'ApplicationSet' })).toEqual([
    'no schema is known for argoproj.io/v1alpha1 ApplicationSet',
  ]);
});
