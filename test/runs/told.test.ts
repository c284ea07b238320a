import { expect, test } from 'vitest';
import { groupLine, groupScript } from '../../lib/plan/script';
import { parametersName, rowsTold, tellsShare } from '../../lib/runs/told';
import { aPlan } from '../support/builders';

const WHERE = `name <> 'it''s; ) GROUP_ID=''9'''`;

test('an index is told its group and rows by the ConfigMap of its span, whatever stands in them', () => {
  const { parameters } = aPlan({
    fleet: { fold: true, job: { command: ['work'] } },
    lock: { groups: 201, source: { where: WHERE } },
  }).folded as NonNullable<ReturnType<typeof aPlan>['folded']>;
  const sources = parameters.map(({ name }) => ({ configMap: { name } }));
  const template = { spec: { containers: [], volumes: [{ name: 'p', projected: { sources } }] } };
  expect(parametersName(template, 199)).toBe(parameters[0]?.name);
  expect(parametersName(template, 200)).toBe(parameters[1]?.name);
  expect(parametersName({ spec: { containers: [] } }, 0)).toBeUndefined();
  const told = rowsTold({ data: parameters[0]?.files ?? {} }, 6);
  expect(told?.[0]?.slice(0, 4)).toEqual([
    "GROUP_ID='7'",
    "GROUP_NAME='catalog-0007'",
    "GROUP_FROM='6001'",
    "GROUP_TO='7001'",
  ]);
  expect(told?.[0]?.[4]?.endsWith(`(${WHERE.replaceAll("'", String.raw`'\''`)})'`)).toBe(true);
  expect(rowsTold({ data: parameters[0]?.files ?? {} }, 200)).toBeUndefined();
});

test('other variables of a group are no rows of it', () => {
  const of = (env: Record<string, string>) =>
    rowsTold(
      {
        data:
          aPlan({ fleet: { fold: true, job: { command: ['work'], env } }, lock: { groups: 2 } }).folded?.parameters[0]
            ?.files ?? {},
      },
      1,
    );
  expect(of({ LEVEL: 'a $(GROUP_ID)' })).toEqual(of({ LEVEL: 'b $(GROUP_ID)' }));
});

test('a value may have line breaks and quotes in it', () => {
  const note = "two\nlines, and 'three'\n1) export GROUP_NOTE='no'";
  const data = { 'job.0.sh': groupScript([groupLine(0, [{ name: 'GROUP_NOTE', parts: [{ text: note }] }])]) };
  expect(tellsShare({ data }, 0, { note })).toBe(true);
  expect(tellsShare({ data }, 0, { note: 'two' })).toBe(false);
});
