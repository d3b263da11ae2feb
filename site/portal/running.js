// A code that was mailed: how long it is valid, from when on another may be asked for, and where the mail is.

import { fill, onConceal, show } from '/assets/page.js';

/** When to look where the mail is, in milliseconds after the page has seen the code: mostly that is known in seconds. */
const LOOKS = [3_000, 8_000, 20_000, 60_000, 180_000, 360_000];
/** Where a mail can be. */
const STATES = ['handed-over', 'delivered', 'delayed', 'returned'];

const language = document.documentElement.lang;
const clock = new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit' });
/** The time by which a mail service, or whoever is asked there, finds a mail. */
const japan = new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit', timeZone: 'Asia/Tokyo' });
let counting = 0;
let expiring = 0;
let looking = [];
/** The code that is looked after, by its end. */
let followed = null;

/**
 * Shows until when the code is valid, and when it no longer is; counts the seconds until another may be asked for.
 *
 * @param {{expiresAt: string, resendAt: string}} code
 * @param {number} now The server's time in milliseconds.
 */
export function running({ expiresAt, resendAt }, now) {
  const ahead = Date.now() - now;
  fill('expires', clock.format(Date.parse(expiresAt) + ahead));
  clearInterval(counting);
  clearTimeout(expiring);
  const left = Date.parse(expiresAt) + ahead - Date.now();
  show('expired', left <= 0);
  show('valid', left > 0);
  if (left > 0) {
    expiring = setTimeout(() => running({ expiresAt, resendAt }, Date.now() - ahead), left);
  }
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

/**
 * Shows where the mail is, as far as it is known, and looks a few times: also what has arrived may come back.
 *
 * @param {{expiresAt: string, bounced?: boolean, delivery?: {state: string, at: string}}} code
 * @param {string} email Where the code was sent.
 * @param {{look: () => Promise<void>}} page
 * @returns {{delayed: boolean, returned: boolean}} Whether another address should be offered.
 */
export function delivery({ bounced = false, delivery: known, expiresAt }, email, page) {
  const state = bounced ? 'returned' : known?.state;
  for (const one of STATES) {
    show(one, one === state);
  }
  if (known) {
    const at = Date.parse(known.at);
    fill('mail-at', japan.format(at));
    show('abroad', japan.format(at) !== clock.format(at));
    fill('mail-service', email.slice(email.indexOf('@') + 1));
  }
  if (followed !== expiresAt) {
    rest();
    followed = expiresAt;
    looking = LOOKS.map((wait) => setTimeout(() => document.visibilityState === 'visible' && page.look(), wait));
  }
  if (state === 'returned') {
    looking.forEach(clearTimeout);
  }
  return { delayed: state === 'delayed', returned: state === 'returned' };
}

/** Looks no more. */
export function rest() {
  looking.forEach(clearTimeout);
  followed = null;
}

onConceal(() => {
  rest();
  clearInterval(counting);
  clearTimeout(expiring);
});
