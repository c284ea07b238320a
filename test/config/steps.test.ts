import { describe } from 'vitest';
import { accepts, aFleet, config, fleet, tells } from './written';

const tools = { image: 'ghcr.io/acme/cronfleet:1.0.0' };
const step = { image: 'publish:2' };
const after = { image: 'report:1', minutes: 60 };
/** A config that has the image of cronfleet. */
const withTools = (keys: Record<string, unknown>) => config({ tools, fleets: { catalog: aFleet(keys) } });
const scheduled = { window: undefined, schedule: { cron: '0 3 * * *', timeZone: 'Etc/UTC', deadlineMinutes: 60 } };
const runsOnce = { window: undefined, once: true };

describe('then', () => {
  const list = 'a list of containers such as [{ image: "ghcr.io/acme/publish:2.0" }]';
  tells([
    ['is one container', fleet({ then: step }), `fleets.catalog.then: expected ${list}, got { image }`],
    [
      'is an empty list',
      fleet({ then: [] }),
      [`fleets.catalog.then: expected ${list}, got an empty list`, '  leave it out where nothing follows'],
    ],
    [
      'has a step with a mistake in each key',
      fleet({ then: [{ image: 'Publish', name: 'a b', args: [], env: { GROUP_X: '1' }, resources: 1 }] }),
      [
        'fleets.catalog.then[0].image: expected an image such as "ghcr.io/acme/worker:1.4.2", got "Publish"',
        '  registry, lower-case name, then :tag or @sha256:digest; no scheme, no spaces',
        'fleets.catalog.then[0].name: expected a DNS label of at most 63 characters such as "publish", got "a b"',
        'fleets.catalog.then[0].args: expected a list of texts such as ["--verbose"], got an empty list',
        "  leave it out where the image's own is meant",
        'fleets.catalog.then[0].env.GROUP_X: expected a name that is not reserved, got the name "GROUP_X"',
        '  FLEET, FLEET_RUN and GROUP_… are set by cronfleet; choose another',
        'fleets.catalog.then[0].resources: expected { requests, limits }, got 1',
      ],
    ],
    [
      'takes the name of the job',
      fleet({ then: [{ ...step, name: 'job' }] }),
      ['fleets.catalog.then[0].name: expected a name other than "job", got "job"', "  the job's own container has it"],
    ],
    [
      'names two steps alike',
      fleet({ then: [step, { ...step, name: 'then-1' }] }),
      [
        'fleets.catalog.then[1].name: expected a name that no other step has, got "then-1" once more',
        '  without one, steps are called then-1, then-2 … by their place',
      ],
    ],
    [
      'wants tries of its own',
      fleet({ then: [{ ...step, retries: 2 }] }),
      [
        'fleets.catalog.then[0].retries: expected one of name, image, imagePullPolicy, command, args, envFrom, env, resources, got an unknown key',
        '  leave it out',
      ],
    ],
  ]);
  accepts([
    ['steps without names', fleet({ then: [step, step] })],
    ['steps of a schedule', fleet({ ...scheduled, then: [step] })],
    ['steps of what runs once', fleet({ ...runsOnce, then: [step] })],
    ['a step that reads its group', fleet({ then: [{ ...step, env: () => ({}), resources: () => ({}) }] })],
  ]);
});

describe('after', () => {
  const window = (path: string) => [
    `fleets.catalog.${path}: expected no such key without \`window\`, got { image, minutes }`,
    '  it opens with the window and waits until all groups are done',
  ];
  tells([
    ['is after a schedule', withTools({ ...scheduled, after }), window('after')],
    ['is after what runs once', withTools({ ...runsOnce, after }), window('after')],
    [
      'has no end, and root under restricted',
      withTools({ after: { image: 'report:1', runAsUser: 0 } }),
      [
        "fleets.catalog.after.runAsUser: expected a user other than 0 under podSecurity 'restricted', got 0",
        "  use an image with another user, or podSecurity: 'baseline'",
        'fleets.catalog.after.minutes: expected a whole number from 1 to 1,440, got nothing',
      ],
    ],
    [
      'has an env that is a function, since it has no group',
      withTools({ after: { ...after, env: () => ({}) } }),
      'fleets.catalog.after.env: expected an object such as { LOG_LEVEL: "info" }, got a function',
    ],
    [
      'is without the image of cronfleet',
      fleet({ after, alerts: { webhook: { secret: 'slack', key: 'url' } } }),
      [
        'tools: expected { image }, got nothing',
        '  the image of cronfleet itself, which fleets.catalog.after and fleets.catalog.alerts.webhook run in the cluster',
      ],
    ],
  ]);
  accepts([['after a window', withTools({ after })]]);
});

