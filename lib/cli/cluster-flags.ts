// Which cluster a command speaks to, as kubectl is told.

import type { Command } from 'commander';
import { type AccessOptions, loadClient } from '../cluster/access';

export interface ClusterFlags {
  kubeconfig?: string;
  context?: string;
}

/** Commands that speak to a cluster whatever their flags are. */
export const CLUSTER_COMMANDS: ReadonlySet<string> = new Set([
  'apply',
  'controller',
  'logs',
  'rerun',
  'status',
  'wait',
]);

/** Loads what such a command needs anyway: once tsx is registered, which looks at each file, it would take twice the time (docs/performance.md). */
export async function loadAhead([command = '', ...args]: readonly string[]): Promise<void> {
  if (CLUSTER_COMMANDS.has(command) && !args.some((arg) => arg === '--help' || arg === '-h')) await loadClient();
}

export function addClusterFlags(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'kubeconfig (default: KUBECONFIG, else ~/.kube/config, else the pod’s account)')
    .option('--context <name>', 'context of the kubeconfig (default: its current one)');
}

export function accessOptions({ kubeconfig, context }: ClusterFlags): AccessOptions {
  return { kubeconfig, context };
}
