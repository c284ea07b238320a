// Times of day and time zones, as the config writes them.

/** A time of day in minutes after midnight; `nextDay` when the text says so. */
export interface TimeOfDay {
  minutes: number;
  nextDay: boolean;
}

/** Reads `HH:MM` or `HH:MM next day`; undefined when it is neither. */
export function parseTimeOfDay(text: string): TimeOfDay | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)( next day)?$/.exec(text);
  return match ? { minutes: Number(match[1]) * 60 + Number(match[2]), nextDay: match[3] !== undefined } : undefined;
}

/** `HH:MM` of minutes after midnight, of whichever day. */
export function printTimeOfDay(minutes: number): string {
  const ofDay = ((minutes % 1440) + 1440) % 1440;
  return `${String(Math.floor(ofDay / 60)).padStart(2, '0')}:${String(ofDay % 60).padStart(2, '0')}`;
}

/**
 * True for an IANA name as the API server knows it. It looks the name up in files, so case matters there and not here:
 * a name that only differs in case from a known one is refused.
 */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(name) || name === 'Local') return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
  } catch {
    return false;
  }
  const known = Intl.supportedValuesOf('timeZone').find((zone) => zone.toLowerCase() === name.toLowerCase());
  return known === undefined || known === name;
}
