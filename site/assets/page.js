// What pages have in common: the panel that tells a problem, the state that a page begins from.
// All words stand in the pages; scripts only show, hide and fill in.

import { giveUp, onNews, resume } from './subject.js';

/** Problems after which nothing of the member may be seen, and nothing be pressed. */
const OUT = ['not-signed-in', 'other-member', 'no-cookies'];

const panel = document.getElementById('problem');
const title = document.title;

function marked(name) {
  return [...document.querySelectorAll(`[data-${name}]`)];
}

/** Writes `text` into every element that carries `data-NAME`. */
export function fill(name, text) {
  for (const element of marked(name)) {
    write(element, text);
  }
}

/** Writes `text` into an element. An address in it breaks at its signs, where it does not fit, rather than in a word. */
export function write(element, text) {
  const parts = String(text).match(/.*?[@._-](?=[a-z])|.+$/gis) ?? [];
  element.replaceChildren(...parts.flatMap((part, index) => (index ? [document.createElement('wbr'), part] : [part])));
}

/** Shows the elements that carry `data-NAME`, or hides them. */
export function show(name, visible = true) {
  for (const element of marked(name)) {
    element.hidden = !visible;
  }
}

/**
 * Tells a problem at the top of the page: what happened, what to do, the fields it is about with links to them, and
 * what the page offers for problems of this name (`data-for`). The panel takes the focus. A browser in
 * which nobody is signed in any more, or which has somebody else's procedure open now, shows nothing of the member.
 *
 * @param {import('./api.js').Problem} problem
 * @param {(field: string) => HTMLElement | null} [controlOf] Finds the control of a field.
 */
export function tell(problem, controlOf = () => null) {
  // Without an answer the words are the page's own.
  const words = document.getElementById(`words-${problem.name}`)?.content ?? null;
  panel.querySelector('h2').textContent = problem.title ?? words.querySelector('h2').textContent;
  const detail = panel.querySelector('.detail');
  detail.textContent = problem.detail ?? words.querySelector('p').textContent;
  // Said once: where the detail is about a field, it is the text of the field's link.
  detail.hidden = problem.errors.some((error) => error.message === problem.detail);
  const fields = panel.querySelector('.fields');
  fields.replaceChildren(...problem.errors.map((error) => item(error.message, controlOf(error.field))));
  fields.hidden = problem.errors.length === 0;
  const names = [problem.name, ...problem.errors.map(({ code }) => code)];
  if (problem.attemptsLeft === 0) {
    names.push('code-spent');
  }
  for (const offer of panel.querySelectorAll('[data-for]')) {
    offer.hidden = !offer.dataset.for.split(' ').some((name) => names.includes(name));
  }
  if (OUT.includes(problem.name)) {
    conceal();
  }
  told = problem.name;
  show('reload', false);
  panel.hidden = false;
  document.title = panel.dataset.title + title;
  panel.focus();
}

function item(message, control) {
  const entry = document.createElement('li');
  if (control) {
    const link = document.createElement('a');
    link.href = `#${control.id}`;
    write(link, message);
    link.addEventListener('click', (event) => {
      // The address keeps saying where the page is, so that the back button leaves it.
      event.preventDefault();
      control.focus();
    });
    entry.append(link);
  } else {
    write(entry, message);
  }
  return entry;
}

/** Takes the problem away. */
export function untell() {
  told = null;
  panel.hidden = true;
  document.title = title;
}

/** The name of the problem that is told. */
let told = null;
/** Whether what the API said is hidden. */
let concealed = true;
let sendings = 0;
/** Whether the browser is too old for pages that show what the API says: Safari before 15.4. */
const isOutdated = !('HTMLDialogElement' in globalThis);
/** What the page is loading for: to begin, or to look. */
let loading = null;
/** Whether the page has to look once nothing is under way. */
let due = false;
let look = async () => {};
const ends = [];

/**
 * Begins a page that shows what the API says. Until it is loaded only the elements with `data-loading` show, afterwards
 * those with `data-loaded`. What stands in `data-reload` is offered when it could not be loaded.
 *
 * It is loaded again when the browser brings the page back from its memory; whenever the reader comes back to it, from
 * another tab or from the window beside it; and when another window has begun or ended a flow of this page's kind:
 * another member may have been verified, or somebody may have logged out.
 *
 * @param {() => Promise<import('./api.js').Problem | undefined>} load
 * @returns {{look: () => Promise<void>, run: () => Promise<void>}} Looks again, or begins again, showing nothing meanwhile.
 */
