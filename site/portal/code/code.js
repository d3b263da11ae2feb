// Step 4 of the manual: the code that was mailed, sent again, or sent to a corrected address.

import { call } from '/assets/api.js';
import { address, onSend, typed } from '/assets/form.js';
import { contact, recall } from '/assets/insurer.js';
import { ahead, begin, fill, lead, proceed, sender } from '/assets/page.js';
import { ended } from '/assets/subject.js';
import { deadline } from '../deadline.js';
import { delivery, running } from '../running.js';

const { enter, again, correct } = document.forms;
const sent = document.querySelector('dialog');
ahead(enter, lead('login'));
recall();
/** Where codes go. */
let email;

const page = begin(async () => {
  const { answer, problem } = await call('GET', 'registration');
  if (!answer) {
    return problem;
  }
  const { code, insurerCode, mailSender, memberName, surveyDeadline, user } = answer.body;
  contact(insurerCode);
  deadline(surveyDeadline, answer.now);
  if (!user) {
    return proceed('user');
  }
  fill('member-name', memberName);
  email = user.email;
  fill('email', email);
  sender(mailSender);
  correct.elements.email.value ||= user.email;
  if (code) {
    valid(code, answer.now);
    return undefined;
  }
  // The first code of this user is asked for here, so that a reload after a lost answer asks again; and as if the
  // button had been pressed, so that the page can be used when it is not sent.
  again.dispatchEvent(new Event('submit', { cancelable: true }));
  return undefined;
});

onSend(enter, async () => {
  const { problem } = await call('POST', 'codes/confirm', { code: typed(enter, 'code') });
  if (!problem) {
    ended();
  }
  return problem ?? proceed('login');
});

onSend(again, () => send({}));

onSend(correct, () => send(address(correct)));

/** Has a code sent. */
async function send(body) {
  const { answer, problem } = await call('POST', 'codes', body);
  if (answer) {
    email = body.email ?? email;
    fill('email', email);
    enter.elements.code.value = '';
    valid(answer.body, answer.now);
    sent.showModal();
  } else if (problem.errors.some(({ field }) => field === 'email')) {
    offerCorrection();
  }
  return problem;
}

/** There is a code that can be entered. */
function valid(code, now) {
  running(code, now);
  const { returned, delayed } = delivery(code, email, page);
  if (returned || delayed) {
    offerCorrection();
  }
  if (returned) {
    sent.close();
  }
}

function offerCorrection() {
  correct.closest('details').open = true;
}

document.querySelector('[data-ok]').addEventListener('click', () => sent.close());
sent.addEventListener('close', () => enter.elements.code.focus());
