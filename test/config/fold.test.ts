import { describe, expect, test } from 'vitest';
import { namesIn, partsOf } from '../../lib/config/expansion';
import { accepts, fleet, type Keys, tells } from './written';

const worker = { image: 'worker:1', command: ['/app/worker'] };
const folded = (job: Keys = {}, keys: Keys = {}) => fleet({ fold: true, job: { ...worker, ...job }, ...keys });

describe('fold', () => {
  const command = [
    'a list of texts such as ["/app/worker"] beside `fold`, got nothing',
    "  a script of /bin/sh takes the place of the image's entrypoint: write what it shall run",
  ];
  tells([
    [
      'contradicts the rest in each key, and all is told at once',
      fleet({
        fold: true,
        job: {
          image: 'worker:1',
          args: ['--group=$(GROUP_ID)', '$$(GROUP_ID)'],
          env: { 'a.b': '1', PWD: '/', JOB_COMPLETION_INDEX: '7' },
          resources: () => ({}),
          writable: ['/tmp', '/cronfleet/x'],
        },
        then: [{ image: 'publish:1' }],
      }),
      [
        'fleets.catalog.job.args[0]: expected a text without $(GROUP_ID) beside `fold`, got "--group=$(GROUP_ID)"',
        '  Kubernetes does not know it there: let the program read GROUP_ID, or write ["/bin/sh", "-c", "… \\"$GROUP_ID\\""]',
        'fleets.catalog.job.env["a.b"]: expected a name that /bin/sh hands on, beside `fold`, got the name "a.b"',
        '  a shell drops names with other than letters, digits and "_"; choose another name',
        'fleets.catalog.job.env.PWD: expected a name that /bin/sh hands on, beside `fold`, got the name "PWD"',
        '  the shell sets it itself; choose another name',
        'fleets.catalog.job.env.JOB_COMPLETION_INDEX: expected a name that /bin/sh hands on, beside `fold`, got the name "JOB_COMPLETION_INDEX"',
        '  the Job controller sets it; choose another name',
        'fleets.catalog.job.resources: expected an object beside `fold`, got a function',
        '  all groups share one pod template',
        'fleets.catalog.job.writable[1]: expected a folder outside of /cronfleet beside `fold`, got "/cronfleet/x"',
        '  the scripts that tell a pod its group lie there',
        `fleets.catalog.job.command: expected ${command[0]}`,
        command[1] as string,
        `fleets.catalog.then[0].command: expected ${command[0]}`,
        command[1] as string,
      ],
    ],
    [
      'is switched off by false',
      folded({}, { fold: false }),
      'fleets.catalog.fold: expected true or { compact: true }, got false',
    ],
    [
      'is for CronJobs',
      folded({ command: undefined }, { window: undefined, once: true }),
      [
        'fleets.catalog.fold: expected no such key with `once`, got true',
        '  it is about CronJobs, and `once` makes none',
      ],
    ],
  ]);
  accepts([
    ['a fleet that says what its containers run', folded({}, { then: [{ image: 'publish:1', command: ['publish'] }] })],
    ['variables by a function of the group', folded({ env: () => ({}) })],
    ['variables of the pod template in args', folded({ args: ['$(FLEET_RUN)', '$(LOG_LEVEL)', '$GROUP_ID'] })],
    ['gaps that are closed', folded({}, { fold: { compact: true } })],
    ['a folder whose name begins alike', folded({ writable: ['/cronfleet-data'] })],
  ]);
});

describe('partsOf', () => {
  test.each([
    ['a$(B)c', [{ text: 'a' }, { name: 'B' }, { text: 'c' }]],
    ['$$(B)', [{ text: '' }, { text: '$' }, { text: '(B)' }]],
    ['$$$(B)', [{ text: '' }, { text: '$' }, { text: '' }, { name: 'B' }, { text: '' }]],
    ['$(B', [{ text: '$(B' }]],
    ['$B', [{ text: '$B' }]],
    ['$(a$(B))', [{ text: '' }, { name: 'a$(B' }, { text: ')' }]],
  ])('reads %s as Kubernetes does', (value, parts) => {
    expect(partsOf(value)).toEqual(parts);
  });

  test('names what is referred to', () => {
    expect(namesIn('$(A) $$(B) $(C)$(A)')).toEqual(['A', 'C', 'A']);
  });
});
