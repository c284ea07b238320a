import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { writeReport } from '../../lib/dist/report-file';
import { aFolder, refusal } from '../support/builders';

const START = '<!doctype html>';

test('a report takes the place of the one before', () => {
  const folder = aFolder();
  const path = join(folder, 'report.html');
  writeReport(path, `${START}1`, START, join(folder, 'dist'));
  writeReport(path, `${START}2`, START, join(folder, 'dist'));
  expect(readFileSync(path, 'utf8')).toBe(`${START}2`);
  expect(readdirSync(folder)).toEqual(['report.html']);
});

test.each([
  ['a file of someone else', 'README.md'],
  ['a folder', 'sub'],
  ['a file in dist', 'dist/report.html'],
])('no report takes the place of %s', (_, name) => {
  const folder = aFolder();
  mkdirSync(join(folder, 'sub'));
  mkdirSync(join(folder, 'dist'));
  writeFileSync(join(folder, 'README.md'), '# mine');
  const error = refusal(() => writeReport(join(folder, name), START, START, join(folder, 'dist')));
  expect(error.code).toBe('output-refused');
  expect(readFileSync(join(folder, 'README.md'), 'utf8')).toBe('# mine');
  expect(readdirSync(folder).sort()).toEqual(['README.md', 'dist', 'sub']);
  expect(readdirSync(join(folder, 'dist'))).toEqual([]);
});

test.each([
  ['a folder that is not there', 'no'],
  ['a file in its place', 'README.md'],
])('%s is told as what it is, not as a disk that is full', (_, name) => {
  const folder = aFolder();
  writeFileSync(join(folder, 'README.md'), '# mine');
  const path = join(folder, name, 'report.html');
  const refused = refusal(() => writeReport(path, START, START, join(folder, 'dist')));
  expect(refused.code).toBe('output-refused');
  expect(refused.message).toBe(`${relative('', path)}: there is no folder ${relative('', join(folder, name))}`);
});

test('a link into dist is dist, and a folder whose name only begins like it is not', () => {
  const folder = aFolder();
  for (const name of ['dist', 'dist/catalog', 'dist2']) mkdirSync(join(folder, name));
  symlinkSync(join(folder, 'dist/catalog'), join(folder, 'pages'));
  symlinkSync(folder, join(folder, 'here'));
  for (const path of ['pages/report.html', 'here/dist/report.html']) {
    expect(refusal(() => writeReport(join(folder, path), START, START, join(folder, 'dist')))).toMatchObject({
      code: 'output-refused',
      message: expect.stringContaining('is in dist'),
    });
  }
  // The same where it is dist that is reached by a link, as a folder of temporary files is on macOS.
  const linked = refusal(() => writeReport(join(folder, 'dist/x.html'), START, START, join(folder, 'here/dist')));
  expect(linked.message).toContain('is in dist');
  expect(readdirSync(join(folder, 'dist'), { recursive: true })).toEqual(['catalog']);
  writeReport(join(folder, 'dist2/report.html'), START, START, join(folder, 'dist'));
  expect(readdirSync(join(folder, 'dist2'))).toEqual(['report.html']);
});

test('files beside the report are left alone, and none stays when the disk refuses', () => {
  const folder = aFolder();
  const names = ['.prec.html.next', '.report-next', 'next'];
  for (const name of names) writeFileSync(join(folder, name), '# mine');
  writeReport(join(folder, 'prec.html'), START, START, join(folder, 'dist'));
  for (const name of names) expect(readFileSync(join(folder, name), 'utf8'), name).toBe('# mine');
  // Longer than any file system takes.
  const long = join(folder, `${'x'.repeat(300)}.html`);
  expect(refusal(() => writeReport(long, START, START, join(folder, 'dist'))).code).toBe('write-failed');
  expect(readdirSync(folder).sort()).toEqual([...names, 'prec.html'].sort());
});
