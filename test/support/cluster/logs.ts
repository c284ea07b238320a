// What containers printed, as the log subresource of their pods gives it.

import { at, type Fields, type KubeObject } from './objects';
import { badRequest } from './statuses';

export class Logs {
  private readonly texts = new Map<string, { current?: string; previous?: string }>();

  /** `previous` is what the container printed before it was last started. */
  set(namespace: string, pod: string, container: string, texts: { current?: string; previous?: string }): void {
    const key = [namespace, pod, container].join('/');
    this.texts.set(key, { ...this.texts.get(key), ...texts });
  }

  /** Throws 400 for a container that is not there, not named among several, or has nothing to show yet. */
  read(pod: KubeObject, query: URLSearchParams): string {
    const { namespace, name } = pod.metadata;
    const names = ['initContainers', 'containers'].flatMap((list) =>
      ((at(pod, 'spec', list) ?? []) as Fields[]).map((container) => String(container.name)),
    );
    const mains = ((at(pod, 'spec', 'containers') ?? []) as Fields[]).map((container) => String(container.name));
    const asked = query.get('container');
    if (!asked && names.length > 1)
      throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${mains.join(' ')}]`);
    const container = asked || (names[0] as string);
    if (!names.includes(container)) throw badRequest(`container ${container} is not valid for pod ${name}`);
    const texts = this.texts.get([namespace, name, container].join('/')) ?? {};
    if (query.get('previous') === 'true') {
      if (texts.previous === undefined)
        throw badRequest(`previous terminated container "${container}" in pod "${name}" not found`);
      return tail(texts.previous, query);
    }
    const waiting = at(statusOf(pod, container), 'state', 'waiting', 'reason');
    if (waiting !== undefined)
      throw badRequest(`container "${container}" in pod "${name}" is waiting to start: ${waiting}`);
    return tail(texts.current ?? '', query);
  }
}

function statusOf(pod: KubeObject, container: string): Fields | undefined {
  const statuses = ['initContainerStatuses', 'containerStatuses'].flatMap(
    (list) => (at(pod, 'status', list) ?? []) as Fields[],
  );
  return statuses.find(({ name }) => name === container);
}

function tail(text: string, query: URLSearchParams): string {
  const wanted = query.get('tailLines');
  const lines = text.split(/(?<=\n)/);
  const kept = wanted === null ? text : Number(wanted) === 0 ? '' : lines.slice(-Number(wanted)).join('');
  const limit = Number(query.get('limitBytes') ?? 0);
  return limit > 0 ? Buffer.from(kept).subarray(0, limit).toString() : kept;
}
