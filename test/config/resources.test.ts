import { describe, expect, test } from 'vitest';
import { parseQuantity } from '../../lib/config/resources';
import { accepts, job, tells } from './written';

describe('resources', () => {
  const at = 'fleets.catalog.job.resources';
  const quantity = 'expected a Kubernetes quantity such as "500m" of cpu or "1Gi" of memory';
  const resources = (written: unknown) => job({ resources: written });
  tells([
    ['are a text', resources('1 cpu'), `${at}: expected { requests, limits }, got "1 cpu"`],
    [
      'are not said to be requests',
      resources({ cpu: '1' }),
      [`${at}.cpu: expected one of requests, limits, got an unknown key`, '  leave it out'],
    ],
    ['are in other units', resources({ requests: { memory: '1GB' } }), `${at}.requests.memory: ${quantity}, got "1GB"`],
    ['are negative', resources({ limits: { cpu: -1 } }), `${at}.limits.cpu: ${quantity}, got -1`],
    ['are NaN', resources({ limits: { cpu: Number.NaN } }), `${at}.limits.cpu: ${quantity}, got NaN`],
    [
      'are thousandths of bytes',
      resources({ limits: { memory: '256m' } }),
      [`${at}.limits.memory: expected bytes, such as "256Mi", got "256m"`, '  "m" is a thousandth: write "Mi"'],
    ],
    [
      'are more than their limit',
      resources({ requests: { cpu: 2, memory: '1Gi' }, limits: { cpu: '1500m', memory: '1025Mi' } }),
      [`${at}.requests.cpu: expected no more than its limit, got 2`, '  lower it, or raise limits.cpu'],
    ],
    [
      'are devices in parts, or requested and limited differently',
      resources({
        requests: { 'nvidia.com/gpu': 1, 'hugepages-2Mi': '2Mi', 'example.com/fpga': 1 },
        limits: { 'nvidia.com/gpu': 2, 'example.com/tpu': '0.5', 'example.com/fpga': 1 },
      }),
      [
        `${at}.requests["nvidia.com/gpu"]: expected as much as limits.nvidia.com/gpu, got 1`,
        '  of nvidia.com/gpu, request and limit must be the same: write limits alone',
        `${at}.requests.hugepages-2Mi: expected as much as limits.hugepages-2Mi, got "2Mi"`,
        '  of hugepages-2Mi, request and limit must be the same: write limits alone',
        `${at}.limits["example.com/tpu"]: expected a whole number, got "0.5"`,
        '  example.com/tpu cannot be shared',
      ],
    ],
    [
      'are unknown',
      resources({ requests: { CPU: 1 } }),
      `${at}.requests.CPU: expected the name of a resource: cpu, memory, ephemeral-storage, hugepages-… or one with a prefix such as nvidia.com/gpu, got the name "CPU"`,
    ],
  ]);
  accepts([['limits alone, and extended ones', resources({ limits: { memory: 1e9, 'nvidia.com/gpu': 1 } })]]);
});

describe('parseQuantity', () => {
  test.each([
    ['500m', 0.5],
    ['1', 1],
    ['1.5', 1.5],
    ['.5Gi', 512 * 1024 ** 2],
    ['1Ki', 1024],
    ['2k', 2000],
    ['1e3', 1000],
    ['1E', 1e18],
    ['1E3', 1000],
    ['100n', 1e-7],
    ['1e-7', 1e-7],
  ])('reads %s', (text, value) => expect(parseQuantity(text)).toBeCloseTo(value, 12));

  test.each(['', '-1', '+1', '1 Gi', '1GB', '1gi', '1Kib', 'Gi', '.', '1e', 'NaN', '1,5'])(
    'does not read %j',
    (text) => {
      expect(parseQuantity(text)).toBeUndefined();
    },
  );
});
