// Has the user ID mailed to the address of the account. Whether there is one is not said.

import { call } from '/assets/api.js';
import { onSend } from '/assets/form.js';
import { notify } from '/assets/page.js';
import { identity } from '../identity.js';

const form = document.querySelector('form');
const member = identity(form);
const sent = document.getElementById('sent');

onSend(form, async () => {
  sent.hidden = true;
  const { problem } = await call('POST', 'user-id-reminders', member());
  if (!problem) {
    notify('sent');
  }
  return problem;
});
