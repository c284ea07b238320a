// Whether the CronJob controller can read a schedule: five fields, or a name such as @daily.

const NAMES = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];
const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const DAYS = 'sun mon tue wed thu fri sat'.split(' ');
/** Lowest and highest number of each field, and its names, the first of which is the lowest number. */
const FIELDS: [number, number, string[]][] = [
  [0, 59, []],
  [0, 23, []],
  [1, 31, []],
  [1, 12, MONTHS],
  [0, 6, DAYS],
];

/** In the words of the controller's parser; undefined when it can be read. */
export function cronScheduleProblem(schedule: string): string | undefined {
  const text = schedule.replace(/^(CRON_)?TZ=\S+\s+/, '');
  if (text.startsWith('@'))
    return NAMES.includes(text) || /^@every \S+$/.test(text) ? undefined : `unrecognized descriptor: ${text}`;
  const fields = text.split(/\s+/).filter((field) => field !== '');
  if (fields.length !== 5) return `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`;
  for (const [index, field] of fields.entries()) {
    const [low, high, names] = FIELDS[index] as [number, number, string[]];
    for (const item of field.split(',')) {
      const problem = rangeProblem(item, low, high, names);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

function rangeProblem(item: string, low: number, high: number, names: string[]): string | undefined {
  const [range, step, ...more] = item.split('/') as [string, ...string[]];
  if (more.length > 0) return `too many slashes: ${item}`;
  if (step !== undefined && !/^\d+$/.test(step))
    return `failed to parse int from ${step}: strconv.Atoi: parsing "${step}": invalid syntax`;
  if (step !== undefined && Number(step) === 0) return `step of range should be a positive number: ${item}`;
  if (range === '*' || range === '?') return undefined;
  const ends = range.split('-').map((end) => numberOf(end, low, names));
  if (ends.length > 2) return `too many hyphens: ${item}`;
  const wrong = range.split('-')[ends.findIndex((end) => Number.isNaN(end))];
  if (wrong !== undefined) return `failed to parse int from ${wrong}: strconv.Atoi: parsing "${wrong}": invalid syntax`;
  const [first, last = first] = ends as [number, number?];
  if (first < low) return `beginning of range (${first}) below minimum (${low}): ${item}`;
  if (last > high) return `end of range (${last}) above maximum (${high}): ${item}`;
  if (first > last) return `beginning of range (${first}) beyond end of range (${last}): ${item}`;
  return undefined;
}

function numberOf(text: string, low: number, names: string[]): number {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return low + named;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}
