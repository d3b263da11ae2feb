// サイトからのお知らせ: which of them are in force, and for whom. The list of all of them is the page announcements/,
// where each says with its date from when on it is shown, with `data-until` for how long, both days included, and with
// `data-insurer-code` for whose members only.

import { dayInJapan, entriesOf, show } from './page.js';

/**
 * Shows the announcements in force wherever this page has `data-news`: those for everybody, and those for the members
 * of an insurer.
 *
 * @param {string} [insurerCode]
 */
export async function announcements(insurerCode) {
  const listed = await entriesOf(document.querySelector('a[data-announcements]').href);
  const entries = listed.filter((entry) => isInForce(entry) && isFor(entry, insurerCode)).map(copy);
  for (const list of document.querySelectorAll('[data-news]')) {
    list.replaceChildren(...entries.map((entry) => entry.cloneNode(true)));
  }
  show('news', entries.length > 0);
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

/** The entry for this page, its link leading where it leads from the list. */
function copy(entry) {
  const own = document.importNode(entry, true);
  own.querySelector('a').href = entry.querySelector('a').href;
  return own;
}
