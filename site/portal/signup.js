// Step 2 of the manual: who the member is. The address of this page is printed on the letter.

import { call } from '/assets/api.js';
import { onSend } from '/assets/form.js';
import { ahead, go, lead } from '/assets/page.js';
import { identity } from './identity.js';
import { letterKey } from './letter-key.js';
import { resume } from './resume.js';

const form = document.querySelector('form');
const letter = letterKey(form);
const member = identity(form);
ahead(form, lead('user'));
resume();

onSend(form, async () => {
  const { answer, problem } = await call('POST', 'members/verify', { ...member(), ...letter.of() });
  if (problem) {
    letter.ask(problem);
    return problem;
  }
  letter.forget();
  return go(answer.body.next);
});
