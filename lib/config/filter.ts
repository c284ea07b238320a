// A team's `where` becomes part of our SQL and of GROUP_WHERE, always as `(…)`. It must not be able to leave its parentheses.

/** What keeps `where` from being one closed SQL condition, and what to do about it; undefined when nothing does. */
export function filterProblem(where: string): string | undefined {
  if (where.trim() === '') return 'it is empty: leave `where` out for all rows';
  if (/^\s*where\b/i.test(where)) return 'leave out the word WHERE';
  // Strings and quoted names first: what stands inside them is data.
  const bare = where.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, "''");
  if (where.includes('\\'))
    return 'it has a backslash, which PostgreSQL reads in two ways; compare with chr(92) instead';
  if (/['"]/.test(bare.replaceAll("''", '')))
    return 'it has an unclosed quote; within a text, a quote is written twice';
  if (/--|\/\*/.test(bare)) return 'it has a comment: take it out';
  if (/[;\0]/.test(bare)) return 'it has a semicolon or NUL: take it out';
  if (/\$[\w\u{80}-\u{10ffff}]*\$|\$\d/u.test(bare)) return "it has a dollar quote or parameter: write texts as '…'";
  return isBalanced(bare) ? undefined : 'its parentheses do not match';
}

/** What keeps `sql` from being one statement that only reads, as far as a look can tell; the store has the last word. */
export function queryProblem(sql: string): string | undefined {
  if (sql.trim() === '') return 'such as "SELECT code AS name, url FROM shop.branches"';
  if (sql.includes('\0')) return 'it has a NUL: take it out';
  // Behind comments and opening parentheses.
  const [first] = /[^\s(]+/.exec(sql.replace(/--.*$|\/\*[\s\S]*?\*\//gm, '')) ?? [];
  return /^(select|with|values|table)\b/i.test(first ?? '') ? undefined : 'it begins with SELECT, WITH or VALUES';
}

function isBalanced(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}
