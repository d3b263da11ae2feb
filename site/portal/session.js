// What pages of a signed-in member have in common: who that is, whom to contact, logging out, and the warning before it
// happens by itself. The server ends sessions; the page only says so in time.

import { call } from '/assets/api.js';
import { onSend } from '/assets/form.js';
import { contact, recall } from '/assets/insurer.js';
import { begin, fill, onConceal, proceed, show } from '/assets/page.js';
import { ended } from '/assets/subject.js';

/** How long before the end the member is warned, in milliseconds. */
const WARNING = 5 * 60_000;
/** How long after the end the page looks, so that looking does not put it off. */
const MARGIN = 2_000;

const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: 'numeric', minute: '2-digit' });
const moment = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'long', timeStyle: 'short' });
const ending = document.getElementById('ending');
let timers = [];

const rest = () => timers.forEach(clearTimeout);
onConceal(rest);
recall();

/**
 * Begins a page of a member who has accepted the terms; somebody who has not is led to them.
 *
 * @param {(answer: import('/assets/api.js').Answer) => Promise<import('/assets/api.js').Problem | undefined> | undefined}
 *   present Shows what is the page's own, from the answer of get-session.
 * @returns {ReturnType<import('/assets/page.js').begin>}
 */
export function signedIn(present) {
  const page = begin(async () => {
    const { answer, problem } = await call('GET', 'session');
    if (!answer) {
      return problem;
    }
    watch(answer, page);
    if (!answer.body.terms.accepted) {
      return proceed('terms');
    }
    introduce(answer.body);
    contact(answer.body.insurer.code);
    return present(answer);
  });
  logout();
  return page;
}

/** Says who is signed in. */
function introduce({ email, lastLoginAt, lastLoginPlace, userId }) {
  fill('user-id', userId);
  fill('email', email);
  fill('last-login', lastLoginAt ? when(lastLoginAt) : '');
  show('logged-in-before', lastLoginAt !== null);
  fill('last-login-place', lastLoginPlace ?? '');
  show('last-login-placed', Boolean(lastLoginPlace));
}

/** A moment of the API, in words. */
export function when(time) {
  return moment.format(new Date(time));
}

/** Wires the form that logs out. */
export function logout() {
  onSend(document.forms.logout, async () => {
    const { problem } = await call('DELETE', 'session');
    if (!problem) {
      ended();
    }
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
  rest();
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
