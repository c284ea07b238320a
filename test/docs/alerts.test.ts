// Alerts, series and figures on the page are those that there are.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type AlertRuleGroup, alertRules } from '../../lib/plan/alert-rules';
import { aPlan } from '../support/builders';
import { REPOSITORY } from '../support/project';

const page = readFileSync(join(REPOSITORY, 'docs/alerts.md'), 'utf8');
const { rules } = alertRules(aPlan()) as AlertRuleGroup;

test('the page has each alert in its table, with its severity and how long it waits', () => {
  const lines = [...page.matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) \|/gm)];
  expect(lines.map(([, alert, severity]) => [alert, severity])).toEqual(
    rules.map(({ alert, labels }) => [alert, labels.severity]),
  );
  for (const [index, [, , , raised]] of lines.entries()) {
    const waits = `${Number.parseInt(rules[index]?.for as string, 10)} minutes`;
    if (rules[index]?.alert !== 'CronfleetNeverSucceeded') expect(raised).toContain(waits);
  }
});

test('the page lists every series that is read, and no other', () => {
  const series = (text: string) => [...new Set(text.match(/\bkube_\w+/g))].sort();
  expect(series(page)).toEqual(series(rules.map(({ expr }) => expr).join('\n')));
});
