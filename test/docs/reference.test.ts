// docs/commands.md and docs/configuration.md are what the commands and the types say.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { referencePages } from '../../docs/reference';

const pages = referencePages();
const committed = (file: string) => readFileSync(fileURLToPath(new URL(`../../docs/${file}`, import.meta.url)), 'utf8');

test.each(Object.keys(pages))('docs/%s is up to date: else run npm run docs', (file) => {
  expect(committed(file)).toBe(pages[file]);
});

describe('the pages', () => {
  test('have every command', () => {
    for (const name of ['synth', 'plan', 'verify', 'assign', 'rules'])
      expect(pages['commands.md']).toContain(`## cronfleet ${name}\n`);
  });

  test('have every key that the schema knows, with what the editor says of it', () => {
    const types = readFileSync(fileURLToPath(new URL('../../lib/config/types.ts', import.meta.url)), 'utf8');
    const keys = [...types.matchAll(/^ {2}(\w+)\??: /gm)]
      .map(([, key]) => key)
      .filter((key) => key !== 'by' && key !== 'kind');
    expect(keys.length).toBeGreaterThan(70);
    for (const key of keys) expect(pages['configuration.md']).toContain(`| \`${key}\``);
    expect(pages['configuration.md']).toContain('Pauses all groups.');
    expect(pages['configuration.md']).not.toContain('undefined');
  });
});
