import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addReport } from '../../lib/cli/report';
import { reportPage } from '../../lib/cli/report-page';
import type { FleetLock } from '../../lib/groups/lock';
import { type FleetPlan, type GroupPlan, planFleet } from '../../lib/plan/plan';
import { changesOf } from '../../lib/review/changes';
import { aBrowser, BROWSER_NOTE, hasBrowser } from '../support/browser';
import {
  aFleetLock,
  aFolder,
  aGroup,
  aLock,
  aManifest,
  aPlan,
  aQueryFleet,
  aQueryLock,
  manifestsFor,
} from '../support/builders';
import { aConfig, aProject } from '../support/project';

/** The page of a fleet with so many groups, one of them new, and the rows of each. */
function aReport(count: number): { page: string; rows: number[] } {
  const rows = Array.from({ length: count }, (_, at) => (at === count - 1 ? 120 : 600 + ((at * 7919) % 430)));
  const groups = rows.map((rows, at) =>
    aGroup({ id: at + 1, from: at === 0 ? null : `${at}001`, to: at === count - 1 ? null : `${at + 1}001`, rows }),
  );
  const plan = aPlan({ lock: { groups } });
  const before = groups.slice(0, Math.max(1, count - 1));
  const changes = changesOf(
    { lock: aLock({ groups: before }), files: manifestsFor(aPlan({ lock: { groups: before } })) },
    { lock: { version: 1, fleets: { catalog: aFleetLock({ groups, serial: 2 }) } }, files: manifestsFor(plan) },
    [plan],
    new Date('2026-11-20T12:00:00Z'),
  );
  const places = { against: undefined, folder: 'dist', lockFile: 'fleet.lock.json' };
  return {
    page: reportPage({
      ...places,
      isFrozen: true,
      hasChanges: true,
      isOutgrown: false,
      ...changes,
      plans: [plan],
      warnings: [],
    }),
    rows,
  };
}

/** Cells of the table of groups, line by line. */
function groupsIn(page: string): string[][] {
  const table = /<table class="groups">[\s\S]*?<tbody>([\s\S]*?)<\/tbody>/.exec(page)?.[1] ?? '';
  return table
    .trim()
    .split('\n')
    .map((row) => [...row.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, text]) => text as string));
}

describe('cronfleet report', () => {
  test('writes one page whose numbers are those of the lock, and nothing else', async () => {
    const project = aProject(aConfig({ store: 'demoStore({ rows: 2_300 })' }).replaceAll("'items'", "'catalog.items'"));
    expect((await project.cronfleet(['synth'])).code).toBe(0);
    const before = project.state();
    const ran = await project.cronfleet(['report', '--frozen']);
    expect(ran).toMatchObject({ code: 0, stdout: '', stderr: 'wrote report.html: open it in a browser\n' });
    expect(project.state()).toEqual(before);
    const { groups } = JSON.parse(project.read('fleet.lock.json')).fleets.catalog;
    const page = project.read('report.html');
    expect(groupsIn(page).map(([name, , rows]) => [name, rows])).toEqual(
      groups.map(({ id, rows }: { id: number; rows: number }) => [`catalog-000${id}`, rows.toLocaleString('en')]),
    );
    expect((await project.cronfleet(['report', '--frozen', '--output', '-'])).stdout).toBe(page);
  });

  test('is refused for a fleet that would be empty, as synth would be', async () => {
    const groups = `byQuery({ sql: 'SELECT id::text AS name FROM catalog.items WHERE id < 0', name: 'name' })`;
    const project = aProject(aConfig({ store: 'demoStore({ rows: 10 })', fleet: { groups } }));
    const ran = await project.cronfleet(['report']);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain('the query has no rows, and a fleet has one group or more');
    expect(project.exists('report.html')).toBe(false);
    expect(project.state()).toEqual({});
  });
});

test('a place where no report may be is refused before the store is asked', async () => {
  const folder = aFolder();
  writeFileSync(join(folder, 'README.md'), '# mine');
  writeFileSync(
    join(folder, 'fleet.config.mjs'),
    `export default {
      store: 'postgres://nobody@127.0.0.1:1/x',
      fleets: {
        catalog: {
          namespace: 'batch',
          groups: { by: 'keyRange', table: 'items', key: 'id', capacity: 10 },
          window: { opens: '00:00', closes: '05:00', timeZone: 'Asia/Seoul' },
          job: { image: 'worker:1' },
        },
      },
    }`,
  );
  const asked = (output: string) => {
    const flags = ['--config', join(folder, 'fleet.config.mjs'), '--output', join(folder, output)];
    return addReport(new Command()).parseAsync(flags, { from: 'user' });
  };
  for (const output of ['README.md', 'dist/report.html', 'no/report.html'])
    await expect(asked(output)).rejects.toMatchObject({ code: 'output-refused' });
  await expect(asked('report.html')).rejects.toMatchObject({ code: 'store-unreachable' });
});

