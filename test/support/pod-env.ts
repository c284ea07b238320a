// What the kubelet makes of a container's `env` when the pod starts.

/** An entry of `env` in a manifest. */
export interface EnvEntry {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef?: { name: string; key: string }; fieldRef?: { fieldPath: string } };
}

/** What the references lead to. */
export interface PodFacts {
  /** By `<secret>/<key>`. */
  secrets: Record<string, string>;
  /** By field path. */
  fields: Record<string, string>;
}

/** The environment the container's program sees: references resolved, `$(NAME)` of variables before it expanded. */
export function podEnv(entries: readonly EnvEntry[], facts: PodFacts): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { name, value, valueFrom } of entries) {
    env[name] = valueFrom ? resolve(name, valueFrom, facts) : expand(value ?? '', env);
  }
  return env;
}

function resolve(name: string, from: NonNullable<EnvEntry['valueFrom']>, { secrets, fields }: PodFacts): string {
  const { secretKeyRef: secret, fieldRef: field } = from;
  const found = secret ? secrets[`${secret.name}/${secret.key}`] : field && fields[field.fieldPath];
  // A pod whose reference leads nowhere would not start.
  if (found === undefined) throw new Error(`${name}: nothing found for ${JSON.stringify(from)}`);
  return found;
}

/**
 * `$(NAME)` becomes the variable's value, or stays when there is none; `$$` becomes `$`, wherever it stands.
 * https://github.com/kubernetes/kubernetes/blob/master/third_party/forked/golang/expansion/expand.go
 */
export function expand(text: string, env: Record<string, string>): string {
  return text.replace(/\$(?:(\$)|\(([^)]*)\))/g, (whole, escaped?: string, name?: string) =>
    escaped ? '$' : (env[name as string] ?? whole),
  );
}
