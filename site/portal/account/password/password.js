// Another password, by who knows the present one.

import { call } from '/assets/api.js';
import { onSend, passwords, typed } from '/assets/form.js';
import { notify, show } from '/assets/page.js';
import { signedIn } from '../../session.js';

const { change: form } = document.forms;
passwords(form);

signedIn(({ body }) => {
  // Password managers keep the new password with it.
  form.elements.userId.defaultValue = body.userId;
});

onSend(form, async () => {
  const { problem } = await call('POST', 'account/password', {
    currentPassword: typed(form, 'currentPassword'),
    password: typed(form, 'password'),
  });
  if (!problem) {
    form.reset();
    show('change', false);
    notify('changed');
  }
  return problem;
});
