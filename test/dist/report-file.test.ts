import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

test('a folder that is not there is told as what it is', () => {
  const folder = aFolder();
  expect(refusal(() => writeReport(join(folder, 'no/report.html'), START, START, join(folder, 'dist'))).code).toBe(
    'write-failed',
  );
});
