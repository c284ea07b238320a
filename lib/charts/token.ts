// The token of a pod's account as the kubelet would mount it, but in one container only: no other container of the pod has it.

import type { k8s } from 'cdk8s-plus-27';
import type { Plain } from './plain';

/** Where every Kubernetes client looks for its credentials. */
const TOKEN_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Of the one container. It needs {@link tokenVolume}. */
export const TOKEN_MOUNT: k8s.VolumeMount = { name: 'token', mountPath: TOKEN_FOLDER, readOnly: true };

export function tokenVolume(): Plain<k8s.Volume> {
  return {
    name: TOKEN_MOUNT.name,
    projected: {
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
      ],
    },
  };
}
