// Forms: sent once however often they are pressed, with what is wrong told at the top and at the field. The rules are
// the API's: nothing is refused here, and nothing that was typed is changed.

import { isRefusal, sending, tell, untell, write } from './page.js';

/** When to say that it takes long, in milliseconds. */
const LONG = 5_000;

/**
 * Sends a form.
 *
 * @param {HTMLFormElement} form Its fields stand in elements with `data-field`, the field's name in the API; a message
 *   for the field goes into the `.error` there. `data-problem` names the problems that are about the field.
 * @param {(button?: HTMLButtonElement) => Promise<import('./api.js').Problem | undefined>} send Gets the button that
 *   was pressed.
 */
export function onSend(form, send) {
  let busy = false;
  for (const where of form.querySelectorAll('[data-field]')) {
    where.querySelector('[data-suggest]')?.addEventListener('click', () => take(form, where));
  }
  nextOnPhones(form);
  const [sent, pressedAgain, slow] = ['busy', 'pressed-again', 'slow'].map((name) =>
    form.querySelector(`[data-${name}]`),
  );
  let pressed = null;
  const waiting = (now, button = null) => {
    busy = now;
    form.setAttribute('aria-busy', String(now));
    sent.hidden = !now;
    pressedAgain.hidden = true;
    slow.hidden = true;
    // Where the eye is: a button may stand outside its form.
    pressed?.removeAttribute('data-sending');
    button?.setAttribute('data-sending', '');
    pressed = button;
  };
  /** Says, to the eye and aloud, what may have been said before: what is pressed meanwhile is not done. */
  const repeat = (words) => {
    words.hidden = true;
    setTimeout(() => {
      if (busy) {
        words.hidden = false;
        words.scrollIntoView({ block: 'nearest' });
      }
    });
  };
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (busy) {
      repeat(slow.hidden ? pressedAgain : slow);
      return;
    }
    waiting(true, event.submitter);
    untell();
    mark(form, []);
    const long = setTimeout(() => {
      pressedAgain.hidden = true;
      slow.hidden = false;
    }, LONG);
    const done = sending(() => send(event.submitter));
    // What was pressed may have gone with its panel or its dialog.
    if (event.submitter?.offsetParent === null) {
      sent.scrollIntoView({ block: 'nearest' });
    }
    const problem = await done;
    clearTimeout(long);
    waiting(false);
    if (problem) {
      refuse(form, problem);
    }
  });
  // Brought back from the browser's memory, the page is not being left any more.
  addEventListener('pageshow', (event) => event.persisted && waiting(false));
}

function refuse(form, problem) {
  const about = [...form.querySelectorAll('[data-problem]')]
    .filter((where) => where.dataset.problem.split(' ').includes(problem.name))
    .map((where) => ({ field: where.dataset.field, code: problem.name, message: problem.detail }));
  const errors = [...problem.errors, ...about];
  if (isRefusal(problem)) {
    forget(form, errors);
  }
  mark(form, errors);
  tell({ ...problem, errors }, (field) => control(form, field));
}

/** The value of a field as it was typed. */
export function typed(form, name) {
  return form.elements[name].value;
}

/** What was typed when the API asked whether it is right, by the place of the field. */
const asked = new WeakMap();

/** The address of a form, as the API takes it: with the one that the API has asked about, for who insists on it. */
export function address(form) {
  return { email: typed(form, 'email'), insistedEmail: asked.get(place(form, 'email')) };
}

/** Offers what was probably meant in place of what was typed; null offers nothing. */
export function suggest(where, text) {
  const offer = where.querySelector('[data-suggest]');
  if (offer) {
    offer.hidden = text === null;
    write(offer.querySelector('[data-suggestion]'), text ?? '');
  }
}

/** Takes what is offered. A field that is more than one control takes it itself. */
function take(form, where) {
  const text = where.querySelector('[data-suggestion]').textContent;
  const input = where.querySelector('input:not([type="radio"])');
  if (where.dispatchEvent(new CustomEvent('take', { cancelable: true, detail: text }))) {
    input.value = text;
  }
  right(where);
  if (!form.querySelector('.wrong')) {
    untell();
  }
  input.focus();
}

