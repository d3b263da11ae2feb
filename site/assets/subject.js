// Whose page it is. A browser holds one registration, one session and one password reset, whatever its windows show. So
// each request says whom its page shows, by the subject: a random text that the API gives out with that person, and
// that means nothing elsewhere. The API refuses what is meant for somebody else (docs/adr/0011).
//
// The `main` of a page that shows a person says in `data-flow` which of the three it belongs to, that of a page that
// begins one in `data-begins`.

const { begins, flow } = document.querySelector('main').dataset;

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

/** Takes from an answer of the API whom it is about. */
export function learn(answered) {
  if (begins) {
    remember(begins, answered);
    announce(begins, answered);
  } else if (!shown && answered) {
    shown = answered;
    remember(flow, shown);
  }
}

/** Takes from a refusal of the API that the flow is over. */
export function unlearn(problem) {
  if (flow && OVER.includes(problem)) {
    remember(flow, null);
  }
}

/** The page begins anew, with whom this tab remembers; with nobody it takes whom the API names. */
export function resume() {
  shown = remembered();
  heard = null;
}

/** This page has ended its flow. */
export function ended() {
  remember(flow, null);
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
