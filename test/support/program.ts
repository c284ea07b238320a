// A program of the repository as a process of its own, with an environment that is wholly the test's.

import { type ChildProcess, spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { type Ran, REPOSITORY } from './project';

export interface Program {
  process: ChildProcess;
  ended: Promise<Ran>;
}

/** Starts a TypeScript file of the repository. Nothing of the test's own environment reaches it; it is gone after the test. */
export function start(file: string, args: readonly string[], env: Record<string, string>): Program {
  const child = spawn(process.execPath, ['--import', 'tsx', file, ...args], { cwd: REPOSITORY, env });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const ended = new Promise<Ran>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { process: child, ended };
}
