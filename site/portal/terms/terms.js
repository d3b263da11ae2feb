// Step 6 of the manual: the terms of use in force at login, accepted once.

import { call } from '/assets/api.js';
import { onSend } from '/assets/form.js';
import { contact } from '/assets/insurer.js';
import { ahead, begin, fill, lead, proceed, read } from '/assets/page.js';
import { logout, watch } from '../session.js';

const { accept: form } = document.forms;
const text = document.querySelector('[data-terms]');
let version;

const page = begin(async () => {
  const { answer, problem } = await call('GET', 'session');
  if (!answer) {
    return problem;
  }
  watch(answer, page);
  const { insurer, memberName, terms } = answer.body;
  if (terms.accepted) {
    return proceed('top');
  }
  fill('member-name', memberName);
  contact(insurer.code);
  if (terms.version === version) {
    return undefined;
  }
  const article = await textOf(terms.version, insurer.code);
  if (!article) {
    return { name: 'no-terms', status: 0, errors: [] };
  }
  text.replaceChildren(document.importNode(article, true));
  version = terms.version;
  return undefined;
});

/**
 * The text of a version: the insurer's own, where it has one.
 *
 * @returns {Promise<Element | null | undefined>}
 */
async function textOf(wanted, insurerCode) {
  const listed = [...document.getElementById('texts').content.querySelectorAll('li')];
  const entries = listed.filter((entry) => entry.querySelector('time').dateTime === wanted);
  const entry =
    entries.find(({ dataset }) => dataset.insurerCode === insurerCode) ??
    entries.find(({ dataset }) => dataset.insurerCode === undefined);
  return entry && (await read(entry.querySelector('a').dataset.text))?.querySelector('article');
}

ahead(form, lead('top'));

onSend(form, async () => {
  const accepted = form.elements.agree.checked;
  const { problem } = await call('POST', 'terms/acceptance', accepted ? { version } : {});
  return problem ?? proceed('registered');
});

logout();
