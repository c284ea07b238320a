// What a PostgreSQL URL must be before it is given to the driver, which would quietly put localhost where it misses a host,
// and stumble over other things with the password in its message.

const ENCODE =
  'percent-encode special characters in user and password: "@" is %40, "/" is %2F, "#" is %23, "%" is %25, a space is %20';

/** What to do about a URL that cannot be used; undefined when it can. Never says any of it. */
export function urlProblem(url: string): string | undefined {
  if (url === '') return 'is DATABASE_URL set but empty? Unset it to use the demo store, where the config names one';
  if (!/^postgres(ql)?:\/\//.test(url)) return 'it must start with postgres:// or postgresql://';
  const parsed = readUrl(url);
  if (parsed === undefined || /\s/.test(url)) return `${ENCODE}; check the port, 1 to 65535`;
  // After a "/", "?" or "#" that was not encoded, the rest of a password reads as database or options, and user as host.
  if (`${parsed.pathname}${parsed.search}${parsed.hash}`.includes('@')) return ENCODE;
  const host = parsed.searchParams.get('host') || parsed.hostname;
  if (host === '')
    return 'it names no host, and the driver would silently connect to localhost; write that if it is meant';
  return host.includes(',') ? 'the driver takes one host only' : undefined;
}

/** The URL in its parts, or undefined. A socket's URL, `postgres://user@/db?host=/run/postgresql`, has an empty host name. */
function readUrl(url: string): URL | undefined {
  try {
    // The URL standard refuses user info without a host.
    const parsed = new URL(url.replace(/^(\w+:\/\/)[^/?]*@(?=[/?]|$)/, '$1'));
    decodeURIComponent(parsed.username + parsed.password + parsed.pathname);
    return parsed;
  } catch {
    return undefined;
  }
}
