import { describe } from 'vitest';
import { accepts, fleet, job, tells } from './written';

describe('job', () => {
  const image = (got: string) => [
    `fleets.catalog.job.image: expected an image such as "ghcr.io/acme/worker:1.4.2", got ${got}`,
    '  registry, lower-case name, then :tag or @sha256:digest; no scheme, no spaces',
  ];
  const path = (got: string, todo: string) => [
    `fleets.catalog.job.writable[0]: expected an absolute path such as "/tmp", got ${got}`,
    `  ${todo}`,
  ];
  const retries = (got: string) => `fleets.catalog.job.retries: expected a whole number from 0 to 20, got ${got}`;
  const secret =
    'the name of a Secret: at most 253 lower-case letters, digits, "-" and ".", a letter or digit at both ends';
  tells([
    ['has no image', fleet({ job: {} }), image('nothing')],
    [
      'has an image with a scheme',
      job({ image: 'https://ghcr.io/acme/worker' }),
      image('"https://ghcr.io/acme/worker"'),
    ],
    ['has an image with capitals', job({ image: 'Worker:1' }), image('"Worker:1"')],
    ['has an image that was not filled in', job({ image: '$(IMAGE)' }), image('"$(IMAGE)"')],
    [
      'has a pull policy in small letters',
      job({ imagePullPolicy: 'always' }),
      'fleets.catalog.job.imagePullPolicy: expected "Always", "IfNotPresent" or "Never", got "always"',
    ],
    [
      'has pull secrets as a manifest has them',
      job({ imagePullSecrets: [{ name: 'registry' }] }),
      `fleets.catalog.job.imagePullSecrets[0]: expected ${secret}, got { name }`,
    ],
    [
      'has a pull secret twice',
      job({ imagePullSecrets: ['a', 'a'] }),
      'fleets.catalog.job.imagePullSecrets: expected a list of names of Secrets, each once, got a list',
    ],
    [
      'has a command line in place of words',
      job({ command: 'sh -c true', args: ['-n', 5] }),
      [
        'fleets.catalog.job.command: expected a list of texts such as ["sh", "-c", "…"], got "sh -c true"',
        'fleets.catalog.job.args[1]: expected a text without NUL characters, got 5',
      ],
    ],
    [
      'has an empty command',
      job({ command: [] }),
      [
        'fleets.catalog.job.command: expected a list of texts such as ["sh", "-c", "…"], got an empty list',
        "  leave it out where the image's own is meant",
      ],
    ],
    ['tries too often', job({ retries: 99 }), retries('99')],
    ['tries NaN times', job({ retries: Number.NaN }), retries('NaN')],
    [
      'has exit codes that are none',
      job({ nonRetryableExitCodes: [0, 256, 3] }),
      [
        'fleets.catalog.job.nonRetryableExitCodes[0]: expected a whole number from 1 to 255, got 0',
        'fleets.catalog.job.nonRetryableExitCodes[1]: expected a whole number from 1 to 255, got 256',
      ],
    ],
    [
      'has a service account of another form',
      job({ serviceAccountName: 'Runner' }),
      'fleets.catalog.job.serviceAccountName: expected the name of a ServiceAccount: at most 253 lower-case letters, digits, "-" and ".", a letter or digit at both ends, got "Runner"',
    ],
    [
      'is privileged',
      job({ podSecurity: 'privileged' }),
      'fleets.catalog.job.podSecurity: expected "restricted" or "baseline", got "privileged"',
    ],
    [
      'runs as root under restricted',
      job({ runAsUser: 0 }),
      [
        "fleets.catalog.job.runAsUser: expected a user other than 0 under podSecurity 'restricted', got 0",
        "  use an image with another user, or podSecurity: 'baseline'",
      ],
    ],
    [
      'runs as a name',
      job({ runAsUser: 'worker' }),
      [
        'fleets.catalog.job.runAsUser: expected a whole number from 0 to 2,147,483,647, got "worker"',
        '  the number that `id -u` prints in the image',
      ],
    ],
    [
      'writes anywhere',
      job({ writable: ['/'] }),
      path('"/"', 'the root itself stays read-only: name the folders below it that are written to'),
    ],
    ['writes to a relative path', job({ writable: ['tmp'] }), path('"tmp"', 'write "/tmp"')],
    ['writes to a path with an end', job({ writable: ['/tmp/'] }), path('"/tmp/"', 'write "/tmp"')],
    [
      'writes up',
      job({ writable: ['/a/../b'] }),
      path('"/a/../b"', 'Kubernetes takes no ":", "//", "." or ".." in it'),
    ],
    [
      'writes to a path twice',
      job({ writable: ['/tmp', '/tmp'] }),
      'fleets.catalog.job.writable: expected a list of absolute paths, each once, got a list',
    ],
    [
      'is customized by an object',
      job({ customize: {} }),
      'fleets.catalog.job.customize: expected a function of the CronJob and the group, got {}',
    ],
  ]);
  accepts([
    ['an image by digest', job({ image: `registry.example.com:5000/team/worker:1@sha256:${'0'.repeat(64)}` })],
    ['root under baseline', job({ runAsUser: 0, podSecurity: 'baseline' })],
    ['functions of the group', job({ env: () => ({}), resources: () => ({}) })],
  ]);
});
