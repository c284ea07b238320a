// The rules of a Role as a page of docs gives it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { REPOSITORY } from '../project';
import type { Rule } from './users';

export function rulesIn(page: string, role: string): Rule[] {
  const text = readFileSync(join(REPOSITORY, 'docs', page), 'utf8');
  const blocks = [...text.matchAll(/^```yaml\n(.*?)^```/gms)].flatMap(([, yaml = '']) => parseAllDocuments(yaml));
  const found = blocks
    .map((block) => block.toJS())
    .find(({ kind, metadata }) => kind === 'Role' && metadata.name === role);
  if (found === undefined) throw new Error(`docs/${page} has no Role ${role}`);
  return found.rules.map((rule: Rule) => ({ ...rule, namespaces: [found.metadata.namespace as string] }));
}
