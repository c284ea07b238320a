// Cron lines as the CronJob controller reads them: robfig/cron's standard parser, five fields, Sunday is 0 and never 7.
// https://pkg.go.dev/github.com/robfig/cron/v3#hdr-CRON_Expression_Format

interface Field {
  name: string;
  min: number;
  max: number;
  names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const FIELDS = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  { name: 'weekday', min: 0, max: 6, names: DAYS },
] as const satisfies readonly Field[];
const WEEKDAY = FIELDS[4];
const LONGEST_MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Kubernetes takes these too. Here a line always says its minute, for whoever reads the manifests. */
const NICKNAMES = new Map(
  Object.entries({
    '@yearly': '0 0 1 1 *',
    '@annually': '0 0 1 1 *',
    '@monthly': '0 0 1 * *',
    '@weekly': '0 0 * * 0',
    '@daily': '0 0 * * *',
    '@midnight': '0 0 * * *',
    '@hourly': '0 * * * *',
  }),
);

/** What to do about a line that is no cron line, or undefined. One that can never fire, such as the 31st of February, is none. */
export function cronProblem(line: string): string | undefined {
  const words = line.trim().split(/\s+/);
  if (/^(CRON_)?TZ=/.test(words[0] as string)) return 'the time zone goes into timeZone';
  const meant = NICKNAMES.get(words[0] as string);
  if (meant !== undefined) return `write "${meant}"`;
  if (words.length !== FIELDS.length) {
    const count = line.trim() === '' ? 'no fields' : words.length === 1 ? '1 field' : `${words.length} fields`;
    return `it has ${count}${words.length > FIELDS.length ? ': there is none for seconds or years' : ''}; such as "*/5 * * * *"`;
  }
  const fields: number[][] = [];
  for (const [index, field] of FIELDS.entries()) {
    const parsed = parseField(words[index] as string, field);
    if (typeof parsed === 'string') return parsed;
    fields.push(parsed);
  }
  const [, , days, months] = fields as [number[], number[], number[], number[], number[]];
  const dateComes = months.some((month) => Math.min(...days) <= (LONGEST_MONTH_DAYS[month - 1] as number));
  return dateComes || !isAny(words[4] as string) ? undefined : 'that date never comes';
}

/** What to do about a text that is no day-of-week field, or undefined. */
export function daysProblem(text: string): string | undefined {
  const parsed = parseField(text, WEEKDAY);
  return typeof parsed === 'string' ? parsed : undefined;
}

/** A day-of-week field as sorted numbers, 0 is Sunday; undefined when it is not one. */
export function parseDays(text: string): number[] | undefined {
  const parsed = parseField(text, WEEKDAY);
  return typeof parsed === 'string' ? undefined : parsed;
}

/** A cron line, read. */
export interface CronLine {
  /** False when hours are picked: then a start that clocks skip is not made up for by the next hour's. */
  isHourly: boolean;
  /** True when it starts something at `wall`, which is what clocks show then, as if it were UTC, in milliseconds. */
  startsAt(wall: number): boolean;
}

/** Of a line that names no minutes: `@every 1h` counts from when the controller began. */
const NEVER: CronLine = { isHourly: false, startsAt: () => false };

/** Of what stands in a cluster, too: somebody may have edited it, and what is no line here starts at no minute that is known. */
export function readCron(line: string): CronLine {
  const words = (NICKNAMES.get(line.trim()) ?? line).trim().split(/\s+/);
  const fields = FIELDS.map((field, index) => parseField(words[index] ?? '', field));
  if (words.length !== FIELDS.length || fields.some((values) => typeof values === 'string')) return NEVER;
  const values = (index: number): ReadonlySet<number> => new Set(fields[index] as number[]);
  const [minutes, hours, dates, months, weekdays] = [values(0), values(1), values(2), values(3), values(4)];
  const bothCount = isAny(words[2] as string) || isAny(words[4] as string);
  return {
    isHourly: hours.size === 24,
    startsAt(wall) {
      const at = new Date(wall);
      const [date, weekday] = [dates.has(at.getUTCDate()), weekdays.has(at.getUTCDay())];
      return (
        minutes.has(at.getUTCMinutes()) &&
        hours.has(at.getUTCHours()) &&
        months.has(at.getUTCMonth() + 1) &&
        (bothCount ? date && weekday : date || weekday)
      );
    },
  };
}

/** True when the field, of days or weekdays, narrows nothing; without a star in either, one of both is enough to fire. */
function isAny(field: string): boolean {
  return field.split(',').some((item) => /^[*?](\/0*1)?$/.test(item));
}

/** The field's values in order, or what is wrong with it. */
function parseField(text: string, field: Field): number[] | string {
  const values = new Set<number>();
  for (const item of text.split(',')) {
    const match = /^(?:([*?])|([0-9a-z]+)(?:-([0-9a-z]+))?)(?:\/(\d+))?$/i.exec(item);
    if (!match) return `the ${field.name} "${text}" is no number, list, range or step of cron`;
    const [, star, low, high, step] = match;
    const from = star ? field.min : parseValue(low as string, field);
    // `5/10` means from 5 to the end in steps of 10.
    const to = star || (step && !high) ? field.max : high ? parseValue(high, field) : from;
    const by = step === undefined ? 1 : Number(step);
    if (from === undefined || to === undefined) return `the ${field.name} "${text}" is not within ${boundsOf(field)}`;
    if (from > to) return `the ${field.name} range "${item}" runs backwards; write it as a list`;
    if (by < 1) return `the ${field.name} step "${item}" must be 1 or more`;
    for (let value = from; value <= to; value += by) values.add(value);
  }
  return [...values].sort((a, b) => a - b);
}

function parseValue(text: string, field: Field): number | undefined {
  const index = field.names?.indexOf(text.toLowerCase()) ?? -1;
  const value = index >= 0 ? index + field.min : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= field.min && value <= field.max ? value : undefined;
}

function boundsOf({ min, max, names }: Field): string {
  return `${min} to ${max}${names ? ` or ${names[0]?.toUpperCase()} to ${names.at(-1)?.toUpperCase()}` : ''}`;
}
