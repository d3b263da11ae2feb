// What pages of a signed-in member have in common: logging out, and the warning before it happens by itself. The server
// ends sessions; the page only says so in time.

import { call } from '/assets/api.js';
import { onSend } from '/assets/form.js';
import { fill, proceed, show } from '/assets/page.js';

/** How long before the end the member is warned, in milliseconds. */
const WARNING = 5 * 60_000;
/** How long after the end the page looks, so that looking does not put it off. */
const MARGIN = 2_000;

const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: 'numeric', minute: '2-digit' });
const ending = document.getElementById('ending');
let timers = [];

/** Wires the form that logs out. */
export function logout() {
  onSend(document.forms.logout, async () => {
    const { problem } = await call('DELETE', 'session');
    return problem ?? proceed('signedOut');
  });
}

/**
 * Warns before the session ends, lets the member go on, and shows nothing of the member when it has ended.
 *
 * @param {import('/assets/api.js').Answer} answer Of get-session.
 * @param {ReturnType<import('/assets/page.js').begin>} page
 */
export function watch({ body, now }, page) {
  const [expires, idle] = [body.session.expiresAt, body.session.idleExpiresAt].map((time) => Date.parse(time));
  const left = Math.min(expires, idle) - now;
  for (const timer of timers) {
    clearTimeout(timer);
  }
  // Towards its last end a session cannot be gone on with.
  show('idle', idle < expires);
  show('final', idle >= expires);
  fill('ends', clock.format(Date.now() + left));
  const closeAnd = (go) => () => {
    ending.close();
    go();
  };
  ending.close();
  timers = [
    setTimeout(() => ending.showModal(), Math.max(left - WARNING, 0)),
    setTimeout(closeAnd(page.run), left + MARGIN),
  ];
  ending.querySelector('[data-go-on]').onclick = closeAnd(page.look);
  ending.querySelector('[data-close]').onclick = closeAnd(() => {});
}
