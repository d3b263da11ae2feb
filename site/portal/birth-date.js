// The birth date: three fields and an era, a whole date pasted into any of them, and both calendars as an echo.
// It is sent as it was typed; what is a date, and when an era ends, is the API's to say.

const WESTERN = '西暦';

const echoed = (calendar) =>
  new Intl.DateTimeFormat(`${document.documentElement.lang}-u-ca-${calendar}`, { dateStyle: 'long', timeZone: 'UTC' });

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
  const echo = form.querySelector('[data-echo]');
  const calendars = [echoed('gregory'), echoed('japanese')];

  const showEcho = () => {
    const date = read(eras, parts);
    echo.replaceChildren(...(date ? [calendars.map((calendar) => calendar.format(date)).join(' = ')] : []));
  };
  const choose = (name) => {
    for (const choice of eras) {
      choice.checked = choice.value === name;
    }
  };

  // Four digits are a western year, whatever was chosen before: no era has had so many.
  year.addEventListener('input', (event) => {
    if (!event.isComposing && /^\d{4}$/.test(plain(year.value))) {
      choose(WESTERN);
    }
  });
  for (const part of [...parts, ...eras]) {
    part.addEventListener('change', showEcho);
  }
  for (const part of parts) {
    part.addEventListener('paste', (event) => {
      const date = whole(event.clipboardData.getData('text'), eras);
      if (date) {
        event.preventDefault();
        choose(date.era);
        parts.forEach((field, index) => {
          field.value = date.parts[index];
        });
        day.focus();
        showEcho();
      }
    });
  }
  // Also what the browser put back into the fields.
  addEventListener('pageshow', showEcho);

  return () => {
    if (parts.every((part) => part.value.trim() === '')) {
      return '';
    }
    const chosen = eras.find((choice) => choice.checked)?.value ?? '';
    const prefix = chosen === WESTERN ? '' : chosen;
    return `${prefix}${year.value}年${month.value}月${day.value}日`;
  };
}

/** Takes a whole date apart: 昭和55年1月1日, S55.1.1, 1980/1/1, 19800101, in any width. */
function whole(text, eras) {
  const date = plain(text);
  const run = /^(\d{4})(\d{2})(\d{2})$/.exec(date);
  if (run) {
    return { era: WESTERN, parts: run.slice(1).map(withoutZero) };
  }
  const apart = /^(\p{L}*?)(元|\d+)[年./-](\d{1,2})[月./-](\d{1,2})日?$/u.exec(date);
  if (!apart) {
    return null;
  }
  const [, name, ...parts] = apart;
  const named = eras.find((choice) => [choice.value, choice.dataset.letter].includes(name.toUpperCase()));
  if (name === '' ? parts[0].length !== 4 : !named) {
    return null;
  }
  return { era: named?.value ?? WESTERN, parts: parts.map(withoutZero) };
}

/** The date that is typed, if it is one: for the echo only. */
function read(eras, parts) {
  const chosen = eras.find((choice) => choice.checked);
  const [year, month, day] = parts.map((part) => Number(plain(part.value).replace(/^元$/, '1')));
  if (!chosen || !(year > 0)) {
    return null;
  }
  // The year before the era's first one stands in the page.
  const date = new Date(0);
  date.setUTCFullYear(Number(chosen.dataset.before) + year, month - 1, day);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getTime() < Date.now();
  return exists && had(chosen.value, date.getUTCFullYear()) ? date : null;
}

/** Whether an era had a part of this year. */
function had(era, year) {
  const calendar = new Intl.DateTimeFormat('ja-u-ca-japanese', { era: 'short', timeZone: 'UTC' });
  const ends = [Date.UTC(year, 0, 1), Date.UTC(year, 11, 31)];
  return era === WESTERN || ends.some((day) => calendar.format(day).startsWith(era));
}

function plain(text) {
  return text.normalize('NFKC').replace(/\s/g, '');
}

function withoutZero(digits) {
  return digits.replace(/^0+(?=\d)/, '');
}
