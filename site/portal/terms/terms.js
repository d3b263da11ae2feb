// Step 6 of the manual: the terms of use in force at login, accepted once.

import { call } from '/assets/api.js';
import { onSend } from '/assets/form.js';
import { begin, proceed, read } from '/assets/page.js';
import { logout } from '../session.js';

const { accept: form } = document.forms;
const text = document.querySelector('[data-text]');
let version;

begin(async () => {
  const { answer, problem } = await call('GET', 'session');
  if (!answer) {
    return problem;
  }
  const { terms } = answer.body;
  if (terms.accepted) {
    return proceed('top');
  }
  if (terms.version === version) {
    return undefined;
  }
  const page = await read(`${text.dataset.text}${encodeURIComponent(terms.version)}/`);
  const article = page?.querySelector('article');
  if (!article) {
    return { name: 'no-terms', status: 0, errors: [] };
  }
  text.replaceChildren(document.importNode(article, true));
  version = terms.version;
  return undefined;
});

onSend(form, async () => {
  const accepted = form.elements.agree.checked;
  const { problem } = await call('POST', 'terms/acceptance', accepted ? { version } : {});
  return problem ?? proceed('registered');
});

logout();