const GROUPS = [
  aGroup({ from: null, to: '1001', rows: 500 }),
  aGroup({ id: 2, rows: 1_234 }),
  aGroup({ id: 3, from: '2001', to: '3001', rows: 9_000, state: 'retiring' }),
  aGroup({ id: 4, from: '3001', to: null, rows: 100 }),
];

/** The page of these fleets as they are, and of one that goes. */
function aPageOf(plans: FleetPlan[], gone?: FleetLock): string {
  const lock = { version: 1 as const, fleets: Object.fromEntries(plans.map(({ name }) => [name, aFleetLock()])) };
  const files = plans.flatMap(manifestsFor);
  const before = { lock: gone ? { ...lock, fleets: { ...lock.fleets, gone } } : lock, files };
  const stray = aManifest('CronJob.<top>.k8s.yaml');
  return reportPage({
    ...{ against: undefined, folder: 'dist', lockFile: 'fleet.lock.json', isFrozen: true, hasChanges: true },
    isOutgrown: false,
    ...changesOf(
      { ...before, files: gone ? [...files, stray] : files },
      { lock, files },
      plans,
      new Date('2026-11-20T12:00:00Z'),
    ),
    plans,
    warnings: [],
  });
}

/** What stands above a fleet's changes: name and value of each figure. */
function figuresIn(page: string): Record<string, string> {
  return Object.fromEntries(
    [...page.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)].map(([, name, value]) => [name as string, value as string]),
  );
}

