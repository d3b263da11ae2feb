// Step 2 of the manual: who the member is. The address of this page is printed on the letter.

import { call } from '/assets/api.js';
import { onSend } from '/assets/form.js';
import { ahead, go, lead } from '/assets/page.js';
import { identity } from './identity.js';
import { resume } from './resume.js';

const form = document.querySelector('form');
const member = identity(form);
ahead(form, lead('user'));
resume();

onSend(form, async () => {
  const { answer, problem } = await call('POST', 'members/verify', member());
  return problem ?? go(answer.body.next);
});
