// Whether a live object is as a manifest says: the server adds fields and defaults, so only what is written is looked at. Pure.

/** True when every field of `wanted` has the same value in `live`; lists have the same items, in the same order. */
export function isAsWritten(wanted: unknown, live: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(live) && live.length === wanted.length && wanted.every((item, at) => isAsWritten(item, live[at]))
    );
  }
  if (typeof wanted !== 'object' || wanted === null) return wanted === live;
  if (typeof live !== 'object' || live === null) return false;
  return Object.entries(wanted).every(([key, value]) => isAsWritten(value, (live as Record<string, unknown>)[key]));
}
