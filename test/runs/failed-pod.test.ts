import { describe, expect, test } from 'vitest';
import { tellingContainer, tellingPod } from '../../lib/runs/failed-pod';
import { troubleOf } from '../../lib/runs/pod-trouble';
import type { RawPod } from '../../lib/runs/raw';
import type { Run } from '../../lib/runs/run';

const RUN = { uid: 'the-job', state: 'failed', indexes: undefined } as Run;
const INDEX = 'batch.kubernetes.io/job-completion-index';

function aPod(name: string, phase: string, startTime: string, keys: { index?: string; owner?: string } = {}): RawPod {
  const { index, owner = 'the-job' } = keys;
  return {
    metadata: {
      name,
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'job', uid: owner }],
      ...(index === undefined ? {} : { annotations: { [INDEX]: index } }),
    },
    status: { phase, startTime },
  };
}

const exit = (name: string, exitCode: number, reason = exitCode === 0 ? 'Completed' : 'Error') => ({
  ...{ name, image: '', imageID: '', ready: false, restartCount: 0 },
  state: { terminated: { exitCode, reason } },
});
const ofStatuses = (init: object[], main: object[]) =>
  tellingContainer({
    status: { initContainerStatuses: init, containerStatuses: main } as RawPod['status'],
  } as RawPod);

describe('the pod that tells why a run has failed', () => {
  const pods = [
    aPod('second', 'Failed', '2026-03-01T00:02:00Z'),
    aPod('first', 'Failed', '2026-03-01T00:01:00Z'),
    aPod('drained', 'Succeeded', '2026-03-01T00:03:00Z'),
    aPod('another', 'Failed', '2026-03-01T00:04:00Z', { owner: 'another-job' }),
  ];

  test('is the last of its own that failed', () => {
    expect(tellingPod(pods, RUN, undefined)?.metadata?.name).toBe('second');
    expect(tellingPod(pods.slice(3), RUN, undefined)).toBeUndefined();
  });

  test('is the last one of a run that has not failed', () => {
    expect(tellingPod(pods, { ...RUN, state: 'completed' }, undefined)?.metadata?.name).toBe('drained');
  });

  test('is one of the group’s index', () => {
    const indexed = { ...RUN, indexes: { count: 2, completed: new Set<number>(), failed: new Set([1]) } };
    const two = ['0', '1'].map((index) => aPod(`of-${index}`, 'Failed', '2026-03-01T00:01:00Z', { index }));
    expect(tellingPod(two, indexed, 0)?.metadata?.name).toBe('of-0');
    expect(tellingPod(two, indexed, 1)?.metadata?.name).toBe('of-1');
    // Before Kubernetes 1.28 there is no such label.
    expect(troubleOf(two[1] as RawPod)?.index).toBe(1);
  });
});

describe('the container that tells', () => {
  const waiting = (name: string, reason: string) => ({
    ...exit(name, 0),
    state: { waiting: { reason, message: 'why' } },
  });

  test('is the step that failed, and not those that wait for it', () => {
    const steps = ofStatuses([exit('job', 0), exit('upload', 3)], [waiting('notify', 'PodInitializing')]);
    expect(steps).toEqual({ container: 'upload', how: 'exit 3 (Error)', hasLog: true, message: undefined });
  });

  test('is one that cannot start, and has no log', () => {
    expect(ofStatuses([], [waiting('job', 'ImagePullBackOff')])).toEqual({
      container: 'job',
      how: 'ImagePullBackOff',
      hasLog: false,
      message: 'why',
    });
  });

  test('is the last one where all ended well', () => {
    expect(ofStatuses([exit('job', 0)], [exit('notify', 0)])).toMatchObject({
      container: 'notify',
      how: 'exit 0 (Completed)',
    });
  });

  describe('beside a proxy that a mesh has put there', () => {
    const step = (name: string) => ({ name, env: [{ name: 'FLEET', value: 'catalog' }] });
    const spec = {
      initContainers: [{ name: 'istio-init' }, { name: 'istio-proxy', restartPolicy: 'Always' }, step('job')],
      containers: [{ name: 'envoy' }, step('notify')],
    };
    const running = (name: string) => ({ ...exit(name, 0), state: { running: { startedAt: '' } } });
    const told = (init: object[], main: object[]) => {
      const pod = { spec, status: { initContainerStatuses: init, containerStatuses: main } } as unknown as RawPod;
      return { telling: tellingContainer(pod)?.container, trouble: troubleOf(pod)?.container };
    };

    test('is the job that failed, though the proxy ended badly too', () => {
      const killed = [exit('istio-proxy', 143), exit('job', 3)];
      expect(told(killed, [exit('envoy', 143), waiting('notify', 'PodInitializing')])).toEqual({
        telling: 'job',
        trouble: 'job',
      });
      expect(told([exit('istio-proxy', 143), exit('job', 0)], [exit('envoy', 143), exit('notify', 4)])).toEqual({
        telling: 'notify',
        trouble: 'notify',
      });
    });

    test('is the job that runs', () => {
      expect(told([running('istio-proxy'), running('job')], [])).toEqual({ telling: 'job', trouble: undefined });
    });

    test('is the proxy where it keeps the job from beginning, or all of ours ended well', () => {
      const stuck = told([waiting('istio-proxy', 'ImagePullBackOff'), waiting('job', 'PodInitializing')], []);
      expect(stuck).toEqual({ telling: 'istio-proxy', trouble: 'istio-proxy' });
      const ended = told([exit('istio-proxy', 1), exit('job', 0)], [exit('notify', 0)]);
      expect(ended).toEqual({ telling: 'istio-proxy', trouble: 'istio-proxy' });
    });
  });

  test('is the first to come of a pod that nothing has been said of', () => {
    const spec = { initContainers: [{ name: 'job' }], containers: [{ name: 'notify' }] };
    expect(tellingContainer({ spec } as RawPod)).toMatchObject({ container: 'job', how: 'not started', hasLog: false });
  });
});