describe('alerts', () => {
  const once = (key: string, got: string) => [
    `fleets.catalog.${key}: expected no such key with \`once\`, got ${got}`,
    '  it is about CronJobs, and `once` makes none',
  ];
  const expected = '{ prometheus: true } or { webhook: { secret, key } }';
  tells([
    ['are just switched on', fleet({ alerts: true }), `fleets.catalog.alerts: expected ${expected}, got true`],
    [
      'tell nobody',
      fleet({ alerts: {} }),
      [
        'fleets.catalog.alerts: expected `prometheus`, `webhook` or both, got {}',
        '  leave alerts out where nobody is to be told',
      ],
    ],
    [
      'have labels that Prometheus or cronfleet would not take',
      fleet({ alerts: { prometheus: { labels: { 'a b': 'c' }, alertLabels: { fleet: 'x', 'a-b': 'c', ok: 1 } } } }),
      [
        'fleets.catalog.alerts.prometheus.labels["a b"]: expected `name` or `prefix/name`: at most 63 letters, digits, "-", "_" and "." for the name, a DNS name for the prefix, got the name "a b"',
        'fleets.catalog.alerts.prometheus.alertLabels.fleet: expected a label that no alert has of itself, got the name "fleet"',
        '  alertname, cluster, cronjob, fleet, group, job_name, namespace are',
        'fleets.catalog.alerts.prometheus.alertLabels.a-b: expected the name of a Prometheus label: letters, digits and "_", got the name "a-b"',
        'fleets.catalog.alerts.prometheus.alertLabels.ok: expected a text, got 1',
      ],
    ],
    [
      'hold the URL itself',
      withTools({ alerts: { webhook: 'https://hooks.example.com/T000/secret' } }),
      'fleets.catalog.alerts.webhook: expected { secret, key } that hold the URL, got "https://hooks.example.com/T000/secret"',
    ],
    [
      'are about CronJobs, as brakes and fold are, where there are none',
      fleet({ ...runsOnce, alerts: { prometheus: true }, brakes: { flux: true }, fold: true }),
      [...once('alerts', '{ prometheus }'), ...once('brakes', '{ flux }'), ...once('fold', 'true')],
    ],
    [
      'post to a webhook when a schedule has run',
      withTools({ ...scheduled, alerts: { webhook: { secret: 'slack', key: 'url' } } }),
      [
        'fleets.catalog.alerts.webhook: expected no such key without `window`, got { secret, key }',
        '  it opens with the window and waits until all groups are done',
      ],
    ],
  ]);
  accepts([
    ['rules', fleet({ alerts: { prometheus: true } })],
    ['rules with labels', fleet({ alerts: { prometheus: { labels: { release: 'prometheus' } } } })],
    ['rules of a schedule', fleet({ ...scheduled, alerts: { prometheus: true } })],
    ['a webhook', withTools({ alerts: { webhook: { secret: 'slack', key: 'url' } } })],
  ]);
});

describe('brakes', () => {
  tells([
    [
      'are none',
      fleet({ brakes: {} }),
      [
        'fleets.catalog.brakes: expected argoCd, flux, admissionPolicy or some of them, got {}',
        '  leave brakes out where none is wanted',
      ],
    ],
    [
      'are switched off one by one',
      fleet({ brakes: { argoCd: false } }),
      'fleets.catalog.brakes.argoCd: expected true, or no such key, got false',
    ],
  ]);
});

describe('names of CronJobs that are no group’s', () => {
  const fleets = (names: Record<string, Record<string, unknown>>) =>
    config({ tools, fleets: Object.fromEntries(Object.entries(names).map(([name, keys]) => [name, aFleet(keys)])) });
  const folded = { fold: true, job: { image: 'worker:1', command: ['work'] } };
  const long = 'n'.repeat(47);
  tells([
    [
      'is a group’s of another fleet in the namespace',
      fleets({ catalog: {}, 'catalog-2024': folded }),
      [
        'fleets.catalog-2024: expected a folded fleet whose name is no group\'s, got the name "catalog-2024"',
        '  fleet catalog may have a group of that name: choose another',
      ],
    ],
    [
      'has no room for what is behind it',
      fleets({ [long]: { after } }),
      [
        `fleets.${long}: expected a name of at most 46 characters beside \`after\` or \`alerts.webhook\`, got 47 characters`,
        "  with `-after` behind it a CronJob's name may have 52",
      ],
    ],
  ]);
  accepts([
    ['a folded fleet of such a name elsewhere', fleets({ catalog: {}, 'catalog-2024': { ...folded, namespace: 'x' } })],
    ['a fleet of such a name that is not folded', fleets({ catalog: {}, 'catalog-2024': {} })],
  ]);
});

describe('queue', () => {
  const queue = `the name of a LocalQueue in the fleet's namespace: at most 63 lower-case letters, digits and "-"`;
  tells([
    ['is no name', fleet({ queue: 'Nightly' }), `fleets.catalog.queue: expected ${queue}, got "Nightly"`],
    [
      'has nothing to reckon with',
      fleet({ queue: 'nightly', job: { image: 'worker:1', resources: {} } }),
      [
        'fleets.catalog.job.resources: expected requests beside `queue`, got {}',
        '  Kueue reckons with them: write them, or leave resources out',
      ],
    ],
  ]);
  accepts([['a queue of what runs once', fleet({ ...runsOnce, queue: 'nightly' })]]);
});
