// The birth date: three fields and an era, a whole date pasted or typed into any of them, and both calendars as an echo.
// It is sent as it was typed; what is a date, and when an era ends, is the API's to say.

import { suggest } from '/assets/form.js';

const WESTERN = '西暦';

const language = document.documentElement.lang;
const gregorian = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' });
const japanese = new Intl.DateTimeFormat(`${language}-u-ca-japanese`, { dateStyle: 'long', timeZone: 'UTC' });

/**
 * Wires the fields `era`, `year`, `month` and `day` of a form.
 *
 * @param {HTMLFormElement} form
 * @returns {() => string} Gives the date as the API reads it, such as 昭和55年1月1日; empty when nothing was typed.
 */
export function birthDate(form) {
  const { era, year, month, day } = form.elements;
  const parts = [year, month, day];
  const eras = [...era];
  const field = year.closest('[data-field]');
  const echo = field.querySelector('[data-echo]');
  const eraMissing = field.querySelector('[data-era-missing]');

  const chosen = () => eras.find((choice) => choice.checked);
  const choose = (name) => {
    for (const choice of eras) {
      choice.checked = choice.value === name;
    }
  };
  const show = () => {
    const date = chosen() && dayOf(chosen(), parts);
    echo.textContent = date ? `${gregorian.format(date)} = ${inEra(date)}` : '';
    // A year that has two digits has an era; which one, only the member knows.
    const [typed, ...rest] = parts.map(({ value }) => plain(value));
    const isShort = /^\d{1,2}$/.test(typed) && (chosen()?.value ?? WESTERN) === WESTERN;
    eraMissing.hidden = !(isShort && rest.every(Boolean));
    const had = eras.filter((choice) => choice.value !== WESTERN && dayOf(choice, parts));
    suggest(field, isShort && had.length === 1 ? `${had[0].value}${typed}年${rest[0]}月${rest[1]}日` : null);
  };
  const spread = (date) => {
    choose(date.era);
    parts.forEach((part, index) => {
      part.value = date.parts[index];
    });
    show();
  };

  // Four digits are a western year, whatever was chosen before: no era has had so many.
  const western = () => /^\d{4}$/.test(plain(year.value)) && choose(WESTERN);
  year.addEventListener('input', (event) => event.isComposing || western());
  year.addEventListener('compositionend', western);
  for (const part of [...parts, ...eras]) {
    part.addEventListener('change', () => {
      const date = whole(part.value, eras);
      const own = part === year && yearOfEra(year.value, eras);
      if (date && part.type !== 'radio') {
        spread(date);
      } else if (own) {
        choose(own.era ?? chosen()?.value);
        year.value = own.year;
      }
      show();
    });
  }
  for (const part of parts) {
    part.addEventListener('paste', (event) => {
      const date = whole(event.clipboardData.getData('text'), eras);
      if (date) {
        event.preventDefault();
        spread(date);
        day.focus();
      }
    });
  }
  field.addEventListener('take', (event) => {
    event.preventDefault();
    spread(whole(event.detail, eras));
  });
  // Also what the browser put back into the fields.
  addEventListener('pageshow', show);

  return () => {
    if (parts.every((part) => part.value.trim() === '')) {
      return '';
    }
    const name = chosen()?.value ?? '';
    const prefix = name === WESTERN ? '' : name;
    return `${prefix}${year.value}年${month.value}月${day.value}日`;
  };
}

/** Takes a whole date apart: 昭和55年1月1日, S55.1.1, 1980/1/1, 19800101, in any width. */
function whole(text, eras) {
  const date = plain(text).replace(/^生年月日:?/, '');
  const run = /^(\d{4})(\d{2})(\d{2})$/.exec(date);
  if (run) {
    return { era: WESTERN, parts: run.slice(1).map(withoutZero) };
  }
  const apart = /^(\p{L}*?)(元|\d+)[年./-](\d{1,2})[月./-](\d{1,2})(?:日(?:生(?:まれ)?)?)?$/u.exec(date);
  if (!apart) {
    return null;
  }
  const [, name, ...parts] = apart;
  const era = named(name, eras);
  if (name === '' ? parts[0].length !== 4 : !era) {
    return null;
  }
  return { era: era ?? WESTERN, parts: parts.map(withoutZero) };
}

/** Takes a year apart that has more than its number: 昭和55, S55, 55年, 昭和元年. */
function yearOfEra(text, eras) {
  const [, name, year, kanji] = /^(\p{L}*?)(元|\d{1,2})(年?)$/u.exec(plain(text)) ?? [];
  const era = named(name, eras);
  return (name ? era : kanji) ? { era, year } : null;
}

/** The era of a name or a letter; none for another text. */
function named(name, eras) {
  return eras.find(({ dataset, value }) => name && [value, dataset.letter].includes(name.toUpperCase()))?.value;
}

/** The date that is typed, if it is one of this era: for the echo, and for what is offered. */
function dayOf(era, parts) {
  const [year, month, day] = parts.map((part) => Number(plain(part.value).replace(/^元$/, '1')));
  // The year before the era's first one stands in the page. There is nobody older than the western years with four digits.
  if (!(year > 0) || (era.value === WESTERN && year < 1000)) {
    return null;
  }
  const date = new Date(0);
  date.setUTCFullYear(Number(era.dataset.before) + year, month - 1, day);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getTime() < Date.now();
  return exists && had(era.value, date.getUTCFullYear()) ? date : null;
}

/** Whether an era had a part of this year. */
function had(era, year) {
  const calendar = new Intl.DateTimeFormat('ja-u-ca-japanese', { era: 'short', timeZone: 'UTC' });
  const ends = [Date.UTC(year, 0, 1), Date.UTC(year, 11, 31)];
  return era === WESTERN || ends.some((day) => calendar.format(day).startsWith(era));
}

/** The date with its year in its era, in the order of the western calendar: browsers do not agree on another. */
function inEra(date) {
  const parts = japanese.formatToParts(date);
  const [era, year] = ['era', 'year'].map((type) => parts.find((part) => part.type === type)?.value ?? '');
  const joined = language === 'ja' ? era + year : `${era} ${year}`;
  return gregorian
    .formatToParts(date)
    .map(({ type, value }) => (type === 'year' ? joined : value))
    .join('');
}

function plain(text) {
  return text.normalize('NFKC').replace(/\s/g, '');
}

function withoutZero(digits) {
  return digits.replace(/^0+(?=\d)/, '');
}
