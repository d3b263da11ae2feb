// Step 7 of the manual: the member has arrived.

import { announcements } from '/assets/announcements.js';
import { fill } from '/assets/page.js';
import { signedIn } from '../session.js';
import { survey } from './survey.js';

signedIn(({ body: { insurer, memberName }, now }) => {
  fill('member-name', memberName);
  survey(insurer, now);
  announcements(insurer.code);
});
