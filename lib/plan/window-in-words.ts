// A window as a person says it.

import type { Window } from '../config/schema';
import { printTimeOfDay } from '../config/time';
import { number } from '../text';

/** `22:00 to 05:00 next day Asia/Seoul (7 h over midnight)`. */
export function describeWindow(window: Window): string {
  const { opensAt, minutes, timeZone, days, concurrency, jobMinutes } = window;
  const closes = opensAt + minutes;
  const hours = `${+(minutes / 60).toFixed(2)} h`;
  const facts = [
    closes > 1440 ? `${hours} over midnight` : hours,
    ...(days === '*' ? [] : [`days ${days}`]),
    ...(concurrency === undefined ? [] : [`${number(concurrency)} at once for ${jobMinutes} min each`]),
  ];
  return `${printTimeOfDay(opensAt)} to ${printTimeOfDay(closes)}${closes > 1440 ? ' next day' : ''} ${timeZone} (${facts.join(', ')})`;
}
