// Forms of text that are plainly secrets.

const FORMS: readonly (readonly [RegExp, string])[] = [
  // `$(PASSWORD)` and `${PASSWORD}` are put in when the pod runs.
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:(?!\$(\(\w+\)|\{\w+\})@)[^\s/@]+@/i, 'a URL with a password'],
  [/\bpassword=(?!\$[({])[^\s;&'"]+/i, 'a connection string with a password'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----/, 'a private key'],
  [/\b(AKIA|ASIA)[0-9A-Z]{16}\b/, 'an AWS access key'],
  [/\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22,})/, 'a GitHub token'],
  [/\bglpat-[A-Za-z0-9_-]{20}/, 'a GitLab token'],
  [/\bxox[abeoprs]-[A-Za-z0-9-]{10,}/, 'a Slack token'],
  [/\bhttps:\/\/hooks\.slack\.com\/services\/\w+\/\w+\/\w+/, 'a Slack webhook'],
  [/\bAIza[0-9A-Za-z_-]{35}\b/, 'a Google API key'],
  [/\b(sk|rk)_live_[0-9A-Za-z]{20,}/, 'a Stripe key'],
  [/\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/, 'a JSON web token'],
];

/** What secret a text plainly holds; undefined when none is seen, which proves nothing. */
export function secretIn(text: string): string | undefined {
  return FORMS.find(([form]) => form.test(text))?.[1];
}
