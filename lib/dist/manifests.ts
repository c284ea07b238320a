// The objects of a cdk8s app as files, and what must hold before any of them reaches dist.

import { ApiObject, type App } from 'cdk8s';
import { MANAGED_BY } from '../charts/labels';
import { UserError } from '../errors';
import { number } from '../text';
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
 * @param before files that are there; of those that stay as they are the text is theirs, so that it is in memory once
 * @throws UserError `manifest-invalid`: what the app's constructs say of themselves, no object at all, one without a name or our
 *   label, two of one name, or one too large; `secret-found`
 */
export function manifestsOf(app: App, before: readonly Manifest[] = []): Manifest[] {
  const known = new Map(before.map(({ path, text }) => [path, text]));
  const constructs = app.node.findAll();
  const problems = constructs.flatMap(({ node }) => node.validate().map((problem) => `${node.path}: ${problem}`));
  if (problems.length > 0) throw invalid(problems.join('; '));
  const objects = constructs.filter((construct) => ApiObject.isApiObject(construct));
  if (objects.length === 0) throw invalid('the app made no objects');
  const seen = new Set<string>();
  // One by one, not `chart.toJson()`: it first puts them in an order that nothing asks for here, and leaves out what depends on itself.
  return objects.map((apiObject) => {
    const folder = apiObject.chart.node.id;
    const object = apiObject.toJson() as KubernetesObject;
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
    const secret = findSecret(object);
    if (secret !== undefined) throw secretFound(`${folder}/${kind} ${name}`, secret);
    const text = toYaml(object);
    const bytes = Buffer.byteLength(text);
    if (bytes > MAX_MANIFEST_BYTES) {
      const what = `${identity} is ${number(bytes)} bytes; Kubernetes takes 1 MiB`;
      throw invalid(what, 'fewer groups or shorter values make it smaller');
    }
    const there = known.get(path);
    return { path, text: text === there ? there : text, object };
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

/** What a text in an object plainly holds, and the steps to it: ` spec`, `[job]`. */
interface FoundSecret {
  what: string;
  steps: readonly string[];
}

function findSecret(value: unknown): FoundSecret | undefined {
  if (typeof value === 'string') {
    const what = secretIn(value);
    return what === undefined ? undefined : { what, steps: [] };
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = findSecret(inner);
    if (found === undefined) continue;
    // Items of a list are known by their names, if they have any: `env[DATABASE_URL]`.
    const step = Array.isArray(value) ? `[${(inner as { name?: string } | null)?.name ?? key}]` : ` ${key}`;
    return { ...found, steps: [step, ...found.steps] };
  }
  return undefined;
}

/** dist is committed and synced: a secret in it would be in git for ever. */
function secretFound(object: string, { what, steps }: FoundSecret): UserError {
  return new UserError('secret-found', `${object}${steps.join('')}: holds what looks like ${what} (not shown)`, {
    hint: "refer to a Secret instead: env: { NAME: { secret: 'name', key: 'key' } }; nothing was written",
  });
}
