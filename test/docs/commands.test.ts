// Every command that a page shows is run by a test, or the page says why it cannot be.
//
// A command is each line of a block of shell, and each piece of inline code that begins with one of PROGRAMS and has an argument;
// what stands on either side of `&&` is one each. It is
//   - in the story below, which runs it as it stands on the page, or
//   - in ELSEWHERE, with the test that runs it, or
//   - excused by a comment on its page, by how it begins: <!-- not run by tests: kubectl, npm ci (why) -->
// Pages made by `npm run docs` are not read: they are of --help and of types.

import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aProject, execute, REPOSITORY } from '../support/project';
import { HAS_PROMTOOL } from '../support/promtool';

const PROGRAMS = ['npx', 'npm', 'node', 'git', 'kubectl', 'argocd', 'flux', 'docker', 'psql', 'promtool'];
const INLINE = new RegExp(`^([A-Z_]+=\\S+ )*(${PROGRAMS.join('|')}) .`);
const EXCUSE = /<!-- not run by tests: (.+?) \((.+?)\) -->/gs;

/** A team's folder from its first synth on; a line that ends badly ends the story. Lines that no page has are what happens in between. */
const STORY = String.raw`
git init -q -b main && git config user.name t && git config user.email t@example.com && cp example.config.ts fleet.config.ts
npm run synth
git add fleet.config.ts fleet.lock.json dist
git commit -qm one
npm run synth -- --frozen
npx cronfleet synth
npx cdk8s synth
git status
git diff --exit-code
git diff dist fleet.lock.json
rm fleet.lock.json
git checkout -- fleet.lock.json
echo lost > dist/catalog/CronJob.catalog-0099.k8s.yaml; rm -r dist/orders
git checkout -- dist fleet.lock.json && git clean -f dist
git diff --exit-code && test ! -e dist/catalog/CronJob.catalog-0099.k8s.yaml
npx cronfleet synth --frozen
cp fleet.config.ts fleet.prod.config.ts && echo "fleets.dist = 'dist-prod';" >> fleet.prod.config.ts
npx cronfleet synth --config fleet.prod.config.ts
test -e fleet.prod.lock.json -a -d dist-prod/catalog
FLEET_ADOPT_STORE=catalog npx cronfleet verify
npx cronfleet synth --adopt-store=catalog
npx cronfleet synth --new-lock=catalog
npx cronfleet report --frozen --against HEAD
git commit -qam two && git checkout -qb theirs HEAD~1 && sed 's/"lineage": "..../"lineage": "0123/' fleet.lock.json > new && mv new fleet.lock.json && git commit -qam three
git merge main || true
git checkout --ours fleet.lock.json
git diff --quiet theirs -- fleet.lock.json
npx cronfleet delivery
npx cronfleet rules > cronfleet-rules.yaml
npx cronfleet rules --fleet=catalog,orders > cronfleet-rules.yaml
promtool check rules cronfleet-rules.yaml
ls dist/catalog | sed -n 's/^CronJob\.\(.*\)\.k8s\.yaml$/cronjob.batch\/\1/p' | sort > in-dist
sed 's/0001/0000/' in-dist > in-cluster
comm -23 in-cluster in-dist
test "$(comm -23 in-cluster in-dist)" = cronjob.batch/catalog-0000
npx esbuild examples/catalog/worker.ts --bundle --platform=node --outfile=worker.cjs
`;

