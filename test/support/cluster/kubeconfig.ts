// A kubeconfig for the cluster, as kubectl would read it.

import { stringify } from 'yaml';

export interface KubeconfigOptions {
  /** `admin` by default, who may do everything. */
  user?: string;
  /** Of the context; none by default. */
  namespace?: string;
  /** Name of the context, which is the current one; `test` by default. */
  context?: string;
  /** A file with the token, read again as it changes; by default the token stands in the kubeconfig. */
  tokenFile?: string;
}

export function kubeconfigText(server: string, token: string, options: KubeconfigOptions): string {
  const { user = 'admin', namespace, context = 'test', tokenFile } = options;
  return stringify({
    ...{ apiVersion: 'v1', kind: 'Config', preferences: {}, 'current-context': context },
    // Clients refuse plain HTTP unless they are told that it is meant.
    clusters: [{ name: 'double', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: user, user: tokenFile === undefined ? { token } : { tokenFile } }],
    contexts: [{ name: context, context: { cluster: 'double', user, ...(namespace ? { namespace } : {}) } }],
  });
}
