import { ApiObject, App, Chart } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readFolder, writeFolder } from '../../lib/dist/folder';
import { largeManifests, manifestsOf } from '../../lib/dist/manifests';
import { aFolder, aPlan, manifestsFor, refusal } from '../support/builders';

const LABELS = { 'app.kubernetes.io/managed-by': 'cronfleet' };

interface Given {
  kind?: string;
  metadata?: { name?: string; namespace?: string; labels?: Record<string, string> };
  data?: unknown;
}

/** The manifests of an app with one chart, `catalog`, of ConfigMaps; what is given replaces their parts. */
function manifestsWith(...objects: Given[]) {
  const app = new App();
  const chart = new Chart(app, 'catalog');
  for (const [index, { metadata, ...object }] of objects.entries()) {
    const named = { name: `map-${index}`, namespace: 'batch', labels: LABELS, ...metadata };
    new ApiObject(chart, `object-${index}`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: named, ...object });
  }
  return manifestsOf(app);
}

describe('manifestsOf', () => {
  test('writes one file for each object, named by kind and name, in a folder of its chart', () => {
    expect(manifestsWith({}, { kind: 'Secret', metadata: { name: 'a.b-c' } }).map(({ path }) => path)).toEqual([
      'catalog/ConfigMap.map-0.k8s.yaml',
      'catalog/Secret.a.b-c.k8s.yaml',
    ]);
  });

  test('writes nothing that would be refused as foreign when it is read again', () => {
    const folder = aFolder();
    const manifests = manifestsFor(aPlan({ lock: { groups: 3 } }));
    writeFolder(folder, manifests);
    expect(readFolder(folder)).toEqual(manifests.map(({ path, text }) => ({ path, text })));
  });

  test('says of each file what its readers will find in it', () => {
    const odd = {
      no: 'no',
      octal: '0o17',
      empty: '',
      lines: 'a\n b\n',
      number: 1e21,
      nothing: null,
      unsaid: undefined,
    };
    const manifests = [...manifestsWith({ data: { odd, list: [odd, []] } }), ...manifestsFor(aPlan())];
    for (const { text, object } of manifests)
      expect(JSON.parse(JSON.stringify(object))).toEqual(parse(text, { version: '1.1' }));
  });

  test('refuses what a construct says is wrong with it', () => {
    const app = new App();
    const chart = new Chart(app, 'catalog');
    chart.node.addValidation({ validate: () => ['it has no groups'] });
    new ApiObject(chart, 'map', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map', labels: LABELS } });
    const { code, message } = refusal(() => manifestsOf(app));
    expect([code, message]).toEqual(['manifest-invalid', 'catalog: it has no groups']);
  });

  test('takes the same name for another kind or in another chart', () => {
    expect(manifestsWith({ metadata: { name: 'a' } }, { kind: 'Secret', metadata: { name: 'a' } })).toHaveLength(2);
  });

  test.each<{ what: string; objects: Given[]; told: string }>([
    { what: 'no object at all', objects: [], told: 'the app made no objects' },
    { what: 'an object without a name', objects: [{ metadata: { name: undefined } }], told: 'named undefined' },
    { what: 'a name that leads elsewhere', objects: [{ metadata: { name: '../../etc' } }], told: 'named "../../etc"' },
    { what: 'a name with a slash', objects: [{ metadata: { name: 'a/b' } }], told: 'named "a/b"' },
    { what: 'a name with a line break', objects: [{ metadata: { name: 'a\n' } }], told: 'named "a\\n"' },
    { what: 'a kind that leads elsewhere', objects: [{ kind: '../Job' }], told: 'of kind "../Job"' },
    {
      what: 'two objects of one name',
      objects: [{ metadata: { name: 'a' } }, { metadata: { name: 'a' } }],
      told: 'two objects are ConfigMap batch/a; one would overwrite the other in the cluster',
    },
    {
      what: 'two objects of one file',
      objects: [{ metadata: { name: 'a' } }, { metadata: { name: 'a', namespace: 'other' } }],
      told: 'two objects would be written to catalog/ConfigMap.a.k8s.yaml',
    },
    {
      what: 'an object without our label',
      objects: [{ metadata: { labels: {} } }],
      told: 'ConfigMap batch/map-0 is without the label app.kubernetes.io/managed-by: cronfleet',
    },
    {
      what: 'an object Kubernetes would not take for its size',
      objects: [{ data: { groups: 'x'.repeat(1024 * 1024) } }],
      told: 'bytes; Kubernetes takes 1 MiB',
    },
  ])('refuses $what', ({ objects, told }) => {
    const error = refusal(() => manifestsWith(...objects));
    expect(error.code).toBe('manifest-invalid');
    expect(error.message).toContain(told);
    expect(error.hint).toContain('nothing was written');
  });

  test('counts bytes, not characters', () => {
    expect(manifestsWith({ data: { groups: 'x'.repeat(600_000) } })).toHaveLength(1);
    expect(refusal(() => manifestsWith({ data: { groups: '한'.repeat(600_000) } })).code).toBe('manifest-invalid');
  });

  test('refuses two fleets whose objects meet in one namespace', () => {
    const app = new App();
    for (const folder of ['a', 'b']) {
      const metadata = { name: 'same', namespace: 'batch', labels: LABELS };
      new ApiObject(new Chart(app, folder), 'object', { apiVersion: 'v1', kind: 'ConfigMap', metadata });
    }
    expect(refusal(() => manifestsOf(app)).message).toContain('two objects are ConfigMap batch/same');
  });

  test('refuses a secret in an env value, says where, and does not show it', () => {
    const url = ['postgres://app:', 'hunter2@db:5432/shop'].join('');
    const error = refusal(() => manifestsFor(aPlan({ fleet: { job: { env: { DATABASE_URL: url } } } })));
    expect(error.code).toBe('secret-found');
    expect(error.message).toMatchInlineSnapshot(
      `"catalog/CronJob catalog-0001 spec jobTemplate spec template spec containers[job] env[DATABASE_URL] value: holds what looks like a URL with a password (not shown)"`,
    );
    expect(error.hint).toContain("env: { NAME: { secret: 'name', key: 'key' } }");
    expect(JSON.stringify(error) + error.message + error.hint + error.stack).not.toContain('hunter2');
  });

  test.each([
    ['args', { args: ['--token', ['ghp_', 'aB3dE5gH7jK9'.repeat(3)].join('')] }],
    ['command', { command: [['psql postgres://app:', 'hunter2@db'].join('')] }],
  ])('refuses a secret in %s', (_, job) => {
    expect(refusal(() => manifestsFor(aPlan({ fleet: { job } }))).code).toBe('secret-found');
  });
});

test('a manifest that a plain kubectl apply could not note is warned about, a smaller one is not', () => {
  const ofSize = (bytes: number) => manifestsWith({ kind: 'ConfigMap', data: { text: 'x'.repeat(bytes) } });
  expect(largeManifests(ofSize(200_000))).toEqual([]);
  expect(largeManifests(ofSize(262_144))).toEqual([
    "catalog/ConfigMap.map-0.k8s.yaml is too large for a plain `kubectl apply`: use --server-side, as Flux does, or Argo CD's ServerSideApply=true",
  ]);
});