/** By whom a command is run, and what of it stands there. */
const ELSEWHERE: [command: string, test: string, piece: string][] = [
  ['npx cronfleet verify', 'docs/operating.test.ts', "['verify']"],
  ['npx cronfleet synth --help', 'docs/operating.test.ts', "'--help'"],
  ['npx cronfleet --help', 'package.test.ts', "'cronfleet', '--help'"],
  ['npx cronfleet plan', 'compare.test.ts', "cronfleet(['plan', "],
  ['npx cronfleet delivery --check', 'cli/delivery.test.ts', "'--check'"],
  ['npx cronfleet delivery --may-push', 'cli/delivery.test.ts', "'--may-push'"],
  ['npx cronfleet report', 'cli/report.test.ts', "['report']"],
  ['npx cronfleet rules', 'cli/rules.test.ts', "['rules'"],
  ['npm pack', 'package.test.ts', "'npm', ['pack'"],
  ['node --import tsx app.ts', 'package.test.ts', "'--import', 'tsx', 'app.ts'"],
  ['npx cronfleet apply --dry-run=server', 'cli/apply.test.ts', "'--dry-run=server'"],
  ['npx cronfleet apply', 'cli/apply.test.ts', "cronfleet(['apply', "],
  ['npx cronfleet assign', 'assign.test.ts', "['assign']"],
  ['npx cronfleet assign --dry-run', 'assign.test.ts', "'--dry-run'"],
  [
    'npx cronfleet synth --config examples/hello/fleet.config.ts',
    'examples/hello.test.ts',
    "['synth', '--config', 'examples/hello/fleet.config.ts']",
  ],
  [
    'npx cronfleet synth --config examples/expansions/fleet.config.ts',
    'examples/expansions.test.ts',
    "['synth', '--config', ",
  ],
  ['npm run imports', 'imports/imports.test.ts', 'imports/generate.ts'],
  ['npm run imports -- --check', 'imports/imports.test.ts', "generate('--check')"],
  [
    'CDK8S_CHECK_UPGRADE=false npx cdk8s import imports/crds/prometheusrule.yaml --language typescript --output imports --no-save',
    'imports/imports.test.ts',
    'imports/generate.ts',
  ],
  ['npm run docs', 'docs/reference.test.ts', 'referencePages()'],
  ['npm run simulate', 'simulate/command.test.ts', "simulated('--groups', '100'"],
  ['npm run simulate -- --plot', 'simulate/command.test.ts', 'scaleChart(points)'],
  [
    'npm run simulate -- --groups 1000 --slots 100 --minutes 32',
    'simulate/command.test.ts',
    "simulated('--groups', '1000', '--slots', '100', '--minutes', '32'",
  ],
  [
    'node --import tsx examples/catalog/make-data.ts 11000',
    'support/catalog-example.ts',
    'examples/catalog/make-data.ts',
  ],
  [
    'node --import tsx examples/catalog/make-data.ts 1000',
    'support/catalog-example.ts',
    'examples/catalog/make-data.ts',
  ],
];

interface Command {
  page: string;
  command: string;
}

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'imports/README.md',
  ...readdirSync(join(REPOSITORY, 'docs')).map((name) => `docs/${name}`),
  ...readdirSync(join(REPOSITORY, 'examples')).map((name) => `examples/${name}/README.md`),
]
  .filter((page) => page.endsWith('.md') && existsSync(join(REPOSITORY, page)))
  .map((page) => ({ page, text: readFileSync(join(REPOSITORY, page), 'utf8') }))
  .filter(({ text }) => !text.startsWith('<!-- Generated'));

