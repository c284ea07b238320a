// The objects of a cdk8s app as files, and what must hold before any of them reaches dist.

import { type App, Chart } from 'cdk8s';
import { MANAGED_BY } from '../charts/labels';
import { UserError } from '../errors';
import { secretIn } from './secrets';
import { toYaml } from './yaml';

/** One file of dist. */
export interface Manifest {
  /** Relative to dist: `catalog/CronJob.catalog-0001.k8s.yaml`. */
  path: string;
  text: string;
  /** What the text says, where the text was made of it and not read: reading a thousand again takes longer than sending them. */
  object?: unknown;
}

interface KubernetesObject {
  kind?: string;
  metadata?: { name?: string; namespace?: string; labels?: Record<string, string> };
}

/** Names under which files are written, and so what may be found in a folder that is ours. */
export const MANIFEST_ENDING = '.k8s.yaml';
/** etcd takes no request above 1.5 MiB, the API server no ConfigMap above 1 MiB. */
const MAX_MANIFEST_BYTES = 1024 * 1024;

/**
 * One file for each object, a folder for each chart.
 * @throws UserError `manifest-invalid`: no object at all, one without a name or our label, two of one name, or one too large;
 *   `secret-found`
 */
export function manifestsOf(app: App): Manifest[] {
  const charts = app.node.findAll().filter((node) => Chart.isChart(node));
  const manifests = charts.flatMap((chart) =>
    (chart.toJson() as KubernetesObject[]).map((object) => ({ object, folder: chart.node.id })),
  );
  if (manifests.length === 0) throw invalid('the app made no objects');
  const seen = new Set<string>();
  return manifests.map(({ object, folder }) => {
    const { kind, metadata: { name, namespace = '', labels } = {} } = object;
    // Kind and name become a file's name.
    if (!kind || !/^[A-Za-z0-9]+$/.test(kind) || !name || !/^[a-z0-9]([-a-z0-9.:]*[a-z0-9])?$/.test(name)) {
      const what = `an object of kind ${JSON.stringify(kind)} named ${JSON.stringify(name)}`;
      throw invalid(`${folder}: ${what}`, 'give it a kind and a DNS name');
    }
    const identity = `${kind} ${namespace}/${name}`;
    const path = `${folder}/${kind}.${name}${MANIFEST_ENDING}`;
    if (seen.has(identity)) {
      const what = `two objects are ${identity}; one would overwrite the other in the cluster`;
      throw invalid(what, 'rename a fleet or use another namespace');
    }
    if (seen.has(path)) throw invalid(`two objects would be written to ${path}`, 'give one of them another name');
    seen.add(identity).add(path);
    if (Object.entries(MANAGED_BY).some(([label, value]) => labels?.[label] !== value)) {
      const what = `${identity} is without the label app.kubernetes.io/managed-by: cronfleet`;
      throw invalid(what, 'dist is known as ours by it, and the next synth would refuse the folder: keep the labels');
    }
    refuseSecrets(object, `${folder}/${kind} ${name}`);
    const text = toYaml(object);
    const bytes = Buffer.byteLength(text);
    if (bytes > MAX_MANIFEST_BYTES) {
      const what = `${identity} is ${bytes.toLocaleString('en')} bytes; Kubernetes takes 1 MiB`;
      throw invalid(what, 'fewer groups or shorter values make it smaller');
    }
    return { path, text, object };
  });
}

/** `kubectl apply` notes what it applied in an annotation, and all annotations of an object may have 256 KiB. */
const MAX_NOTED_BYTES = 256 * 1024;
/** The note is JSON, of about the YAML's size; a little below the limit, better warned than refused at apply. */
const NEAR = 0.95;

/** A warning for each manifest that `kubectl apply` takes with `--server-side` only. */
export function largeManifests(manifests: readonly Manifest[]): string[] {
  return manifests
    .filter(({ text }) => Buffer.byteLength(text) > MAX_NOTED_BYTES * NEAR)
    .map(
      ({ path }) =>
        `${path} is too large for a plain \`kubectl apply\`: use --server-side, as Flux does, or Argo CD's ServerSideApply=true`,
    );
}

function invalid(what: string, hint?: string): UserError {
  const nothing = 'nothing was written';
  return new UserError('manifest-invalid', what, { hint: hint ? `${hint}; ${nothing}` : nothing });
}

/** dist is committed and synced: a secret in it would be in git for ever. */
function refuseSecrets(value: unknown, place: string): void {
  if (typeof value === 'string') {
    const found = secretIn(value);
    if (!found) return;
    throw new UserError('secret-found', `${place}: holds what looks like ${found} (not shown)`, {
      hint: "refer to a Secret instead: env: { NAME: { secret: 'name', key: 'key' } }; nothing was written",
    });
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    // Items of a list are known by their names, if they have any: `env[DATABASE_URL]`.
    const step = Array.isArray(value) ? `[${(inner as { name?: string } | null)?.name ?? key}]` : ` ${key}`;
    refuseSecrets(inner, `${place}${step}`);
  }
}
