import { describe, expect, test } from 'vitest';
import { aPlan, groupsAt, manifestsFor, objectsFor } from '../support/builders';

describe('the group map', () => {
  test('has one line for each group, so that a diff shows which came', () => {
    const [file] = manifestsFor(aPlan({ lock: { groups: 3, serial: 4 } }));
    expect(file?.path).toBe('catalog/ConfigMap.catalog-groups.k8s.yaml');
    expect(file?.text).toMatchInlineSnapshot(`
      "apiVersion: v1
      kind: ConfigMap
      metadata:
        labels:
          app.kubernetes.io/managed-by: cronfleet
          app.kubernetes.io/name: catalog
          app.kubernetes.io/part-of: catalog
          cronfleet/fleet: catalog
          cronfleet/lineage: "0123456789abcdef"
        name: catalog-groups
        namespace: batch
      data:
        groups: |
          {"name":"catalog-0001","from":null,"to":"1001"}
          {"name":"catalog-0002","from":"1001","to":"2001"}
          {"name":"catalog-0003","from":"2001","to":null}
        serial: "4"
      immutable: false
      "
    `);
  });

  test('is JSON, line by line, whatever the bounds hold', () => {
    const bounds = ['a"b', "c'd", 'e\nf', 'g\u2028h', '\u{1F600}'];
    const groups = groupsAt(bounds);
    const { groupMap } = objectsFor(aPlan({ lock: { groups, source: { type: 'text' } } }));
    const lines = groupMap.data?.groups?.trimEnd().split('\n') ?? [];
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      groups.map(({ id, from, to }) => ({ name: `catalog-000${id}`, from, to })),
    );
  });
});
