// A team's `where` becomes part of our SQL and of GROUP_WHERE, always as `(…)`. It must not be able to leave its parentheses.

/** What keeps `where` from being one closed SQL condition, or undefined when nothing does. */
export function filterProblem(where: string): string | undefined {
  if (where.trim() === '') return 'an empty text';
  // Strings and quoted names first: what stands inside them is data.
  const bare = where.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, "''");
  if (/['"]/.test(bare.replaceAll("''", ''))) return 'an unclosed quote';
  if (/--|\/\*/.test(bare)) return 'a comment';
  if (/[;\0]/.test(bare)) return 'a semicolon';
  if (/\$\w*\$|\$\d/.test(bare) || where.includes('\\')) return 'a dollar quote, parameter or backslash';
  let depth = 0;
  for (const character of bare) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (depth < 0) break;
  }
  return depth === 0 ? undefined : 'unbalanced parentheses';
}
