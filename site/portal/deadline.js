// Until when the insurer wants the survey to be answered.

import { dayInJapan, fill, show } from '/assets/page.js';

const language = document.documentElement.lang;
const date = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' });
const weekday = new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' });

/**
 * Shows the deadline, and what to do when it has passed.
 *
 * @param {string | null} day The last day in Japan, as `2026-12-18`; null when the insurer names none.
 * @param {number} now The server's time in milliseconds.
 */
export function deadline(day, now) {
  show('deadline-set', Boolean(day));
  show('deadline-over', Boolean(day) && day < dayInJapan(now));
  if (day) {
    fill('deadline', date.format(new Date(day)));
    fill('deadline-weekday', weekday.format(new Date(day)));
  }
}
