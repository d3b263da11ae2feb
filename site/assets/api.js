// The API, as pages call it: JSON in and out, one way to fail. What a refusal says is the API's own words, in the
// language of the page; what to say when there is no answer at all stands in the page (see page.js).

import { isCookieless, learn, subject, unlearn } from './subject.js';

/** How long a page waits for an answer, in milliseconds: more than a function may take to give one. */
const PATIENCE = 25_000;

/** The questions that are not answered yet. */
const questions = new Set();

/**
 * @typedef {object} Problem Why something was not done.
 * @property {string} name The last part of the problem's type; `offline`, `no-answer` and `no-cookies` are the pages' own.
 * @property {number} status The status of the answer; 0 when there was none of the API.
 * @property {string} [title] What happened, in words.
 * @property {string} [detail] What to do, in words.
 * @property {{field: string, code: string, message: string, suggestion?: string}[]} errors The fields that cannot be
 *   used, and what was probably meant.
 * @property {number} [attemptsLeft] How often the code can be tried again.
 */

/**
 * @typedef {object} Answer
 * @property {any} body What the API answered; null without a body.
 * @property {number} now The server's time in milliseconds. The clock of a phone may be wrong.
 */

/**
 * Calls the API. What changes something overtakes the questions under way: their answers may be from before, and say
 * that who has just changed the password is not signed in. They count as unanswered.
 *
 * @param {string} method
 * @param {string} path Below `/api/`.
 * @param {object} [body]
 * @returns {Promise<{answer: Answer, problem?: undefined} | {problem: Problem, answer?: undefined}>}
 */
export async function call(method, path, body) {
  const patience = new AbortController();
  if (method === 'GET') {
    questions.add(patience);
  } else {
    for (const question of questions) {
      question.abort();
    }
  }
  const asked = {
    method,
    headers: { ...(body && { 'content-type': 'application/json' }), ...subject() },
    body: body && JSON.stringify(body),
    cache: 'no-store',
  };
  const answered = await send(path, asked, patience);
  questions.delete(patience);
  if (answered.answer) {
    learn(answered.answer.body?.subject, method === 'GET');
    return answered;
  }
  const { name, status } = answered.problem;
  unlearn(name);
  return isCookieless(name) ? { problem: { name: 'no-cookies', status, errors: [] } } : answered;
}

/**
 * Asks for what is public and nobody's own, which the browser may have already. Nothing overtakes it.
 *
 * @param {string} path Below `/api/`.
 * @returns {ReturnType<typeof call>}
 */
export function lookUp(path) {
  return send(path, { method: 'GET', credentials: 'omit' }, new AbortController());
}

async function send(path, asked, patience) {
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  try {
    const response = await fetch(`/api/${path}`, {
      ...asked,
      headers: { 'accept-language': document.documentElement.lang, ...asked.headers },
      redirect: 'error',
      signal: patience.signal,
    });
    const text = await response.text();
    return outcome(response, text);
  } catch {
    return { problem: unanswered(navigator.onLine ? 'no-answer' : 'offline') };
  } finally {
    clearTimeout(timer);
  }
}

function outcome(response, text) {
  let body = null;
  try {
    body = text === '' ? null : JSON.parse(text);
  } catch {
    return { problem: unanswered('no-answer') };
  }
  if (response.ok) {
    const date = Date.parse(response.headers.get('date') ?? '');
    return { answer: { body, now: Number.isNaN(date) ? Date.now() : date } };
  }
  // The gateway's own refusals are no problems: it is overloaded, or the function behind it is.
  if (!body?.type?.startsWith('/problems/')) {
    return { problem: unanswered('no-answer') };
  }
  const { type, title, detail, errors = [], attemptsLeft } = body;
  const name = type.slice('/problems/'.length);
  return { problem: { name, status: response.status, title, detail, errors, attemptsLeft } };
}

function unanswered(name) {
  return { name, status: 0, errors: [] };
}
