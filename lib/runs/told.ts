// What the pods of a folded Job were told: its parameters have names of their own for each content, so Jobs of one template are
// told the same, and those of two may be.

import type { Share } from '../groups/share';
import { RUN_FILE, SPAN } from '../plan/script';
import type { RawConfigMap, RawJob } from './raw';

export type Template = NonNullable<RawJob['spec']>['template'];

/** The ConfigMap that tells an index its group; undefined for what is not folded. */
export function parametersName(template: Template | undefined, index: number): string | undefined {
  const sources = template?.spec?.volumes?.flatMap(({ projected }) => projected?.sources ?? []) ?? [];
  const piece = new RegExp(`-parameters-${Math.floor(index / SPAN)}-[0-9a-f]+$`);
  return sources.map(({ configMap }) => configMap?.name ?? '').find((name) => piece.test(name));
}

/** Which group the index is, and which rows it has, in the words of each of its scripts; undefined when one says nothing of it. */
export function rowsTold({ data = {} }: RawConfigMap, index: number): string[][] | undefined {
  const scripts = Object.entries(data).filter(([file]) => file !== RUN_FILE);
  const told = scripts.map(([, text]) => wordsOf(text, index).filter((word) => word.startsWith('GROUP_')));
  return told.length === 0 || told.some((words) => words.length === 0) ? undefined : told;
}

/** `NAME='value'` of each variable of the index; lines of the script may end within a value. */
function wordsOf(script: string, index: number): string[] {
  const head = `\n${index}) export`;
  const at = script.indexOf(head);
  if (at < 0) return [];
  // A quote within is '\''; in double quotes a backslash takes the next character.
  const words = / (\w+=(?:'[^']*'(?:\\''[^']*')*|"(?:[^"\\]|\\.)*"))/sy;
  words.lastIndex = at + head.length;
  const found: string[] = [];
  for (let word = words.exec(script); word !== null; word = words.exec(script)) found.push(word[1] as string);
  return found;
}

/** Whether an index is told just this share: in every script, the group's own words. */
export function tellsShare(map: RawConfigMap, index: number, share: Share): boolean {
  const told = rowsTold(map, index) ?? [];
  const words = Object.entries(share).map(([name, value]) => {
    const quoted = (value ?? '').replaceAll("'", "'\\''");
    return `GROUP_${name.toUpperCase()}='${quoted}'`;
  });
  return told.length > 0 && told.every((said) => words.every((word) => said.includes(word)));
}
