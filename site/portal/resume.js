// Both addresses of the letter notice that this browser is in the middle of a registration, and lead back to it: the code
// in the mailbox is good there, and nowhere else.

import { call } from '/assets/api.js';
import { addressed, contact } from '/assets/insurer.js';
import { fill, isRefusal, lead, show } from '/assets/page.js';
import { join, keepUntil, mayBeRegistering } from '/assets/subject.js';

/** Offers to go on, if there is a registration to go on with. */
async function offer() {
  if (!mayBeRegistering()) {
    show('resume', false);
    return;
  }
  const { answer, problem } = await call('GET', 'registration');
  show('resume', Boolean(answer));
  if (!answer) {
    if (isRefusal(problem)) {
      keepUntil(null);
    }
    return;
  }
  const { insurerCode, memberName, subject, user } = answer.body;
  fill('resume-name', memberName);
  show('resume-code', Boolean(user));
  // The letter that is read may be of another insurer than the registration: two of one family.
  if (!addressed) {
    contact(insurerCode);
  }
  document.querySelector('[data-resume-go]').onclick = () => {
    join(subject);
    // No flow begins there: it has.
    location.assign(lead(user ? 'code' : 'user').split('#')[0]);
  };
}

/** Looks when the page opens, and when the browser brings it back from its memory. */
export function resume() {
  offer();
  addEventListener('pageshow', ({ persisted }) => persisted && offer());
}
