// The key of the member's letter. The letter's code has it behind the # of the address, which a browser sends to nobody.
// It goes into the field and out of the address at once, and leaves the browser only in what is sent to be verified.

import { typed } from '/assets/form.js';
import { addressed } from '/assets/insurer.js';
import { show } from '/assets/page.js';

const KEPT = 'letter-key';
/** As it stands in the code, or as it is printed: what else stands behind a # is no key. */
const SCANNED = /^#[0-9a-z]{4}-?[0-9a-z]{4}-?[0-9a-z]{4}$/i;
const FIELD = 'letterKey';

/**
 * Fills the field with the key that was scanned, in this tab and in the other language too. The field shows where the
 * insurer asks for a key (see insurer.js).
 *
 * @param {HTMLFormElement} form
 * @returns {{of: () => object, ask: (problem?: import('/assets/api.js').Problem) => void, forget: () => void}} `of` gives
 *   what was typed, as the API takes it; `ask` shows the field when the API misses the key; `forget` forgets it.
 */
export function letterKey(form) {
  const place = form.querySelector(`[data-field="${FIELD}"]`);
  const key = scanned() ?? kept();
  if (key) {
    form.elements[FIELD].value ||= key.replace(/(.{4})(?=.)/g, '$1-');
    // Until it is known whether the insurer asks for one.
    place.hidden = false;
  }
  return {
    of: () => (place.hidden ? {} : { [FIELD]: typed(form, FIELD) }),
    ask: (problem) => {
      if (problem?.errors.some(({ field }) => field === FIELD)) {
        show('letter-key');
      }
    },
    forget: () => keep(null),
  };
}

/** The key in the address of this page, which has none from then on. */
function scanned() {
  if (!SCANNED.test(location.hash)) {
    return null;
  }
  const key = location.hash.slice(1).replaceAll('-', '').toUpperCase();
  history.replaceState(history.state, '', location.pathname + location.search);
  keep({ code: addressed, key });
  return key;
}

/** The key that was scanned in this tab before, unless the address is of another insurer. */
function kept() {
  try {
    const before = JSON.parse(sessionStorage.getItem(KEPT));
    return before && (!addressed || before.code === addressed) ? before.key : null;
  } catch {
    return null;
  }
}

function keep(scanned) {
  try {
    if (scanned) {
      sessionStorage.setItem(KEPT, JSON.stringify(scanned));
    } else {
      sessionStorage.removeItem(KEPT);
    }
  } catch {
    // A tab that keeps nothing is told by the address of the page in the other language.
    for (const language of document.querySelectorAll('.language a')) {
      language.hash = scanned?.key ?? '';
    }
  }
}
