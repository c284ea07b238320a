// `npm run imports`: writes the types that `cdk8s import` makes of the schemas listed in cdk8s.yaml. With `--check` it
// writes nothing and fails where the types differ. They are made in a temporary folder first, so a failure leaves none half.
//
// node --import tsx imports/generate.ts [--check] [folder of the types, this one if not given]

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const REPOSITORY = dirname(import.meta.dirname);
const CDK8S = join(REPOSITORY, 'node_modules/cdk8s-cli/bin/cdk8s');

const { values, positionals } = parseArgs({ options: { check: { type: 'boolean' } }, allowPositionals: true });
const folder = resolve(positionals[0] ?? import.meta.dirname);
const made = mkdtempSync(join(tmpdir(), 'cronfleet-imports-'));
try {
  const names = generate(made);
  if (values.check) check(names);
  else write(names);
} finally {
  rmSync(made, { recursive: true, force: true });
}

/** Fills `output` with the types; the names of its files. */
function generate(output: string): string[] {
  // --no-save: else cdk8s.yaml may be rewritten, without its comments. No look for upgrades: it needs the network.
  const options = ['--language', 'typescript', '--output', output, '--no-save', '--check-upgrade=false'];
  const cdk8s = spawnSync(process.execPath, [CDK8S, 'import', ...options], { cwd: REPOSITORY, encoding: 'utf8' });
  if (cdk8s.status !== 0) throw new Error(`cdk8s import failed: ${cdk8s.error?.message ?? cdk8s.stderr}`);
  const names = readdirSync(output);
  // Nothing made is nothing compared, and --check would be content.
  if (names.length === 0) throw new Error('cdk8s import made nothing: no definition in the files cdk8s.yaml lists');
  return names;
}

function check(names: string[]): void {
  const differing = names.filter((name) => {
    const committed = join(folder, name);
    return !existsSync(committed) || !readFileSync(committed).equals(readFileSync(join(made, name)));
  });
  if (differing.length === 0) return;
  const paths = differing.map(shown).join(', ');
  console.error(
    `Not what cdk8s import makes of the schemas now: ${paths}. Run \`npm run imports\` and commit what changed.`,
  );
  process.exitCode = 1;
}

function write(names: string[]): void {
  mkdirSync(folder, { recursive: true });
  for (const name of names) {
    copyFileSync(join(made, name), join(folder, name));
    console.log(`Wrote ${shown(name)}`);
  }
}

function shown(name: string): string {
  return relative(process.cwd(), join(folder, name));
}
