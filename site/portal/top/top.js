// Step 7 of the manual: the member has arrived.

import { announcements } from '/assets/announcements.js';
import { call } from '/assets/api.js';
import { begin, contact, fill, proceed, show } from '/assets/page.js';
import { logout, watch } from '../session.js';

const when = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'long', timeStyle: 'short' });

const page = begin(async () => {
  const { answer, problem } = await call('GET', 'session');
  if (!answer) {
    return problem;
  }
  watch(answer, page);
  const { email, insurer, lastLoginAt, memberName, terms, userId } = answer.body;
  if (!terms.accepted) {
    return proceed('terms');
  }
  fill('member-name', memberName);
  fill('user-id', userId);
  fill('email', email);
  announcements(insurer.code);
  const listed = await contact(insurer.code);
  show('contact-unlisted', !listed);
  if (!listed) {
    unlisted(insurer);
  }
  fill('last-login', lastLoginAt ? when.format(new Date(lastLoginAt)) : '');
  show('logged-in-before', lastLoginAt !== null);
  return undefined;
});

/** What the session knows of an insurer whose contact is not on the page of all contacts. */
function unlisted({ name, contact: { hours, mail, telephone } }) {
  fill('insurer', name);
  fill('telephone', telephone);
  fill('hours', hours);
  fill('mail', mail);
  document.querySelector('a[data-telephone]').href = `tel:${telephone}`;
  document.querySelector('a[data-mail]').href = `mailto:${mail}`;
}

logout();
