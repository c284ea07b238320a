// What programs have printed, made fit for a terminal: it must not move the cursor, rename the window, or hide what it says.

const ESCAPE = '\u001b';
const BELL = '\u0007';
/** Colours and cursor moves, then titles and links (until a bell or a terminator), then sequences of two characters. */
const SEQUENCES = new RegExp(
  [
    `${ESCAPE}\\[[0-?]*[ -/]*[@-~]`,
    `${ESCAPE}[\\]PX^_][^${BELL}${ESCAPE}]*(?:${BELL}|${ESCAPE}\\\\)`,
    `${ESCAPE}[ -/]*[0-OQ-WYZ\\\\\`-~]`,
  ].join('|'),
  'g',
);
/** Control characters but newline and tab; marks that turn the direction of text or have no width; other ends of a line. */
const UNSAFE = /[^\P{Cc}\n\t]|\p{Cf}|[\u2028\u2029]/gu;

/** Sequences of a terminal are left out, a carriage return is a new line, and the rest is shown by its number. */
export function printable(text: string): string {
  return text.replace(SEQUENCES, '').replace(/\r\n?/g, '\n').replace(UNSAFE, escaped);
}

/** JSON whose texts are as they were, and that shows no such character itself. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(UNSAFE, escaped);
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    return `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  }).join('');
}
