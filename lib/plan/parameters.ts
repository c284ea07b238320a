// The ConfigMaps that tell a folded fleet's pods their groups: a fixed span of indexes in each, so that growth replaces the last only.

import { number } from '../text';
import type { Carried } from './carried';
import { goneLine, groupLine, groupScript, RUN_FILE, RUN_SCRIPT, SPAN, scriptFile } from './script';
import { shortHash } from './written';

/** A ConfigMap of scripts. Its name holds a hash of them, so it never changes: a Job that runs keeps what it began with. */
export interface Parameters {
  name: string;
  files: Record<string, string>;
}

/** What the groups are told in one container, by a script that is named after it. */
interface Told {
  script: string;
  /** By place of the group. */
  carried: Carried[][];
}

/** A ConfigMap takes 1 MiB; the rest is for its metadata and the indentation of YAML. */
const MAX_BYTES = 1_000_000;

/** True for the name of a ConfigMap with parameters of this fleet. */
export function isParameters(fleet: string, name: string): boolean {
  return name.startsWith(`${fleet}-parameters-`) && /^\d+-[0-9a-f]{8}$/.test(name.slice(`${fleet}-parameters-`.length));
}

/**
 * @param indexes by place of the group; an index below `completions` that is none of them belongs to a group that is gone
 * @returns the ConfigMaps; the script of each container, since those that are told the same share one; and a sentence for each
 *   ConfigMap that Kubernetes would not take
 */
export function parametersOf(
  fleet: string,
  containers: readonly Told[],
  indexes: readonly number[],
  completions: number,
): { parameters: Parameters[]; scripts: string[]; tooLarge: string[] } {
  const places = new Map(indexes.map((index, place) => [index, place]));
  const distinct = new Map<string, Told>();
  const scripts = containers.map((told) => {
    const key = JSON.stringify(told.carried);
    const twin = distinct.get(key) ?? told;
    distinct.set(key, twin);
    return twin.script;
  });
  const tooLarge: string[] = [];
  const parameters = Array.from({ length: Math.ceil(completions / SPAN) }, (_, piece): Parameters => {
    const first = piece * SPAN;
    const within = Array.from({ length: Math.min(SPAN, completions - first) }, (_, at) => first + at);
    const lines = [...distinct.values()].map(({ script, carried }) => {
      const lineOf = (index: number, place = places.get(index)) =>
        place === undefined ? goneLine(index) : groupLine(index, carried[place] ?? []);
      return { script, lines: within.map((index) => lineOf(index)) };
    });
    const bytes = within.map((_, at) => lines.reduce((sum, { lines }) => sum + Buffer.byteLength(lines[at] ?? ''), 0));
    tooLarge.push(...sizeProblem(first, bytes));
    const files = Object.fromEntries([
      ...(first === 0 ? [[RUN_FILE, RUN_SCRIPT]] : []),
      ...lines.map(({ script, lines }) => [scriptFile(script, first), groupScript(lines)]),
    ]);
    return { name: `${fleet}-parameters-${piece}-${shortHash(files)}`, files };
  });
  return { parameters, scripts, tooLarge };
}

function sizeProblem(first: number, bytes: readonly number[]): string[] {
  const total = bytes.reduce((sum, size) => sum + size, 0);
  if (total <= MAX_BYTES) return [];
  let left = MAX_BYTES;
  const fit = bytes.findIndex((size) => {
    left -= size;
    return left < 0;
  });
  return [
    `the parameters of indexes ${first} to ${first + bytes.length - 1} are ${number(total)} bytes; their ConfigMap takes ${number(MAX_BYTES)}, in which ${fit} of these ${bytes.length} groups fit: make names, filters, parameters or variables shorter`,
  ];
}
