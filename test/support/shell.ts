// The scripts of a folded fleet, run by a real shell.

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a container's `/bin/sh` may be, as far as this machine has it. */
export const SHELLS: string[][] = [['/bin/sh'], ['bash', '--posix'], ['busybox', 'sh']].filter(
  ([program]) => spawnSync('/bin/sh', ['-c', `command -v ${program}`]).status === 0,
);

/** Writes the files of ConfigMaps into `folder`, as a projected volume shows them. */
export function mountScripts(folder: string, parameters: readonly { files: Record<string, string> }[]): string {
  mkdirSync(folder, { recursive: true });
  for (const { files } of parameters)
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** How a container of one index ended. */
export interface Ended {
  status: number;
  /** The environment of the container's own command; undefined when it was not run. */
  env: Record<string, string> | undefined;
  stderr: string;
}

// Its own command is `env -0`. One process for many indexes, since thousands of them are run.
const EACH_INDEX = `
folder=$1 script=$2 indexes=$3
shift 3
for index in $indexes; do
  JOB_COMPLETION_INDEX=$index "$@" "$folder/run.sh" "$script" /usr/bin/env -0
  printf '\\0%s\\0\\0' $?
done`;

/** Runs containers of these indexes, each with `env` of its pod, through their script. */
export function runScript(
  folder: string,
  script: string,
  indexes: readonly number[],
  env: Record<string, string>,
  shell: readonly string[] = ['/bin/sh'],
): Ended[] {
  const args = ['-c', EACH_INDEX, 'sh', folder, script, indexes.join(' '), ...shell];
  const ran = spawnSync('/bin/sh', args, { env: { PATH: process.env.PATH as string, ...env }, encoding: 'utf8' });
  const records = ran.stdout.split('\0');
  const ended: Ended[] = [];
  let entries: [string, string][] = [];
  for (let at = 0; at < records.length - 1; at += 1) {
    const record = records[at] as string;
    if (record !== '') {
      const equals = record.indexOf('=');
      entries.push([record.slice(0, equals), record.slice(equals + 1)]);
      continue;
    }
    const isRun = entries.length > 0;
    ended.push({
      status: Number(records[at + 1]),
      env: isRun ? Object.fromEntries(entries) : undefined,
      stderr: ran.stderr,
    });
    entries = [];
    at += 2;
  }
  return ended;
}
