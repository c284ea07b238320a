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
  { name: 'day of week', min: 0, max: 6, names: DAYS },
] as const satisfies readonly Field[];
const LONGEST_MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** What is wrong with a cron line, or undefined. A line that can never fire, such as the 31st of February, is wrong too. */
export function cronProblem(line: string): string | undefined {
  const words = line.trim().split(/\s+/);
  if (words.length !== FIELDS.length) return `${words.length} fields instead of 5`;
  const values: number[][] = [];
  for (const [index, field] of FIELDS.entries()) {
    const word = words[index] as string;
    const parsed = parseField(word, field);
    if (parsed === undefined)
      return `a ${field.name} field "${word}" outside ${field.min} to ${field.max} or not of cron's form`;
    values.push(parsed);
  }
  const [, , daysOfMonth, months] = values as [number[], number[], number[], number[], number[]];
  const anyWeekday = /^[*?]/.test(words[4] as string);
  const fires = months.some((month) => Math.min(...daysOfMonth) <= (LONGEST_MONTH_DAYS[month - 1] as number));
  return anyWeekday && !fires ? 'a date that never comes' : undefined;
}

/** A day-of-week field as sorted numbers, 0 is Sunday; undefined when it is not one. */
export function parseDays(text: string): number[] | undefined {
  return parseField(text, FIELDS[4]);
}

function parseField(text: string, field: Field): number[] | undefined {
  const values = new Set<number>();
  for (const item of text.split(',')) {
    const match = /^(?:([*?])|([0-9a-z]+)(?:-([0-9a-z]+))?)(?:\/(\d+))?$/i.exec(item);
    if (!match) return undefined;
    const [, star, low, high, step] = match;
    const from = star ? field.min : parseValue(low as string, field);
    // `5/10` means from 5 to the end in steps of 10.
    const to = star || (step && !high) ? field.max : high ? parseValue(high, field) : from;
    const by = step === undefined ? 1 : Number(step);
    if (from === undefined || to === undefined || from < field.min || to > field.max || from > to || by < 1)
      return undefined;
    for (let value = from; value <= to; value += by) values.add(value);
  }
  return [...values].sort((a, b) => a - b);
}

function parseValue(text: string, field: Field): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const index = field.names?.indexOf(text.toLowerCase()) ?? -1;
  return index < 0 ? undefined : index + field.min;
}
