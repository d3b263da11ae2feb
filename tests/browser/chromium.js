// The browser, the same for tests and tools: Debian's Chromium, as somebody has it who just bought the device.

import { chromium, devices } from '@playwright/test';

/** The browser's program. */
export const program = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Nothing of its own goes to the network, and it needs neither a graphics card nor a user other than root. */
export const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

const member = { locale: 'ja-JP', timezoneId: 'Asia/Tokyo' };

/** The two devices that everything is looked at on. */
export const phone = {
  ...member,
  viewport: { width: 360, height: 740 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
  userAgent: devices['Pixel 7'].userAgent,
};
export const desktop = { ...member, viewport: { width: 1280, height: 900 } };

/** Starts the browser for a tool; the tests get theirs from Playwright. */
export function launch() {
  return chromium.launch({ executablePath: program, args: flags });
}
