// Step 5 of the manual: the second address that is printed on the letter.

import { announcements } from '/assets/announcements.js';
import { call } from '/assets/api.js';
import { onSend, passwords, typed } from '/assets/form.js';
import { proceed } from '/assets/page.js';

const form = document.querySelector('form');
passwords(form);

onSend(form, async () => {
  const { answer, problem } = await call('POST', 'sessions', {
    userId: typed(form, 'userId'),
    password: typed(form, 'password'),
  });
  return problem ?? proceed(answer.body.next);
});

announcements();
