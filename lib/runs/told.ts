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

/** Which group the index is, and which rows it has, in the words of its scripts; undefined when they say nothing of it. */
export function rowsTold({ data = {} }: RawConfigMap, index: number): string | undefined {
  const lines = Object.entries(data)
    .filter(([file]) => file !== RUN_FILE)
    .map(([, text]) => text.split('\n').find((line) => line.startsWith(`${index}) export `)));
  // A quote within is '\''.
  const words = lines.map((line) => line?.match(/\bGROUP_\w+='[^']*'(?:\\''[^']*')*/g)?.join(' '));
  const [first] = words;
  return first === undefined || words.includes(undefined) ? undefined : words.join('\n');
}

/** Whether an index is told just this share: in every script, the group's own words. */
export function tellsShare(map: RawConfigMap, index: number, share: Share): boolean {
  const told = rowsTold(map, index)?.split('\n') ?? [];
  const words = Object.entries(share).map(([name, value]) => {
    const quoted = (value ?? '').replaceAll("'", "'\\''");
    return `GROUP_${name.toUpperCase()}='${quoted}'`;
  });
  return told.length > 0 && told.every((line) => words.every((word) => ` ${line} `.includes(` ${word} `)));
}