describe('the page', () => {
  const plan = aPlan({ fleet: { window: { concurrency: 1, jobMinutes: 60 } }, lock: { groups: GROUPS } });

  test('has the figures of the groups that work: who retires has no rows and no night any more', () => {
    // The last one ends an hour before the others.
    const [early, ...others] = [...plan.groups].reverse() as [GroupPlan, ...GroupPlan[]];
    const seconds = (early.activeDeadlineSeconds as number) - 3_600;
    const groups = [...others.reverse(), { ...early, activeDeadlineSeconds: seconds }];
    const page = aPageOf([{ ...plan, groups }]);
    expect(figuresIn(page)).toEqual({
      groups: '3',
      rows: '1,834',
      capacity: '1,000',
      'fullest group': '123.4 %',
      window: '00:00 to 05:00 Asia/Seoul',
      'all ended by': '05:00',
    });
    expect(groupsIn(page)).toEqual([
      ['catalog-0001', 'up to 1001', '500', '50 %', '00:00', '05:00', 'active'],
      ['catalog-0002', 'from 1001 to 2001', '1,234', '123.4 %', '01:00', '05:00', 'active'],
      ['catalog-0003', 'from 2001 to 3001', '9,000', '900 %', '', '', 'retiring'],
      ['catalog-0004', 'from 3001 on', '100', '10 %', '03:00', '04:00', 'active'],
    ]);
    expect(page).toContain('<summary>4 groups in numbers, 1 retiring</summary>');
  });

  test('tells at its top how many groups of each fleet work', () => {
    const page = aPageOf([plan, aPlan({ name: 'other', lock: { groups: 2 } })]);
    expect(page).toContain(
      '<li><a href="#catalog">catalog</a>: 3 groups</li><li><a href="#other">other</a>: 2 groups</li>',
    );
  });

  test('tells how many groups start, where they start at many times', () => {
    const groups = Array.from({ length: 41 }, (_, at) =>
      aGroup({ id: at + 1, slot: at, state: at === 7 ? 'retiring' : 'active' }),
    );
    const many = aPlan({ fleet: { window: { startsPerMinute: 1 } }, lock: { groups } });
    expect(aPageOf([many])).toContain('>40 groups start at 40 times; deadlines are in the table.<');
  });

  test('tells of fleets that go, and of objects of no fleet', () => {
    const page = aPageOf([plan], aFleetLock({ groups: 3 }));
    expect(page).toContain('<h2 id="gone">gone</h2>\n<p class="soft">fleet gone: 3 -&gt; 0 groups, all removed</p>');
    expect(page).toContain('removed: gone-0001, gone-0002, gone-0003');
    expect(page).toMatch(/<h2>Of no fleet<\/h2>[\s\S]*removed: CronJob\.&lt;top&gt;\.k8s\.yaml/);
    expect(aPageOf([plan])).not.toMatch(/Of no fleet|id="gone"/);
  });

  test('draws how full groups are, but not where each is one row of a query', () => {
    expect(aPageOf([plan])).toContain('<h3>How full each group is</h3>');
    const query = aPageOf([planFleet('fruit', aQueryFleet(), aQueryLock({ apple: { url: 'a' }, pear: { url: 'b' } }))]);
    expect(query).not.toMatch(/How full|Rows of each group|capacity/);
    expect(query).toContain('<h3>The night</h3>');
    expect(groupsIn(query).map(([name, , rows]) => [name, rows])).toEqual([
      ['fruit-apple', '1'],
      ['fruit-pear', '1'],
    ]);
  });

  test('names, values and warnings of others are text in it, never markup', () => {
    const nasty = '<script>alert(1)</script><img src="https://example.com/x">';
    const lock = aQueryLock({ apple: { url: nasty } });
    const plan = planFleet('fruit', aQueryFleet(), lock);
    const state = { lock: { version: 1 as const, fleets: { fruit: lock } }, files: manifestsFor(plan) };
    const nothing = { lock: { version: 1 as const, fleets: {} }, files: [] };
    const page = reportPage({
      ...{ against: nasty, folder: 'dist', lockFile: 'fleet.lock.json', isFrozen: true, hasChanges: true },
      isOutgrown: false,
      ...changesOf(nothing, state, [plan], new Date('2026-11-20T12:00:00Z')),
      plans: [plan],
      warnings: [nasty],
    });
    expect(page).toContain('&lt;script&gt;');
    expect(page).not.toMatch(/<script|<img|<[^>]* on\w+=/i);
  });

  test('loads nothing and runs nothing', () => {
    const { page } = aReport(60);
    expect(page).not.toMatch(/<script|<link|<iframe|\ssrc=|@import/i);
    expect(page.match(/https?:\/\/[^"\s<]+/g)?.filter((url) => !url.startsWith('http://www.w3.org/'))).toEqual([]);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });
});

describe.skipIf(!hasBrowser)(`in a browser${BROWSER_NOTE}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await aBrowser();
  });
  afterAll(() => browser.close());

  test.each([
    [1, 1200, 'light'],
    [1, 360, 'dark'],
    [1_000, 1200, 'dark'],
    [1_000, 360, 'light'],
  ] as const)(
    '%i groups at %i pixels, %s: whole, quiet, and with the numbers of the lock',
    async (count, width, colorScheme) => {
      const { page: html, rows } = aReport(count);
      const file = join(aFolder(), 'report.html');
      writeFileSync(file, html);
      const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
      const said: string[] = [];
      page.on('console', (message) => said.push(message.text()));
      page.on('pageerror', (error) => said.push(error.message));
      page.on('request', (request) => said.push(...(request.url() === `file://${file}` ? [] : [request.url()])));
      await page.goto(`file://${file}`);
      expect(said).toEqual([]);

      const cells = await page.locator('table.groups tbody td:nth-child(3)').allTextContents();
      expect(cells).toEqual(rows.map((count) => count.toLocaleString('en')));

      // Nothing lies beyond the edge; what is too wide scrolls in its own box.
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      const pictures = page.locator('figure svg:visible');
      expect(await pictures.count()).toBe(2);
      for (const picture of await pictures.all())
        expect((await picture.boundingBox())?.width).toBeLessThanOrEqual(width);
      // A bar or a square for each group, but for the ground they stand on.
      const drawn = await pictures
        .first()
        .locator('path')
        .evaluateAll((paths) => paths.map((path) => path.getAttribute('fill')));
      const filled = drawn.filter((fill) => /^var\(--(bar|idle|over|full-\d)\)$/.test(fill ?? ''));
      expect(filled).toHaveLength(count);

      const background = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(background).toBe(colorScheme === 'dark' ? 'rgb(21, 25, 30)' : 'rgb(255, 255, 255)');
      await page.close();
    },
  );

  test('on paper it is light whatever the screen is, without a margin of its own, and what is folded away is there', async () => {
    const { page: html } = aReport(60);
    const page = await browser.newPage({ viewport: { width: 1200, height: 800 }, colorScheme: 'dark' });
    await page.setContent(html);
    const styleOf = (property: string) => page.evaluate(`getComputedStyle(document.body).${property}`);
    // No line of the table is there to be seen.
    const shown = () =>
      page.evaluate(
        `[...document.querySelectorAll('table.groups tbody tr')].filter((row) => row.checkVisibility({ contentVisibilityAuto: true })).length`,
      );
    expect([await styleOf('color'), await styleOf('padding'), await shown()]).toEqual([
      'rgb(227, 232, 238)',
      '20px',
      0,
    ]);
    const height = await page.evaluate('document.body.scrollHeight');
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect([await styleOf('color'), await styleOf('padding'), await shown()]).toEqual(['rgb(36, 41, 47)', '0px', 60]);
    expect(await styleOf('backgroundColor')).toBe('rgb(255, 255, 255)');
    expect(await page.evaluate('document.body.scrollHeight')).toBeGreaterThan((height as number) + 60 * 20);
    await page.close();
  });
});
