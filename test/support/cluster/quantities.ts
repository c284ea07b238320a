// Amounts of CPU and memory, as the API server writes them back: `1024Mi` becomes `1Gi`, `1000m` becomes `1`.

const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];

/** The shortest form with a whole number in the family of units it was written in. What is not a quantity is left as it is. */
export function canonicalQuantity(text: string): string {
  const [, sign, whole, fraction, unit] = /^([+-]?)(\d*)(?:\.(\d*))?([A-Za-z]*)$/.exec(text) ?? [];
  if (whole === undefined || unit === undefined || whole + (fraction ?? '') === '') return text;
  if (unit !== '' && BINARY.includes(unit))
    return binary(sign === '-', whole, fraction ?? '', BINARY.indexOf(unit)) ?? text;
  if (!DECIMAL.includes(unit)) return text;
  // Counted in nano, the smallest unit there is.
  const digits = `${whole}${(fraction ?? '').slice(0, 9)}`;
  const shift = 3 * DECIMAL.indexOf(unit) - Math.min((fraction ?? '').length, 9);
  const nanos = shift >= 0 ? BigInt(digits) * 10n ** BigInt(shift) : BigInt(digits) / 10n ** BigInt(-shift);
  return shortest(sign === '-', nanos, 1000n, DECIMAL);
}

function binary(isNegative: boolean, whole: string, fraction: string, power: number): string | undefined {
  const scaled = BigInt(`${whole}${fraction}`) * 1024n ** BigInt(power);
  const divisor = 10n ** BigInt(fraction.length);
  return scaled % divisor === 0n ? shortest(isNegative, scaled / divisor, 1024n, BINARY) : undefined;
}

function shortest(isNegative: boolean, amount: bigint, step: bigint, units: readonly string[]): string {
  let [left, unit] = [amount, 0];
  if (left === 0n) return '0';
  while (left % step === 0n && unit < units.length - 1) {
    left /= step;
    unit += 1;
  }
  return `${isNegative ? '-' : ''}${left}${units[unit]}`;
}