function commandsOf({ page, text }: (typeof pages)[number]): Command[] {
  const seen = text.replaceAll(/<!--.*?-->/gs, '');
  const blocks = [...seen.matchAll(/^( *)```(\w*)\n(.*?)^\1```/gms)];
  const lines = blocks
    .filter(([, , language = '']) => /^(sh|bash|shell|console)$/.test(language))
    .flatMap(([, , , code = '']) => code.replaceAll(/ *\\\n */g, ' ').split('\n'))
    .map((line) => line.replace(/(^|\s+)# .*/, ''));
  const prose = seen.replaceAll(/^( *)```.*?^\1```/gms, '');
  const inline = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code).filter((code) => INLINE.test(code));
  return [...lines, ...inline]
    .flatMap((line) => line.split(' && '))
    .map((command) => ({ page, command: command.trim() }))
    .filter(({ command }) => command !== '');
}

const excuses = pages.flatMap(({ page, text }) =>
  [...text.matchAll(EXCUSE)].flatMap(([, beginnings = '']) =>
    beginnings.split(', ').map((beginning) => ({ page, beginning: beginning.trim() })),
  ),
);
const isExcused = ({ page, command }: Command) =>
  excuses.some((excuse) => excuse.page === page && begins(command, excuse.beginning));
/** With whole words, but for an assignment's value. */
const begins = (command: string, beginning: string) =>
  `${command} `.startsWith(beginning.endsWith('=') ? beginning : `${beginning} `);

const commands = pages.flatMap(commandsOf);
const told = new Set(STORY.split('\n').flatMap((line) => line.split(' && ')));
const elsewhere = new Map(ELSEWHERE.map(([command, ...by]) => [command, by]));

test('every command of a page is run by a test, or the page says why not', () => {
  expect(commands.length).toBeGreaterThan(100);
  const forgotten = commands.filter(
    (each) => !told.has(each.command) && !elsewhere.has(each.command) && !isExcused(each),
  );
  expect(
    forgotten.map(({ page, command }) => `${page}: ${command}`),
    'run these in STORY, name their test in ELSEWHERE, or say on the page: <!-- not run by tests: … (why) -->',
  ).toEqual([]);
});

test('no excuse and no test is named for a command that no page has, or that is run all the same', () => {
  const idle = excuses.filter(
    ({ page, beginning }) =>
      !commands.some((each) => each.page === page && begins(each.command, beginning) && !told.has(each.command)),
  );
  expect(idle).toEqual([]);
  const shown = new Set(commands.map(({ command }) => command));
  expect([...elsewhere.keys()].filter((command) => !shown.has(command) || told.has(command))).toEqual([]);
});

test.each(ELSEWHERE)('%s is run by test/%s', (_, path, piece) => {
  expect(readFileSync(join(REPOSITORY, 'test', path), 'utf8')).toContain(piece);
});

test('the commands of the pages end well, one after the other', async () => {
  const project = aProject('');
  symlinkSync(join(REPOSITORY, 'bin'), join(project.folder, 'bin'));
  cpSync(join(REPOSITORY, 'examples/catalog'), join(project.folder, 'examples/catalog'), { recursive: true });
  project.write('example.config.ts', CONFIG);
  project.write('.gitignore', 'node_modules\n.cronfleet\n');
  // npx itself takes a second each time, and asks a registry where it finds nothing.
  project.write(
    'path/npx',
    `#!/bin/sh\nname=$1; shift\n[ $name = cronfleet ] && exec node ${REPOSITORY}/bin/cronfleet.js "$@"\nexec ${REPOSITORY}/node_modules/.bin/$name "$@"\n`,
  );
  const env = { PATH: `${join(project.folder, 'path')}:${process.env.PATH}` };
  // Not installed everywhere; then the line is of a command that does nothing.
  const story = HAS_PROMTOOL ? STORY : `promtool() { :; }\n${STORY}`;
  const ran = await execute(project.folder, 'sh', ['-exc', `chmod +x path/npx\n${story}`], {
    env,
    preload: 'at-noon.mjs',
  });
  expect(ran.code, `${ran.stderr.slice(-2_000)}`).toBe(0);
});

/** Two fleets with all that the commands speak of. */
const CONFIG = `
import { byKeyRange, defineFleets, demoStore } from './lib';

const fleet = {
  namespace: 'batch',
  groups: byKeyRange({ table: 'catalog.items', key: 'id', capacity: 1_000 }),
  window: { opens: '00:00', closes: '05:00', timeZone: 'Asia/Seoul' },
  job: { image: 'worker:1' },
  alerts: { prometheus: true },
} as const;
const fleets = defineFleets({
  store: demoStore({ rows: 1_400 }),
  delivery: { name: 'shop-fleet', repository: 'https://git.example.com/shop/fleet.git', argoCd: true },
  fleets: { catalog: fleet, orders: fleet },
});
export default fleets;
`;
