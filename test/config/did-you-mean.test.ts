import { expect, test } from 'vitest';
import { nearest } from '../../lib/config/did-you-mean';

const known = ['window', 'schedule', 'timeZone', 'imagePullPolicy', 'env', 'envFrom', 'url', 'args', 'opens'];

test.each([
  ['windw', 'window'],
  ['windwo', 'window'],
  ['schedules', 'schedule'],
  ['timezone', 'timeZone'],
  ['time_zone', 'timeZone'],
  ['image-pull-policy', 'imagePullPolicy'],
  ['envs', 'env'],
  ['ulr', 'url'],
  ['open', 'opens'],
  ['WINDOW', 'window'],
])('%s stands for %s', (word, meant) => expect(nearest(word, known)).toBe(meant));

test.each(['', 'tz', 'image', 'volumes', 'widget', 'closes', 'ur'])('%j stands for none', (word) => {
  expect(nearest(word, known)).toBeUndefined();
});
