// Until when the insurer wants the survey to be answered. Days are days in Japan.

import { dayInJapan, fill, onConceal, show } from '/assets/page.js';

const DAY = 24 * 60 * 60_000;

const language = document.documentElement.lang;
const date = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' });
const weekday = new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' });
let turning = 0;

/**
 * Shows the deadline, and what to do when it has passed.
 *
 * @param {string | null} day The last day in Japan, as `2026-12-18`; null when the insurer names none.
 * @param {number} now The server's time in milliseconds.
 */
export function deadline(day, now) {
  daily((today) => ends(day, today), now);
}

/** Shows until when, and whether that is over, which it says. */
export function ends(day, today) {
  const isOver = Boolean(day) && day < today;
  show('deadline-set', Boolean(day));
  show('deadline-over', isOver);
  if (day) {
    fillDay('deadline', day);
  }
  return isOver;
}

/** Writes a day into every element that carries `data-NAME`, and its day of the week into those with `data-NAME-weekday`. */
export function fillDay(name, day) {
  fill(name, date.format(new Date(day)));
  fill(`${name}-weekday`, weekday.format(new Date(day)));
}

/**
 * Shows what depends on the day, and again when another day begins: a page may stay open over midnight.
 *
 * @param {(today: string) => void} present
 * @param {number} now The server's time in milliseconds.
 */
export function daily(present, now) {
  const ahead = Date.now() - now;
  const today = dayInJapan(now);
  clearTimeout(turning);
  present(today);
  const tomorrow = Date.parse(`${today}T00:00:00+09:00`) + DAY;
  turning = setTimeout(() => daily(present, Date.now() - ahead), tomorrow - now);
}

onConceal(() => clearTimeout(turning));
