// Step 4 of the manual: the code that was mailed, sent again, or sent to a corrected address.

import { call } from '/assets/api.js';
import { onSend, typed } from '/assets/form.js';
import { begin, contact, fill, proceed, sender, show } from '/assets/page.js';

const { enter, again, correct } = document.forms;
const sent = document.querySelector('dialog');
const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: 'numeric', minute: '2-digit' });
let counting = 0;

begin(async () => {
  const { answer, problem } = await call('GET', 'registration');
  if (!answer) {
    return problem;
  }
  const { code, insurerCode, mailSender, user } = answer.body;
  contact(insurerCode);
  if (!user) {
    return proceed('user');
  }
  fill('email', user.email);
  sender(mailSender);
  correct.elements.email.value ||= user.email;
  if (code) {
    running(code, answer.now);
    return undefined;
  }
  // The first code of this user is asked for here, so that a reload after a lost answer asks again; and as if the
  // button had been pressed, so that the page can be used when it is not sent.
  again.dispatchEvent(new Event('submit', { cancelable: true }));
  return undefined;
});

onSend(enter, async () => {
  const { problem } = await call('POST', 'codes/confirm', { code: typed(enter, 'code') });
  return problem ?? proceed('login');
});

onSend(again, () => send({}));

onSend(correct, () => send({ email: typed(correct, 'email') }));

/** Has a code sent. */
async function send(body) {
  const { answer, problem } = await call('POST', 'codes', body);
  if (answer) {
    if (body.email) {
      fill('email', body.email);
    }
    enter.elements.code.value = '';
    running(answer.body, answer.now);
    sent.showModal();
  }
  return problem;
}

/** Shows until when the code is valid, and counts the seconds until another may be asked for. */
function running({ expiresAt, resendAt }, now) {
  const ahead = Date.now() - now;
  fill('expires', clock.format(Date.parse(expiresAt) + ahead));
  show('sent');
  clearInterval(counting);
  const count = () => {
    const seconds = Math.ceil((Date.parse(resendAt) + ahead - Date.now()) / 1_000);
    fill('seconds', seconds);
    show('wait', seconds > 0);
    if (seconds <= 0) {
      clearInterval(counting);
    }
  };
  counting = setInterval(count, 1_000);
  count();
}

document.querySelector('[data-ok]').addEventListener('click', () => sent.close());
sent.addEventListener('close', () => enter.elements.code.focus());
