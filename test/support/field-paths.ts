// Which fields an object has, as documentation names them: `spec.template.spec.containers[].env[].name`.

/** Maps whose keys are anybody's. */
const MAPS = /(^|\.)(labels|annotations|matchLabels|data|requests|limits)$/;

/** The paths of all leaves, each once. A list adds `[]`; of a map with keys of anybody's only its own path. */
export function fieldPaths(object: unknown): string[] {
  return [...new Set(paths(object, ''))];
}

function paths(value: unknown, path: string): string[] {
  if (Array.isArray(value)) {
    const inner = value.flatMap((item) => paths(item, `${path}[]`));
    return inner.length > 0 ? inner : [path];
  }
  if (typeof value !== 'object' || value === null || MAPS.test(path)) return [path];
  const entries = Object.entries(value);
  return entries.length === 0 ? [path] : entries.flatMap(([key, inner]) => paths(inner, path ? `${path}.${key}` : key));
}