/**
 * Where the keyboard of a phone says that Enter leads to the next field, it does: some send the form. On other keyboards
 * Enter sends it, as everywhere.
 */
function nextOnPhones(form) {
  form.addEventListener('keydown', (event) => {
    const { enterKeyHint } = event.target;
    if (
      event.key === 'Enter' &&
      !event.isComposing &&
      enterKeyHint === 'next' &&
      matchMedia('(pointer: coarse)').matches
    ) {
      const fields = [...form.querySelectorAll('input')].filter((input) => input.offsetParent);
      event.preventDefault();
      fields[fields.indexOf(event.target) + 1]?.focus();
    }
  });
}

function place(form, field) {
  return form.querySelector(`[data-field="${CSS.escape(field)}"]`);
}

/** The control of a field; of several the first that is empty. */
function control(form, field) {
  const controls = [...(place(form, field)?.querySelectorAll('input:not([type="radio"])') ?? [])];
  return controls.find((input) => input.value === '') ?? controls[0] ?? null;
}

function mark(form, errors) {
  for (const where of form.querySelectorAll('[data-field]')) {
    const messages = errors.filter((error) => error.field === where.dataset.field);
    right(where);
    if (messages.length > 0) {
      wrong(where, messages);
    }
  }
}

function wrong(where, messages) {
  const inputs = [...where.querySelectorAll('input:not([type="radio"])')];
  const text = where.querySelector('.error');
  write(text, messages.map(({ message }) => message).join('\n'));
  text.hidden = false;
  where.classList.add('wrong');
  for (const input of inputs) {
    input.setAttribute('aria-invalid', 'true');
  }
  const suggested = messages.find(({ suggestion }) => suggestion);
  if (suggested) {
    suggest(where, suggested.suggestion);
    asked.set(where, inputs[0].value);
  }
}

function right(where) {
  const text = where.querySelector('.error');
  text.textContent = '';
  text.hidden = true;
  where.classList.remove('wrong');
  for (const input of where.querySelectorAll('input:not([type="radio"])')) {
    input.removeAttribute('aria-invalid');
  }
  suggest(where, null);
}

/** A password that was refused is typed anew; where no field was, each may be what is wrong. */
function forget(form, errors) {
  const refused = ({ name }) => errors.length === 0 || errors.some(({ field }) => field === name);
  for (const input of [...form.querySelectorAll('[autocomplete$="-password"]')].filter(refused)) {
    input.value = '';
    input.dispatchEvent(new Event('input'));
  }
}

/**
 * Lets passwords be seen while they are typed, and ticks the rules that they meet: the items with a `data-pattern`. They
 * only help typing; whether a password is good is the API's to say.
 *
 * @param {HTMLFormElement} form
 */
export function passwords(form) {
  for (const reveal of form.querySelectorAll('[data-reveal]')) {
    password(form, reveal);
  }
}

function password(form, reveal) {
  const field = reveal.closest('[data-field]');
  const input = field.querySelector('input');
  const shown = (visible) => {
    input.type = visible ? 'text' : 'password';
    reveal.setAttribute('aria-pressed', String(visible));
  };
  reveal.addEventListener('click', () => shown(input.type === 'password'));
  // Password managers look for what was sent as a password.
  form.addEventListener('submit', () => shown(false));

  const rules = [...field.querySelectorAll('[data-pattern]')].map((rule) => ({
    rule,
    pattern: new RegExp(rule.dataset.pattern),
  }));
  const tick = () => {
    for (const { rule, pattern } of rules) {
      const met = pattern.test(input.value);
      rule.classList.toggle('met', met);
      rule.querySelector('[data-met]').hidden = !met;
    }
  };
  input.addEventListener('input', tick);
  // Of a page that it brings back, Safari empties the field, a moment after it has said so; others fill the field.
  addEventListener('pagehide', () => shown(false));
  addEventListener('pageshow', () => setTimeout(tick));
}
