// Which cluster a command speaks to, as kubectl is told.

import type { Command } from 'commander';
import type { AccessOptions } from '../cluster/access';

export interface ClusterFlags {
  kubeconfig?: string;
  context?: string;
}

export function addClusterFlags(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'kubeconfig (default: KUBECONFIG, else ~/.kube/config, else the pod’s account)')
    .option('--context <name>', 'context of the kubeconfig (default: its current one)');
}

export function accessOptions({ kubeconfig, context }: ClusterFlags): AccessOptions {
  return { kubeconfig, context };
}
