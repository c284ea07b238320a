// Amounts as Kubernetes writes them: `500m`, `1Gi`, `1e3`. The server writes them back otherwise: `1024Mi` becomes `1Gi`.

const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
const FRACTIONS = ['', 'm', 'u', 'n'];

/** The amount as a number; undefined for what is no quantity. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
export function amountOf(quantity: unknown): number | undefined {
  const [, digits, unit] = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([A-Za-z]*)$/.exec(String(quantity)) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const amount = Number(digits);
  if (BINARY.includes(unit)) return amount * 1024 ** BINARY.indexOf(unit);
  if (DECIMAL.includes(unit)) return amount * 1000 ** DECIMAL.indexOf(unit);
  // Divided, not multiplied: 300m is 0.3 to the last bit.
  return FRACTIONS.includes(unit) ? amount / 1000 ** FRACTIONS.indexOf(unit) : undefined;
}
