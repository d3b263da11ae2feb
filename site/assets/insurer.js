// Which insurer the member belongs to. The letter's address has its code (signup.ibss?jkc), the member types it, or the
// API knows it of the person; from then on every page of this browser shows its name and contact. All of it is public,
// so the browser may keep it: a page that cannot reach the API, or to which no cookie came, still says whom to call.

import { lookUp } from './api.js';
import { fill, sender, show, write } from './page.js';

const KEPT = 'insurer';

/** The code in this page's address. Some readers of QR codes write `?jkc=`, and others add what they like behind it. */
export const addressed = decoded(location.search.slice(1).split(/[&=]/)[0]);

/** The code that was asked about last: an answer about another one comes too late. */
let asked = null;

/**
 * Shows an insurer's name and contact: `data-insurer`, `data-telephone`, `data-hours`, `data-mail`, `data-known-code`;
 * what stands in `data-insurer-known` shows then, and what stands in `data-insurer-unknown` does not; what stands in
 * `data-letter-key` shows where the insurer asks for the key of the letter.
 *
 * @param {string} code As it was typed.
 * @returns {Promise<import('./api.js').Problem | undefined>} Why it is not shown.
 */
export async function contact(code) {
  asked = code;
  const { answer, problem } = await lookUp(`insurers/${encodeURIComponent(code)}`);
  if (code !== asked) {
    return undefined;
  }
  if (answer) {
    present(answer.body);
    keep(answer.body);
  } else if (problem.status === 422) {
    present(null);
  }
  return problem;
}

/** Shows the insurer that the address names, or that this browser knows from before. */
export function recall() {
  const before = kept();
  if (before && !addressed) {
    present(before);
  }
  const code = addressed || before?.code;
  if (code) {
    contact(code);
  }
}

/** Shows no insurer. */
export function unknown() {
  asked = null;
  present(null);
}

function present(insurer) {
  show('insurer-known', Boolean(insurer));
  show('insurer-unknown', !insurer);
  for (const place of document.querySelectorAll('[data-insurer]')) {
    place.replaceChildren(...(insurer ? named(insurer) : []));
  }
  if (!insurer) {
    return;
  }
  const { code, contact: desk, letterKey, mailSender } = insurer;
  show('letter-key', letterKey === 'accepted' || letterKey === 'required');
  show('letter-key-optional', letterKey === 'accepted');
  fill('known-code', code);
  show('insurer-letters', /[a-z]/.test(code));
  sender(mailSender);
  link('telephone', desk.telephone, `tel:${desk.telephone.replace(/[^\d+-]/g, '')}`);
  link('mail', desk.mail, `mailto:${desk.mail}`);
  const translated = isEnglish() && insurer.english;
  fill('hours', translated ? insurer.english.hours : desk.hours);
  for (const hours of document.querySelectorAll('[data-hours]')) {
    hours.lang = translated ? 'en' : 'ja';
  }
}

/** Its name; in English with the one that stands on its papers. */
function named({ english, name }) {
  if (!isEnglish()) {
    return [name];
  }
  const own = document.createElement('span');
  own.lang = 'ja';
  own.append(name);
  return english ? [`${english.name} (`, own, ')'] : [own];
}

function link(name, text, address) {
  for (const place of document.querySelectorAll(`a[data-${name}]`)) {
    write(place, text);
    place.href = address;
  }
}

function isEnglish() {
  return document.documentElement.lang.startsWith('en');
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT));
  } catch {
    return null;
  }
}

function keep(insurer) {
  try {
    localStorage.setItem(KEPT, JSON.stringify(insurer));
  } catch {
    carry(insurer.code);
  }
}

/** A browser that keeps nothing is told by the address of each page that this one leads to. */
function carry(code) {
  const { dataset } = document.body;
  for (const [name, address] of Object.entries(dataset)) {
    const [path, hash] = address.split('#');
    dataset[name] = `${path.split('?')[0]}?${encodeURIComponent(code)}${hash ? `#${hash}` : ''}`;
  }
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// The page in the other language is about the same insurer.
if (addressed) {
  for (const language of document.querySelectorAll('.language a')) {
    language.search = location.search;
  }
}
