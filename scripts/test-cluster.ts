// `npm run test:cluster`: the tests of test/e2e against the cluster of KUBECONFIG, in namespaces of their own. Without a cluster it says
// how to get one, and ends well: nothing was tested, and nothing has failed. Arguments go to vitest.
//
// node --import tsx scripts/test-cluster.ts

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { type Access, accessTo } from '../lib/cluster/access';
import { connect } from '../lib/cluster/cluster';
import { connectionsOf } from '../lib/cluster/http';
import { removeNamespaces } from '../test/support/real-cluster/namespaces';

const REPOSITORY = dirname(import.meta.dirname);

const HOW = `
A cluster on this machine, with Docker and kind (https://kind.sigs.k8s.io):

  kind create cluster --name cronfleet-e2e
  npm run test:cluster
  kind delete cluster --name cronfleet-e2e

Any cluster does whose kubeconfig KUBECONFIG names, else ~/.kube/config: the tests make namespaces
cronfleet-e2e-<random>, take them away at the end, and touch nothing else.`;

/** The files that KUBECONFIG names, whole, since the commands run in other folders. */
function kubeconfig(): string | undefined {
  const said = (process.env.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '');
  const files = said.length > 0 ? said : [join(homedir(), '.kube', 'config')];
  return files.some((file) => existsSync(file)) ? files.map((file) => resolve(file)).join(delimiter) : undefined;
}

/** Where there is one that answers; else why not. */
async function answering(): Promise<{ access: Access; version: string } | string> {
  const files = kubeconfig();
  if (files === undefined) return `${process.env.KUBECONFIG || '~/.kube/config'} is not there`;
  process.env.KUBECONFIG = files;
  let server = '';
  try {
    const access = await accessTo({});
    server = `${access.server} (context ${access.context}): `;
    const { body } = await connectionsOf(access).send({ method: 'GET', path: '/version' });
    return { access, version: String((body as { gitVersion?: unknown }).gitVersion ?? 'of unknown version') };
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    return `${server}${message || code}`;
  }
}

function vitest(args: readonly string[], run: string): Promise<number> {
  const program = join(REPOSITORY, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [program, 'run', '--config', 'vitest.cluster.config.ts', ...args], {
    cwd: REPOSITORY,
    stdio: 'inherit',
    env: { ...process.env, CRONFLEET_E2E_RUN: run },
  });
  // Ctrl-C reaches vitest by itself: it ends, and what is left is taken away here.
  process.on('SIGINT', () => {}).on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((done, reject) => {
    child.once('error', reject);
    child.once('close', (code) => done(code ?? 1));
  });
}

const found = await answering();
if (typeof found === 'string') {
  process.stdout.write(`skipped: no cluster answers: ${found}\n${HOW}\n`);
} else {
  const run = randomBytes(4).toString('hex');
  process.stdout.write(`cluster ${found.access.server} (context ${found.access.context}), ${found.version}\n`);
  const code = await vitest(process.argv.slice(2), run);
  const left = await removeNamespaces(await connect({}), run);
  if (left.length > 0) process.stdout.write(`still being taken away: namespaces ${left.join(', ')}\n`);
  process.exitCode = code;
}
