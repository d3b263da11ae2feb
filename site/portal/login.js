// Step 5 of the manual: the second address that is printed on the letter.

import { announcements } from '/assets/announcements.js';
import { call } from '/assets/api.js';
import { onSend, passwords, typed } from '/assets/form.js';
import { recall } from '/assets/insurer.js';
import { ahead, lead, proceed } from '/assets/page.js';
import { resume } from './resume.js';

const form = document.querySelector('form');
recall();
resume();
passwords(form);
// A member who has just registered is asked to accept the terms, mostly the newest.
const text = document.getElementById('texts').content.querySelector('li:not([data-insurer-code]) a').dataset.text;
ahead(form, ...(location.hash === '#registered' ? [lead('terms'), text] : [lead('top')]));

onSend(form, async () => {
  const { answer, problem } = await call('POST', 'sessions', {
    userId: typed(form, 'userId'),
    password: typed(form, 'password'),
  });
  return problem ?? proceed(answer.body.next);
});

announcements();
