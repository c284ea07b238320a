import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CLUSTER_COMMANDS } from '../../lib/cli/cluster-flags';
import { REPOSITORY } from '../support/project';

test('every command that says which cluster loads its client ahead, but plan, which asks one for a lock alone', () => {
  const folder = join(REPOSITORY, 'lib/cli');
  const commands = readdirSync(folder).flatMap((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    return /addClusterFlags\(/.test(text) ? [/\.command\('(\w+)/.exec(text)?.[1]] : [];
  });
  expect(commands.filter((name) => name !== undefined).sort()).toEqual([...CLUSTER_COMMANDS, 'plan'].sort());
});
