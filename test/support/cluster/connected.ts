// A cluster as the code under test has it: connected to the double, in a time that passes at once.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, connect } from '../../../lib/cluster/cluster';
import type { Pace } from '../../../lib/cluster/retry';
import { aFolder } from '../builders';
import type { Cluster as Double } from './index';
import type { KubeconfigOptions } from './kubeconfig';

/** A pace whose pauses are over at once, and move the double's clock when there is one; `slept` are their milliseconds. */
export function aPace(double?: Double): Pace & { slept: number[] } {
  const slept: number[] = [];
  return {
    slept,
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted();
      slept.push(milliseconds);
      await new Promise((resolve) => setImmediate(resolve));
    },
    random: () => 0.5,
    now: () => double?.clock.now() ?? new Date('2026-03-01T00:00:00Z'),
  };
}

/** The path of a kubeconfig for the double. */
export function aKubeconfig(double: Double, options: KubeconfigOptions = {}): string {
  const path = join(aFolder(), 'config');
  writeFileSync(path, double.kubeconfig(options));
  return path;
}

export function connected(double: Double, pace = aPace(double), options: KubeconfigOptions = {}): Promise<Cluster> {
  return connect({ kubeconfig: aKubeconfig(double, options) }, pace);
}
