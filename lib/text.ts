// Text for people: what is counted, listed and cut to fit, and what must not reach a terminal as it is.

/** How many names are listed; the rest is counted. */
const MOST_NAMES = 5;

/**
 * `text` with `\u202e` for a character that would break a line, turn the reading around, drive a terminal or not be seen: names and
 * values are anybody's.
 */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const digits = (character.codePointAt(0) as number).toString(16).padStart(4, '0');
    return character === '\n' ? '\\n' : digits.length > 4 ? `\\u{${digits}}` : `\\u${digits}`;
  });
}

/** Broken at spaces, and within words that are longer than a line. */
export function wrapped(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  const room = Math.max(20, width - indent.length);
  for (const word of text.split(' ').flatMap((long) => long.match(new RegExp(`.{1,${room}}`, 'gsu')) ?? [''])) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= room) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => `${indent}${line}`);
}

/** `a, b, c, d, e and 3 more` */
export function listed(names: readonly string[]): string {
  if (names.length <= MOST_NAMES) return names.join(', ');
  return `${names.slice(0, MOST_NAMES).join(', ')} and ${number(names.length - MOST_NAMES)} more`;
}

/** `1 group`, `1,000 groups` */
export function counted(count: number, noun: string): string {
  return `${number(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** At most 60 characters of it. */
export function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57).replace(/[\ud800-\udbff]$/, '')}...` : text;
}

/** `1,000`, `0.125`. Not by Intl, which takes 20 ms for the first number of a process (docs/performance.md). */
export function number(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+(?!\d))/g, ',');
}
