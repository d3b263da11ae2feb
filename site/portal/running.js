// A code that was mailed: how long it is valid, and from when on another may be asked for.

import { fill, show } from '/assets/page.js';

const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: 'numeric', minute: '2-digit' });
let counting = 0;

/**
 * Shows until when the code is valid, and counts the seconds until another may be asked for.
 *
 * @param {{expiresAt: string, resendAt: string}} code
 * @param {number} now The server's time in milliseconds.
 */
export function running({ expiresAt, resendAt }, now) {
  const ahead = Date.now() - now;
  fill('expires', clock.format(Date.parse(expiresAt) + ahead));
  clearInterval(counting);
  const count = () => {
    const seconds = Math.ceil((Date.parse(resendAt) + ahead - Date.now()) / 1_000);
    fill('seconds', seconds);
    show('wait', seconds > 0);
    if (seconds <= 0) {
      clearInterval(counting);
    }
  };
  counting = setInterval(count, 1_000);
  count();
}
