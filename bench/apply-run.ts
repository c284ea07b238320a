// Programs as a shell starts them, and how long they take from start to end.

import { spawn } from 'node:child_process';

export interface Program {
  file: string;
  /** Before those of a run. */
  args: readonly string[];
  cwd: string;
  /** Beside this process' own. */
  env: Record<string, string>;
}

/** Seconds until it has ended. @throws Error with what it printed when it does not end well */
export function ended({ file, args, cwd, env }: Program, more: readonly string[]): Promise<number> {
  const start = performance.now();
  const child = spawn(file, [...args, ...more], { cwd, env: { ...process.env, ...env } });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve((performance.now() - start) / 1_000);
      else reject(new Error(`${[file, ...args, ...more].join(' ')} ended with ${code}:\n${printed.slice(-2_000)}`));
    });
  });
}
