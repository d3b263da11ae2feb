// The code from the mail, and the new password.

import { call } from '/assets/api.js';
import { onSend, passwords, typed } from '/assets/form.js';
import { proceed } from '/assets/page.js';

const form = document.querySelector('form');
passwords(form);

onSend(form, async () => {
  const { problem } = await call('POST', 'password-resets/confirm', {
    code: typed(form, 'code'),
    password: typed(form, 'password'),
  });
  return problem ?? proceed('login');
});
