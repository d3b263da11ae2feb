// Step 7 of the manual: the member has arrived.

import { announcements } from '/assets/announcements.js';
import { fill } from '/assets/page.js';
import { deadline } from '../deadline.js';
import { signedIn } from '../session.js';

signedIn(({ body: { insurer, memberName }, now }) => {
  fill('member-name', memberName);
  deadline(insurer.surveyDeadline, now);
  announcements(insurer.code);
});
