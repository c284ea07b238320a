// How dist gets into the cluster, as a team may write it, right and wrong.

import { describe, expect, test } from 'vitest';
import { fleetsSchema } from '../../lib/config/schema';
import { accepts, config, type Keys, tells } from './written';

const argoCd = { name: 'shop', repository: 'https://git.example.com/shop/fleet.git', argoCd: true };
const delivery = (keys: Keys = {}) => config({ delivery: { ...argoCd, ...keys } });

describe('delivery', () => {
  tells([
    [
      'is no object',
      config({ delivery: true }),
      'delivery: expected { name, repository, argoCd: true } or { name, repository, flux: true }, got true',
    ],
    [
      'lacks its name, and tells the other problems as well',
      config({ delivery: { repository: 'ftp://x/y', branch: 'a b', argoCd: true } }),
      [
        'delivery.repository: expected a repository such as "https://git.example.com/team/fleet.git" or "ssh://git@…", got "ftp://x/y"',
        '  only https and ssh keep it from being changed on its way',
        'delivery.branch: expected the name of a branch, such as "main", got "a b"',
        'delivery.name: expected at most 63 lower-case letters, digits and "-", no "-" at either end, got nothing',
        '  it names the Application or Kustomization: no other in the cluster has it',
      ],
    ],
    [
      'names no tool',
      delivery({ argoCd: undefined }),
      [
        'delivery: expected argoCd or flux beside the rest, got { name, repository, argoCd }',
        '  leave delivery out where neither is used',
      ],
    ],
    [
      'names both tools',
      delivery({ flux: true }),
      [
        'delivery.flux: expected no such key beside `argoCd`, got both',
        '  two tools would prune and apply the same objects: choose one',
      ],
    ],
    [
      'is written for scp',
      delivery({ repository: 'git@git.example.com:shop/fleet.git' }),
      [
        'delivery.repository: expected a repository such as "https://git.example.com/team/fleet.git" or "ssh://git@…", got "git@git.example.com:shop/fleet.git"',
        '  write "ssh://git@git.example.com/shop/fleet.git": Flux knows no other form',
      ],
    ],
    [
      'holds a token, which is not shown',
      delivery({ repository: 'https://me:t0ken@git.example.com/shop/fleet.git' }),
      [
        'delivery.repository: expected a repository such as "https://git.example.com/team/fleet.git" or "ssh://git@…", got "https://***@git.example.com/shop/fleet.git"',
        '  this is committed: what opens a private repository goes into a Secret of Argo CD or Flux',
      ],
    ],
    [
      'would be written into dist',
      delivery({ folder: './dist/argo' }),
      [
        'delivery.folder: expected a folder beside dist, got "./dist/argo"',
        '  it lies in dist, which is replaced at each synth',
      ],
    ],
    [
      'would be written around dist',
      config({ dist: 'deploy/prod', delivery: { ...argoCd, folder: 'deploy' } }),
      ['delivery.folder: expected a folder beside dist, got "deploy"', '  dist lies in it'],
    ],
    [
      'would sync the whole repository',
      delivery({ path: '.' }),
      [
        'delivery.path: expected the folder of dist in the repository, such as "dist", got "."',
        '  that folder itself holds more than manifests, and what is gone from a synced folder is deleted',
      ],
    ],
  ]);
  accepts([
    ['Flux', delivery({ argoCd: undefined, flux: { intervalMinutes: 60, secret: 'git' } })],
    ['a repository by ssh', delivery({ repository: 'ssh://git@git.example.com:2222/shop/fleet.git' })],
    ['a branch with steps', delivery({ branch: 'release/2026.1' })],
    ['a folder whose name only begins like dist', delivery({ folder: 'dist-delivery' })],
  ]);

  test('gets every default filled in', () => {
    const read = (keys: Keys) => fleetsSchema.parse(delivery(keys)).delivery;
    const same = { name: 'shop', repository: argoCd.repository, branch: 'main', folder: 'delivery' };
    expect(read({})).toEqual({
      ...same,
      argoCd: { namespace: 'argocd', server: 'https://kubernetes.default.svc' },
    });
    expect(read({ argoCd: undefined, flux: true })).toEqual({
      ...same,
      flux: { namespace: 'flux-system', intervalMinutes: 10 },
    });
  });
});
