// Another address: first it is told, with the password; then the code that was mailed to it is entered.

import { call } from '/assets/api.js';
import { address, onSend, passwords, typed } from '/assets/form.js';
import { fill, notify, show, untell } from '/assets/page.js';
import { delivery, rest, running } from '../../running.js';
import { signedIn } from '../../session.js';

const { ask, enter } = document.forms;
const sent = document.getElementById('sent');
passwords(ask);

/** Of the three parts of the page, the one that shows. */
const STEPS = ['ask', 'enter', 'done'];
let userId = null;
/** Whether the member went back to correct the address, or is done: they are not led to the code then. */
let stays = false;

const page = signedIn(({ body, now }) => {
  if (body.userId !== userId) {
    // Also when somebody else has logged in in another tab.
    userId = body.userId;
    ask.elements.userId.defaultValue = userId;
    ask.reset();
    enter.reset();
    stays = false;
    step('ask');
  }
  if (body.emailChange && !stays) {
    expect(body.emailChange, now);
  }
});

onSend(ask, async () => {
  const wanted = address(ask);
  const { answer, problem } = await call('POST', 'account/email', {
    currentPassword: typed(ask, 'currentPassword'),
    ...wanted,
  });
  if (answer) {
    stays = false;
    ask.reset();
    enter.reset();
    expect({ email: wanted.email, ...answer.body }, answer.now);
    notify('sent');
  }
  return problem;
});

onSend(enter, async () => {
  sent.hidden = true;
  const { problem } = await call('POST', 'account/email', { code: typed(enter, 'code') });
  if (!problem) {
    stays = true;
    step('done');
    notify('changed');
    page.look();
  }
  return problem;
});

for (const button of document.querySelectorAll('[data-revise]')) {
  button.addEventListener('click', () => {
    stays = true;
    untell();
    step('ask');
    ask.elements.currentPassword.focus();
  });
}

/** The code for this address can be entered. */
function expect({ email, ...code }, now) {
  fill('new-email', email);
  ask.elements.email.value ||= email;
  running(code, now);
  if (delivery(code, email, page).returned) {
    sent.hidden = true;
  }
  step('enter');
}

function step(name) {
  if (name !== 'enter') {
    rest();
  }
  for (const known of STEPS) {
    show(known, known === name);
  }
}
