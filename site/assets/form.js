// Forms: sent once however often they are pressed, with what is wrong told at the top and at the field. The rules are
// the API's: nothing is refused here, and nothing that was typed is changed.

import { isRefusal, sending, tell, untell } from './page.js';

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
  const waiting = (now) => {
    busy = now;
    form.setAttribute('aria-busy', String(now));
    form.querySelector('[data-busy]').hidden = !now;
    form.querySelector('[data-slow]').hidden = true;
  };
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (busy) {
      return;
    }
    waiting(true);
    untell();
    mark(form, []);
    const slow = setTimeout(() => {
      form.querySelector('[data-slow]').hidden = false;
    }, LONG);
    const problem = await sending(() => send(event.submitter));
    clearTimeout(slow);
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
    const text = where.querySelector('.error');
    text.textContent = messages.map((error) => error.message).join('\n');
    text.hidden = messages.length === 0;
    where.classList.toggle('wrong', messages.length > 0);
    for (const input of where.querySelectorAll('input:not([type="radio"])')) {
      if (messages.length > 0) {
        input.setAttribute('aria-invalid', 'true');
      } else {
        input.removeAttribute('aria-invalid');
      }
    }
  }
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
  input.addEventListener('input', () => {
    for (const { rule, pattern } of rules) {
      const met = pattern.test(input.value);
      rule.classList.toggle('met', met);
      rule.querySelector('[data-met]').hidden = !met;
    }
  });
}
