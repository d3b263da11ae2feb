// Asks for the code by which a new password can be set. Whether there is such an account is not said.

import { call } from '/assets/api.js';
import { address, onSend, typed } from '/assets/form.js';
import { recall } from '/assets/insurer.js';
import { ahead, go, lead } from '/assets/page.js';

const form = document.querySelector('form');
ahead(form, lead('reset'));
recall();

onSend(form, async () => {
  const { problem } = await call('POST', 'password-resets', {
    userId: typed(form, 'userId'),
    ...address(form),
  });
  return problem ?? go('reset');
});
