// Step 3 of the manual: user ID, password and address.

import { call } from '/assets/api.js';
import { address, onSend, passwords, typed } from '/assets/form.js';
import { contact, recall } from '/assets/insurer.js';
import { ahead, begin, fill, go, lead, sender } from '/assets/page.js';
import { deadline } from '../deadline.js';

const form = document.querySelector('form');
recall();
passwords(form);
ahead(form, lead('code'));

begin(async () => {
  const { answer, problem } = await call('GET', 'registration');
  if (answer) {
    const { insurerCode, mailSender, memberName, number, surveyDeadline, symbol, user } = answer.body;
    fill('member-name', memberName);
    fill('symbol', symbol);
    fill('number', number);
    sender(mailSender);
    contact(insurerCode);
    deadline(surveyDeadline, answer.now);
    // A member who comes back finds what they chose, but not over what they type now.
    for (const name of ['userId', 'email']) {
      form.elements[name].value ||= user?.[name] ?? '';
    }
  }
  return problem;
});

onSend(form, async () => {
  const { problem } = await call('POST', 'users', {
    userId: typed(form, 'userId'),
    password: typed(form, 'password'),
    ...address(form),
  });
  return problem ?? go('code');
});

// Back as the browser's own button does, so that the page before has kept what was typed there.
const back = document.querySelector('[data-back]');
back.addEventListener('click', () => {
  if (document.referrer && new URL(document.referrer).pathname === new URL(lead('signup'), location.href).pathname) {
    history.back();
  } else {
    go('signup');
  }
});
