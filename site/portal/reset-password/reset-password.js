// The code from the mail, and the new password.

import { call } from '/assets/api.js';
import { onSend, passwords, typed } from '/assets/form.js';
import { recall } from '/assets/insurer.js';
import { begin, proceed } from '/assets/page.js';
import { announce, ended, news } from '/assets/subject.js';

const form = document.querySelector('form');
recall();
passwords(form);

/** What another window may have made of the reset; the words of both stand in the page. */
const PROBLEMS = {
  ended: { name: 'reset-missing', status: 401, errors: [] },
  'other-member': { name: 'other-member', status: 409, errors: [] },
};
// There is nothing to ask the API for: before the code it tells nobody anything.
begin(async () => PROBLEMS[news()]);

onSend(form, async () => {
  const { problem } = await call('POST', 'password-resets/confirm', {
    code: typed(form, 'code'),
    password: typed(form, 'password'),
  });
  if (!problem) {
    ended();
    // Wherever the member is logged in.
    announce('session');
  }
  return problem ?? proceed('login');
});
