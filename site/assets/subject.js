// Whose page it is. A browser holds one registration, one session and one password reset, whatever its windows show. So
// each request says whom its page shows, by the subject: a random text that the API gives out with that person, and
// that means nothing elsewhere. The API refuses what is meant for somebody else (docs/adr/0011).
//
// The `main` of a page that shows a person says in `data-flow` which of the three it belongs to, that of a page that
// begins one in `data-begins`.

const { begins, flow } = document.querySelector('main').dataset;

/** The hash of an address that a flow has just led to: its cookie came with that success, or the browser refused it. */
const BEGUN = '#begun';
/** Until when, by its own clock, this browser may be in the middle of a registration. */
const UNTIL = 'registration-until';
/** How long a registration lives, in milliseconds. */
const REGISTRATION = 2 * 60 * 60_000;

/** What the API answers when a flow is over. */
const OVER = ['registration-missing', 'already-registered', 'not-signed-in', 'reset-missing'];

/** Whom this page shows. It stays when the flow ends: what is still pressed here is still meant for this person. */
let shown = remembered();
/** What another window last told of this page's flow. */
let heard = null;
let listener = () => {};
let windows = null;

/** The header by which a request says whom this page shows; none before the page knows. */
export function subject() {
  return shown ? { 'x-subject': shown } : {};
}

/**
 * Takes from an answer of the API whom it is about.
 *
 * @param {string} [answered] The subject.
 * @param {boolean} [asks] Whether it answers a question: a page that begins a flow may ask about another one.
 */
export function learn(answered, asks = false) {
  if (begins) {
    if (!asks) {
      remember(begins, answered);
      announce(begins, answered);
      if (begins === 'registration') {
        keepUntil(Date.now() + REGISTRATION);
      }
    }
    return;
  }
  if (location.hash === BEGUN) {
    history.replaceState(history.state, '', location.pathname + location.search);
  }
  if (!shown && answered) {
    shown = answered;
    remember(flow, shown);
  }
}

/** Takes from a refusal of the API that the flow is over. */
export function unlearn(problem) {
  if (flow && OVER.includes(problem)) {
    remember(flow, null);
    forgetRegistration();
  }
}

/** Whether this refusal comes of a cookie that never came: the flow had just begun, or the browser takes none. */
export function isCookieless(problem) {
  const isMissing = flow && OVER.includes(problem) && problem !== 'already-registered';
  return Boolean(isMissing) && (location.hash === BEGUN || !navigator.cookieEnabled);
}

/** Whether this browser may be in the middle of a registration. Only the API knows. */
export function mayBeRegistering() {
  try {
    return Date.now() < Number(localStorage.getItem(UNTIL));
  } catch {
    return false;
  }
}

/** The tab goes on with the registration of this subject. */
export function join(whose) {
  remember('registration', whose);
}

/** The page begins anew, with whom this tab remembers; with nobody it takes whom the API names. */
export function resume() {
  shown = remembered();
  heard = null;
}

/** This page has ended its flow. */
export function ended() {
  remember(flow, null);
  forgetRegistration();
  announce(flow, null);
}

/** The page opens again for whom the API names. */
export function giveUp() {
  remember(flow, null);
}

/**
 * Tells the other windows of this browser that a flow has begun, or ended.
 *
 * @param {string} which
 * @param {string | null} [whose] Whose it is now.
 */
export function announce(which, whose = null) {
  windows?.postMessage({ flow: which, subject: whose });
}

/** Calls back when another window has begun or ended a flow of this page's kind. */
export function onNews(callback) {
  listener = callback;
}

/** What another window has made of this page's flow meanwhile: for a page that has nothing to ask the API. */
export function news() {
  if (heard === null || heard.subject === shown) {
    return null;
  }
  return heard.subject === null ? 'ended' : 'other-member';
}

// Only for the pages of this tab, only random texts, and gone when the flow is over. A browser that keeps nothing
// refuses the cookies, too, and then there is no flow.
function remembered() {
  try {
    return sessionStorage.getItem(`subject-${flow}`);
  } catch {
    return null;
  }
}

function remember(which, whose) {
  try {
    if (whose) {
      sessionStorage.setItem(`subject-${which}`, whose);
    } else {
      sessionStorage.removeItem(`subject-${which}`);
    }
  } catch {
    // The page remembers by itself, and the next one asks.
  }
}

/** This browser is in the middle of no registration, as far as this page's flow is one. */
function forgetRegistration() {
  if (flow === 'registration') {
    keepUntil(null);
  }
}

/** @param {number | null} until In milliseconds; null when there is no registration. */
export function keepUntil(until) {
  try {
    if (until) {
      localStorage.setItem(UNTIL, String(until));
    } else {
      localStorage.removeItem(UNTIL);
    }
  } catch {
    // Then there is no cookie either.
  }
}

/** Browsers before 2022 may not know it: their windows find out when somebody comes back to them, or presses. */
function connect() {
  if (!('BroadcastChannel' in globalThis)) {
    return;
  }
  windows = new BroadcastChannel('subjects');
  windows.addEventListener('message', ({ data }) => {
    if (data.flow === flow) {
      heard = data;
      listener();
    }
  });
}

connect();
// A page with an open channel may not be kept in the browser's memory, from where the back button takes it.
addEventListener('pagehide', () => {
  windows?.close();
  windows = null;
});
addEventListener('pageshow', (event) => event.persisted && connect());
