// A real browser, where there is one: Debian's Chromium, without a display and without the network.

import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** Whether a browser is there; titles of tests that need it end with this. */
export const hasBrowser = CHROMIUM !== undefined;
export const BROWSER_NOTE = hasBrowser ? '' : ' (skipped: no browser; Debian package chromium)';

export function aBrowser(): Promise<Browser> {
  const offline = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];
  // The tests may run as root, where Chromium's sandbox refuses.
  return chromium.launch({ executablePath: CHROMIUM as string, args: ['--no-sandbox', '--disable-gpu', ...offline] });
}
