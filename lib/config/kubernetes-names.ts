// Names as Kubernetes accepts them. A bad one would be refused on apply, or only when the pod is made, at midnight.
// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/

import { text, textWithout } from './shapes';

const LABEL = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const DNS_NAME = `${LABEL}(\\.${LABEL})*`;
const QUALIFIED = '[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?';

/** A CronJob's name may have 52 characters, since the controller appends 11 to name its Jobs; ours end in `-0001`. */
export const MAX_FLEET_NAME = 47;

export const fleetName = textWithout(
  `at most ${MAX_FLEET_NAME} lower-case letters, digits and "-", the first a letter, the last no "-"`,
  (name) => {
    if (name.length > MAX_FLEET_NAME)
      return `it has ${name.length} characters, and with \`-0001\` behind it a CronJob's name may have 52`;
    if (/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name)) return undefined;
    const near = /^[\w .-]+$/.test(name) ? name.toLowerCase().replace(/[_ .-]+/g, '-') : '';
    const whole = near.replace(/^[^a-z]+|-$/g, '');
    return `${whole ? `write "${whole}"` : 'such as "catalog"'}: the CronJobs' names begin with it`;
  },
);

export const namespace = text(
  'a namespace: at most 63 lower-case letters, digits and "-", no "-" at either end',
  new RegExp(`^${LABEL}$`),
);

/** Name of another object in the fleet's namespace. */
export function nameOf(kind: string) {
  return text(
    `the name of a ${kind}: at most 253 lower-case letters, digits, "-" and ".", a letter or digit at both ends`,
    new RegExp(`^(?=.{1,253}$)${DNS_NAME}$`),
  );
}

/** Key within a ConfigMap or Secret. */
export const dataKey = text('a key of letters, digits, "-", "_" and "."', /^(?!\.\.|\.$)[-._a-zA-Z0-9]{1,253}$/);

export const envName = text(
  'the name of a variable, such as LOG_LEVEL: letters, digits, "_", "-" and ".", the first no digit',
  /^(?!\.\.|\.$)[-._a-zA-Z][-._a-zA-Z0-9]*$/,
).refine(
  (name) => !/^(FLEET|FLEET_RUN|GROUP_.*)$/.test(name),
  'a name that is not reserved\nFLEET, FLEET_RUN and GROUP_… are set by cronfleet; choose another',
);

/** Field of a Pod that a variable can have. https://kubernetes.io/docs/concepts/workloads/pods/downward-api/ */
export const podField = text(
  "a field of the pod\none of metadata.name, metadata.namespace, metadata.uid, metadata.labels['…'], metadata.annotations['…'], spec.nodeName, spec.serviceAccountName, status.podIP, status.podIPs, status.hostIP",
  /^(metadata\.(name|namespace|uid|(labels|annotations)\['[^']+'\])|spec\.(nodeName|serviceAccountName)|status\.(podIPs?|hostIP))$/,
);

export const metadataKey = text(
  '`name` or `prefix/name`: at most 63 letters, digits, "-", "_" and "." for the name, a DNS name for the prefix',
  new RegExp(`^((?=[^/]{1,253}/)${DNS_NAME}/)?${QUALIFIED}$`),
)
  .refine(
    (key) => !/^(cronfleet\/|app\.kubernetes\.io\/(managed-by|instance)$)/.test(key),
    'a key that is not taken\ncronfleet/…, app.kubernetes.io/managed-by and app.kubernetes.io/instance (Argo CD’s) are; choose another',
  )
  // With one of these in a Job's template the controller does not add its own, and the API server refuses the Job.
  .refine(
    (key) => !/^(batch\.kubernetes\.io\/)?(job-name|controller-uid)$/.test(key),
    'a key that is not taken\nthe Job controller sets this one itself; leave it out',
  );

export const labelValue = text(
  'a text of at most 63 letters, digits, "-", "_" and ".", a letter or digit at both ends',
  new RegExp(`^(${QUALIFIED})?$`),
);

const PATH = '[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*';
const REGISTRY = '(localhost|[A-Za-z0-9][-.A-Za-z0-9]*|\\[[0-9a-fA-F:]+\\])(:\\d+)?';
const TAG = '\\w[-.\\w]{0,127}';
const DIGEST = '[a-z0-9]+([+._-][a-z0-9]+)*:[0-9a-fA-F]{32,}';

/** Only the kubelet would find out. https://github.com/distribution/reference */
export const imageReference = text(
  'an image such as "ghcr.io/acme/worker:1.4.2"\nregistry, lower-case name, then :tag or @sha256:digest; no scheme, no spaces',
  new RegExp(`^(${REGISTRY}/)?${PATH}(/${PATH})*(:${TAG})?(@${DIGEST})?$`),
);

/** What a container can ask for. */
export const resourceName = text(
  'the name of a resource: cpu, memory, ephemeral-storage, hugepages-… or one with a prefix such as nvidia.com/gpu',
  new RegExp(`^(cpu|memory|ephemeral-storage|hugepages-\\S+|${DNS_NAME}/${QUALIFIED})$`),
);
