// Which cluster, as whom: a kubeconfig's context as kubectl would choose it, or the account of the pod this runs in. Read by the
// official client, which knows every way to log in; it is loaded here alone, since it is large.

import { existsSync } from 'node:fs';
import type { KubeConfig } from '@kubernetes/client-node';
import { nearest } from '../config/did-you-mean';
import { UserError } from '../errors';

export interface AccessOptions {
  /** A kubeconfig file. @default what KUBECONFIG names, else ~/.kube/config, else the pod's account */
  kubeconfig?: string | undefined;
  /** @default the kubeconfig's current one */
  context?: string | undefined;
}

/** A way into one cluster. */
export interface Access {
  config: KubeConfig;
  /** For people: which of the kubeconfig's contexts. */
  context: string;
  /** The API server's URL, without a slash at its end. */
  server: string;
  /** The context's. */
  namespace: string | undefined;
}

/** The official client. */
export const loadClient = () => import('@kubernetes/client-node');

/** Where the client would go when it finds nothing at all. */
const NOWHERE = 'http://localhost:8080';

/** @throws UserError `cluster-config`: no kubeconfig, one that cannot be read, or no such context */
export async function accessTo({ kubeconfig, context }: AccessOptions): Promise<Access> {
  const { KubeConfig } = await loadClient();
  const config = new KubeConfig();
  const file = kubeconfig ?? process.env.KUBECONFIG ?? '~/.kube/config';
  if (kubeconfig !== undefined && !existsSync(kubeconfig)) throw unusable(`${kubeconfig} is not there`);
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (error) {
    throw unusable(`${file} cannot be read: ${(error as Error).message.split('\n')[0]}`, error);
  }
  const names = config.getContexts().map(({ name }) => name);
  if (context !== undefined) {
    if (!names.includes(context)) throw noContext(file, context, names);
    config.setCurrentContext(context);
  }
  const cluster = config.getCurrentCluster();
  if (!cluster && names.length > 0) throw noContext(file, config.getCurrentContext(), names);
  if (!cluster?.server || cluster.server === NOWHERE) throw unusable('there is no kubeconfig, and this runs in no pod');
  return {
    config,
    context: config.getCurrentContext(),
    server: cluster.server.replace(/\/+$/, ''),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace,
  };
}

function unusable(what: string, cause?: unknown): UserError {
  return new UserError('cluster-config', what, {
    hint: 'name one with --kubeconfig or KUBECONFIG; `kubectl config view` shows what kubectl would use',
    cause,
  });
}

function noContext(file: string, context: string, names: readonly string[]): UserError {
  const near = nearest(context, names);
  return new UserError('cluster-config', `${file} has no context ${JSON.stringify(context || '')}`, {
    hint: `${near === undefined ? '' : `did you mean ${near}? `}it has ${names.join(', ')}; choose with --context`,
  });
}
