// `$(NAME)` in a container's env, command and args, as Kubernetes reads it: `$$` is `$`, and a `$(` that nothing closes is text.
// https://github.com/kubernetes/kubernetes/blob/master/third_party/forked/golang/expansion/expand.go

/** A piece of a value: text as it will be, or the name in `$(NAME)`. */
export type Part = { text: string } | { name: string };

/** The pieces of `value`, in order. */
export function partsOf(value: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const found of value.matchAll(/\$(?:\$|\(([^)]*)\))/g)) {
    const [whole, name] = found;
    parts.push({ text: value.slice(end, found.index) }, name === undefined ? { text: '$' } : { name });
    end = found.index + whole.length;
  }
  return [...parts, { text: value.slice(end) }];
}

/** The names that `value` refers to. */
export function namesIn(value: string): string[] {
  return partsOf(value).flatMap((part) => ('name' in part ? [part.name] : []));
}