export function begin(load) {
  if (isOutdated) {
    show('loading', false);
    return { look: async () => {}, run: async () => {} };
  }
  let turn = 0;
  /** Loads; what was under way before comes to nothing. */
  const ask = async (what) => {
    turn += 1;
    const own = turn;
    loading = what;
    const problem = await load();
    if (own !== turn) {
      return new Promise(() => {});
    }
    loading = null;
    return problem;
  };
  const run = async () => {
    due = false;
    resume();
    untell();
    conceal();
    show('loading');
    const problem = await ask('begin');
    show('loading', false);
    if (problem) {
      // Also what was begun before it went wrong.
      conceal();
      tell(problem);
      show('reload', !isRefusal(problem));
    } else {
      reveal();
      attend();
    }
    catchUp();
  };
  look = async () => {
    if (sendings > 0 || loading) {
      due = true;
      return;
    }
    const problem = await ask('look');
    if (problem && isRefusal(problem)) {
      // Told once: each time the focus would go there again.
      if (!concealed || told !== problem.name) {
        conceal();
        tell(problem);
      }
    } else if (!problem && concealed) {
      untell();
      reveal();
    }
    // What could not be found out just now changes nothing.
    catchUp();
  };
  // Of a tab that is come back to, and of a window beside this one; mostly both come at once.
  const comesBack = () => loading || look();
  run();
  addEventListener('pageshow', (event) => {
    if (event.persisted) {
      sendings = 0;
      run();
    }
  });
  addEventListener('focus', comesBack);
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && comesBack());
  onNews(() => look());
  for (const button of marked('again')) {
    button.addEventListener('click', run);
  }
  for (const button of marked('current')) {
    button.addEventListener('click', () => {
      giveUp();
      // Opened anew, not loaded again: nothing that was typed comes back, and nothing is told that was somebody else's.
      location.replace(location.pathname);
    });
  }
  return { look: () => look(), run };
}

/**
 * Sends something that may change what the page shows. Meanwhile the page does not look: what it would see may be from
 * before.
 *
 * @template T
 * @param {() => Promise<T>} send
 * @returns {Promise<T>}
 */
export async function sending(send) {
  sendings += 1;
  // The look under way is overtaken (see api.js).
  due ||= loading === 'look';
  try {
    return await send();
  } finally {
    sendings -= 1;
    catchUp();
  }
}

function catchUp() {
  if (due && sendings === 0 && !loading) {
    due = false;
    look();
  }
}

/** Shows what was loaded. */
function reveal() {
  concealed = false;
  show('loaded');
}

/**
 * Hides what was loaded, with whom it is about. Its dialogs are closed: one that cannot be seen would still keep the
 * rest from use. So nothing goes on that might open one.
 */
function conceal() {
  concealed = true;
  for (const end of ends) {
    end();
  }
  for (const dialog of document.querySelectorAll('[data-loaded] dialog')) {
    dialog.close();
  }
  show('loaded', false);
}

/** Has `end` called when the page hides what was loaded. */
export function onConceal(end) {
  ends.push(end);
}

/** Whether the API refused, which asking again does not change. */
export function isRefusal(problem) {
  return problem.status >= 400 && problem.status < 500;
}

/**
 * Goes to the page that the body of this page names as `data-NAME`.
 *
 * @returns {Promise<never>} This page is over: what waits for it waits on, and nothing is sent twice.
 */
export function go(name) {
  location.assign(lead(name));
  return new Promise(() => {});
}

/** For how long a browser takes a page that was fetched ahead without asking again, in milliseconds: five minutes. */
const FRESH = 4 * 60_000;

/**
 * Fetches, while somebody types or sends, what is needed once the form is sent: a page, or what it reads.
 *
 * @param {HTMLFormElement} form
 * @param {...string} addresses
 */
export function ahead(form, ...addresses) {
  let fetched = Number.NEGATIVE_INFINITY;
  const fetchAhead = () => {
    if (performance.now() - fetched < FRESH) {
      return;
    }
    fetched = performance.now();
    for (const address of addresses) {
      const link = document.createElement('link');
      link.rel = 'prefetch';
      link.href = address;
      document.head.append(link);
    }
  };
  form.addEventListener('input', fetchAhead);
  form.addEventListener('submit', fetchAhead);
}

/** Where the body of this page says that it leads, as `data-NAME`. */
export function lead(name) {
  return document.body.dataset[name];
}

/** As `go`, where the back button should not lead here again. */
export function proceed(name) {
  location.replace(lead(name));
  return new Promise(() => {});
}

/**
 * Reads what a page has to show and has not in it: a text of the terms. Its address tells its content, so it is asked for
 * once.
 *
 * @param {string} address
 * @returns {Promise<Document | null>} null when it cannot be read
 */
export function read(address) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('GET', address);
    request.responseType = 'document';
    request.timeout = 20_000;
    request.onload = () => resolve(request.status === 200 ? request.responseXML : null);
    request.onerror = () => resolve(null);
    request.ontimeout = () => resolve(null);
    request.send();
  });
}

/** The day in Japan, as `2026-04-01`. */
export function dayInJapan(time) {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Tokyo' }).format(time);
}

/** Says from which address the code will come, and which domain has to be let in for it. */
export function sender(address) {
  fill('mail-sender', address);
  fill('mail-domain', address.slice(address.indexOf('@') + 1));
}

/** Shows the notice of this id, which takes the focus, so that it is read out. */
export function notify(id) {
  const notice = document.getElementById(id);
  notice.hidden = false;
  notice.focus();
}

/** Has what the address tells (#registered) read out first. */
function attend() {
  const id = location.hash.slice(1);
  if (document.getElementById(id)?.matches('.told')) {
    notify(id);
  }
}

show('outdated', isOutdated);
// The page has begun: what it says when it cannot (.starting) goes.
for (const starting of document.querySelectorAll('.starting')) {
  starting.hidden = true;
}
attend();
for (const button of marked('print')) {
  button.addEventListener('click', () => print());
}
