import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CDK8S_SCRATCH, chooseOutput, type Places } from '../../lib/dist/output';
import { aFolder, refusal } from '../support/builders';

function thePlaces(dist = 'dist'): Places {
  const root = aFolder();
  return { root, lockPath: join(root, 'fleet.lock.json'), distPath: join(root, dist) };
}

describe('chooseOutput', () => {
  test('is the project, outside the cdk8s CLI', () => {
    expect(chooseOutput(thePlaces(), undefined)).toEqual({ kind: 'project', copy: undefined });
  });

  test('is the project, with a copy for the CLI, in the scratch folder of cdk8s.yaml', () => {
    const places = thePlaces();
    const folder = join(places.root, CDK8S_SCRATCH);
    expect(chooseOutput(places, folder)).toEqual({ kind: 'project', copy: folder });
  });

  test('is elsewhere in any other folder', () => {
    const places = thePlaces();
    const folder = join(places.root, 'dist-preview');
    expect(chooseOutput(places, folder)).toEqual({ kind: 'elsewhere', folder });
  });

  test.each(['dist', 'dist/', 'dist/catalog', '.', 'other/../dist'])(
    'refuses %s, which the CLI has emptied',
    (path) => {
      const places = thePlaces();
      const error = refusal(() => chooseOutput(places, `${places.root}/${path}`));
      expect(error.code).toBe('output-refused');
      expect(error.hint).toContain('git checkout -- dist');
    },
  );

  test('refuses a dist that a link leads out of the project', () => {
    const places = thePlaces('out/dist');
    symlinkSync(aFolder(), join(places.root, 'out'));
    expect(refusal(() => chooseOutput(places, undefined)).code).toBe('output-refused');
  });

  test('takes a link that stays in the project', () => {
    const places = thePlaces('in/dist');
    mkdirSync(join(places.root, 'real'));
    symlinkSync('real', join(places.root, 'in'));
    expect(chooseOutput(places, undefined)).toEqual({ kind: 'project', copy: undefined });
  });
});
