import { expect, test } from 'vitest';
import type { Manifest } from '../../lib/dist/manifests';
import { withPreviousParameters } from '../../lib/dist/previous-parameters';
import { aManifest, aPlan, manifestsFor } from '../support/builders';

const files = (groups: number, fold = true): Manifest[] =>
  manifestsFor(
    aPlan({
      fleet: { ...(fold ? { fold: true as const } : {}), job: { command: ['work'] } },
      lock: { groups, ...(fold ? { shape: 'folded' } : {}) },
    }),
  );
const parametersIn = (manifests: readonly Manifest[]) =>
  manifests.map(({ path }) => path).filter((path) => path.includes('-parameters-'));
const [one, two, three] = [1, 2, 3].map((groups) => files(groups)) as [Manifest[], Manifest[], Manifest[]];

test('the parameters of the generation before stay, as they were', () => {
  const kept = withPreviousParameters(one, two);
  expect(kept.slice(0, two.length)).toEqual(two);
  expect(kept.slice(two.length)).toEqual(one.filter(({ path }) => path.includes('-parameters-')));
});

test('those before them go with the next change', () => {
  const kept = withPreviousParameters(withPreviousParameters(one, two), three);
  expect(parametersIn(kept)).toEqual([...parametersIn(three), ...parametersIn(two)]);
});

test('a synth that changes nothing keeps all, however often it comes', () => {
  const kept = withPreviousParameters(one, two);
  expect(withPreviousParameters(kept, two)).toEqual(kept);
});

test('back to the generation before keeps the one that is left', () => {
  const kept = withPreviousParameters(withPreviousParameters(one, two), one);
  expect(parametersIn(kept)).toEqual([...parametersIn(one), ...parametersIn(two)]);
});

test('of a large fleet only the ConfigMap that growth replaced is there twice', () => {
  expect(parametersIn(withPreviousParameters(files(450), files(451)))).toHaveLength(4);
});

test('a fleet that is not folded any more keeps none, nor does a first synth', () => {
  const plain = files(2, false);
  expect(withPreviousParameters(two, plain)).toEqual(plain);
  expect(withPreviousParameters([], two)).toEqual(two);
  expect(withPreviousParameters(plain, two)).toEqual(two);
});

test('objects of others with like names are no parameters', () => {
  const others = [
    aManifest('catalog/ConfigMap.catalog-parameters-0.k8s.yaml'),
    aManifest('catalog/ConfigMap.other-parameters-0-00000000.k8s.yaml'),
    aManifest('catalog/Secret.catalog-parameters-0-00000000.k8s.yaml'),
    aManifest('other/ConfigMap.catalog-parameters-0-00000000.k8s.yaml'),
  ];
  expect(withPreviousParameters([...two, ...others], two)).toEqual(two);
});

test('a CronJob with merge-conflict markers keeps what either side names', () => {
  const path = 'catalog/CronJob.catalog.k8s.yaml';
  const text = [one, two].map((side) => side.find((file) => file.path === path)?.text).join('=======\n');
  const merged = [...one, ...two].filter((file) => file.path !== path);
  expect(parametersIn(withPreviousParameters([...merged, { path, text }], three))).toEqual([
    ...parametersIn(three),
    ...parametersIn(one),
    ...parametersIn(two),
  ]);
});
