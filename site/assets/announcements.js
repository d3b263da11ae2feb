// サイトからのお知らせ: which of them are in force, and for whom. Pages have all of them, from parts/<language>/
// announcements.html: each says with its date from when on it is shown, with `data-until` for how long, both days
// included, and with `data-insurer-code` for whose members only.

import { dayInJapan, show } from './page.js';

/**
 * Shows the announcements in force wherever this page has `data-news`: those for everybody, and those for the members
 * of an insurer.
 *
 * @param {string} [insurerCode]
 */
export function announcements(insurerCode) {
  const entries = [...document.querySelectorAll('[data-news] > li')];
  for (const entry of entries) {
    entry.hidden = !(isInForce(entry) && isFor(entry, insurerCode));
  }
  show(
    'news',
    entries.some(({ hidden }) => !hidden),
  );
}

/** Whether an announcement is shown today, in Japan. */
export function isInForce(entry) {
  const today = dayInJapan(Date.now());
  const { dateTime: from } = entry.querySelector('time');
  const { until = today } = entry.dataset;
  return from <= today && today <= until;
}

function isFor(entry, insurerCode) {
  return [undefined, insurerCode].includes(entry.dataset.insurerCode);
}
