import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { differences, readFolder, writeFolder } from '../../lib/dist/folder';
import { aFolder, aManifest, refusal } from '../support/builders';

describe('readFolder', () => {
  test('reads back what was written, by path', () => {
    const folder = join(aFolder(), 'dist');
    const [a, b, c] = ['a/Job.2.k8s.yaml', 'a/Job.10.k8s.yaml', 'b/Job.1.k8s.yaml'].map((path) => aManifest(path));
    writeFolder(folder, [a, b, c] as never);
    expect(readFolder(folder)).toEqual([b, a, c]);
  });

  test('finds none where there is no folder, or an empty one', () => {
    const folder = aFolder();
    expect(readFolder(join(folder, 'none'))).toEqual([]);
    mkdirSync(join(folder, 'catalog'));
    expect(readFolder(folder)).toEqual([]);
  });

  test('knows its files by their label, quoted or not', () => {
    const folder = aFolder();
    writeFileSync(join(folder, 'a.k8s.yaml'), 'labels:\n  "app.kubernetes.io/managed-by": "cronfleet"\n');
    expect(readFolder(folder)).toHaveLength(1);
  });

  test.each([
    ['a text of somebody', 'README.md', '# ours'],
    ['a text with our label', 'notes.md', aManifest().text],
    [
      'another tool’s manifest',
      'catalog/Job.x.k8s.yaml',
      'metadata:\n  labels:\n    app.kubernetes.io/managed-by: Helm\n',
    ],
    ['a manifest of a tool that begins like ours', 'Job.x.k8s.yaml', 'app.kubernetes.io/managed-by: cronfleetish\n'],
    ['a hidden file', '.gitkeep', ''],
    ['a file deep inside', 'catalog/more/x.txt', ''],
  ])('refuses %s, and keeps it', (_, path, text) => {
    const folder = aFolder();
    writeFolder(folder, [aManifest()]);
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
    const error = refusal(() => readFolder(folder));
    expect(error.code).toBe('output-refused');
    expect(error.message).toBe(`${folder}: files that cronfleet did not write: ${path}`);
    expect(readFileSync(join(folder, path), 'utf8')).toBe(text);
  });

  test('names three foreign files and counts the others', () => {
    const folder = aFolder();
    for (const name of ['1', '2', '3', '4', '5']) writeFileSync(join(folder, name), '');
    expect(refusal(() => readFolder(folder)).message).toMatch(
      /files that cronfleet did not write: .*, .*, .* and 2 more$/,
    );
  });

  test('refuses a file, or a link even to a folder of ours, where the folder should be', () => {
    const root = aFolder();
    writeFileSync(join(root, 'file'), '');
    writeFolder(join(root, 'real'), [aManifest()]);
    symlinkSync('real', join(root, 'link'));
    for (const name of ['file', 'link']) {
      const error = refusal(() => readFolder(join(root, name)));
      expect(error).toMatchObject({ code: 'output-refused' });
      expect(error.message).toContain('this is a file or a link');
    }
  });

  test('refuses a link inside, since what it leads to is not ours', () => {
    const root = aFolder();
    const ours = aManifest('x.k8s.yaml');
    writeFolder(join(root, 'elsewhere'), [ours]);
    mkdirSync(join(root, 'dist'));
    symlinkSync('../elsewhere/x.k8s.yaml', join(root, 'dist', 'x.k8s.yaml'));
    symlinkSync('../elsewhere', join(root, 'dist', 'folder'));
    expect(refusal(() => readFolder(join(root, 'dist'))).message).toContain('folder, x.k8s.yaml');
    expect(readdirSync(join(root, 'elsewhere'))).toEqual(['x.k8s.yaml']);
  });
});

describe('differences', () => {
  const [a, b] = [aManifest('a'), aManifest('b')];
  test.each([
    { what: 'none and none', left: [], right: [], count: 0 },
    { what: 'another order', left: [a, b], right: [b, a], count: 0 },
    { what: 'one more', left: [a], right: [a, b], count: 1 },
    { what: 'one less', left: [a, b], right: [a], count: 1 },
    { what: 'another name', left: [a], right: [{ ...a, path: 'b' }], count: 2 },
    { what: 'another byte', left: [a], right: [{ ...a, text: `${a.text} ` }], count: 1 },
  ])('$what: $count', ({ left, right, count }) => {
    expect(differences(left, right)).toBe(count);
  });
});
