import { expect, test } from 'vitest';
import { kindOf, wavesOf } from '../../lib/cluster/order';
import { aPlan, objectsFor, refusal } from '../support/builders';

test('the parameters of a folded fleet go before its group map, and that before the CronJob', () => {
  const { all } = objectsFor(aPlan({ fleet: { fold: true, job: { command: ['/worker'] } }, lock: { groups: 2 } }));
  const waves = wavesOf([...all].reverse()).map((wave) =>
    wave.map(({ kind, metadata }) => `${kind} ${metadata?.name}`),
  );
  expect(waves).toEqual([
    [expect.stringMatching(/^ConfigMap catalog-(?!groups)/)],
    ['ConfigMap catalog-groups'],
    ['CronJob catalog'],
  ]);
});

test('what may go at once keeps its order', () => {
  const { cronJobs } = objectsFor(aPlan({ lock: { groups: 3 } }));
  expect(wavesOf(cronJobs as never)[0]).toEqual(cronJobs);
});

test('a kind that apply does not know is refused before anything is sent', () => {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } };
  expect(refusal(() => kindOf(secret))).toMatchObject({
    code: 'apply-refused',
    message: expect.stringContaining('Secret a'),
  });
});
