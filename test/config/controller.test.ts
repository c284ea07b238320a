import { describe } from 'vitest';
import { byColumn } from '../../lib/config/define';
import { accepts, aFleet, config, fleet, tells } from './written';

const tools = { image: 'ghcr.io/acme/cronfleet:1.0.0' };
const withTools = (keys: Record<string, unknown>) => config({ tools, fleets: { catalog: aFleet(keys) } });
const filled = byColumn({ table: 'items', column: 'batch', capacity: 1_000, key: 'id' });
const long = 'n'.repeat(42);

describe('controller', () => {
  tells([
    [
      'is just switched on',
      withTools({ controller: true }),
      'fleets.catalog.controller: expected { env: { DATABASE_URL: { secret, key } }, … }, got true',
    ],
    [
      'has a mistake in each key',
      withTools({
        controller: { env: { FLEET: 'x' }, resources: 1, minutesBefore: 5, removals: true, assign: true, split: true },
      }),
      [
        'fleets.catalog.controller.env.FLEET: expected a name that is not reserved, got the name "FLEET"',
        '  FLEET, FLEET_RUN and GROUP_… are set by cronfleet; choose another',
        'fleets.catalog.controller.resources: expected { requests, limits }, got 1',
        'fleets.catalog.controller.minutesBefore: expected a whole number from 20 to 720, got 5',
        'fleets.catalog.controller.removals: expected "never" or "retired", got true',
        'fleets.catalog.controller.assign: expected { env } or { env, apart: true }, got true',
        'fleets.catalog.controller.assign: expected no such key without byColumn with `capacity`, got true',
        '  `cronfleet assign` fills such a column; ranges and queries have nothing to assign',
        'fleets.catalog.controller.split: expected one of env, resources, minutesBefore, assign, removals, got an unknown key',
        '  leave it out',
      ],
    ],
    [
      'permits something every night',
      withTools({
        groups: filled,
        controller: { env: { FLEET_NEW_LOCK: 'a' }, assign: { env: { FLEET_ADOPT_STORE: 'a' } } },
      }),
      ['controller.env.FLEET_NEW_LOCK', 'controller.assign.env.FLEET_ADOPT_STORE'].flatMap((path) => [
        `fleets.catalog.${path}: expected a variable that permits nothing, got the name "${path.split('.').at(-1)}"`,
        '  it would permit the change every night: a person runs the command with the flag, once',
      ]),
    ],
    [
      'starts before a window that there is not',
      withTools({
        controller: {},
        window: undefined,
        schedule: { cron: '0 3 * * *', timeZone: 'Etc/UTC', deadlineMinutes: 60 },
      }),
      [
        'fleets.catalog.controller: expected no such key without `window`, got {}',
        '  it starts before the window opens',
      ],
    ],
    [
      'is without the image of cronfleet',
      fleet({ controller: {} }),
      [
        'tools: expected { image }, got nothing',
        '  the image of cronfleet itself, which fleets.catalog.controller runs in the cluster',
      ],
    ],
    [
      'applies beside what syncs from git',
      config({
        tools,
        delivery: { name: 'shop', repository: 'https://git.example.com/shop.git', flux: true },
        fleets: { catalog: aFleet({ controller: {} }) },
      }),
      [
        'fleets.catalog.controller: expected no such key beside `delivery`, got {}',
        '  Argo CD and Flux would take back what the controller applies: one of the two, see docs/controller.md',
      ],
    ],
    [
      'has no room for its name',
      config({ tools, fleets: { [long]: aFleet({ controller: {} }) } }),
      [
        `fleets.${long}: expected a name of at most 41 characters beside \`controller\`, got 42 characters`,
        "  with `-controller` behind it a CronJob's name may have 52",
      ],
    ],
  ]);
  accepts([
    ['a controller with nothing to say', withTools({ controller: {} })],
    ['one that assigns', withTools({ groups: filled, controller: { assign: { apart: true } } })],
    ['a name of 41 characters', config({ tools, fleets: { [long.slice(1)]: aFleet({ controller: {} }) } })],
  ]);
});
