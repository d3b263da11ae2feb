// When and where the insurer's survey is answered: what a member has registered for.

import { fill, show } from '/assets/page.js';
import { daily, ends, fillDay } from '../deadline.js';

/**
 * Shows the way to the survey while it is open; before, from when on it is; after, whom to call.
 *
 * @param {{surveyAddress?: string | null, surveyDeadline: string | null, surveyOpens?: string | null}} insurer Days in
 *   Japan, as `2026-12-18`. What an insurer has not said is null; a function from before a deployment says less.
 * @param {number} now The server's time in milliseconds.
 */
export function survey({ surveyAddress, surveyDeadline, surveyOpens }, now) {
  const hasAddress = Boolean(surveyAddress);
  if (surveyOpens) {
    fillDay('survey-opens', surveyOpens);
  }
  if (hasAddress) {
    const [link] = document.querySelectorAll('[data-survey-link]');
    link.href = surveyAddress;
    fill('survey-host', link.host);
  }
  daily((today) => {
    const isOver = ends(surveyDeadline, today);
    const isAhead = !isOver && Boolean(surveyOpens) && today < surveyOpens;
    show('survey-ahead', isAhead);
    show('survey-ahead-here', isAhead && hasAddress);
    show('survey-open', !isAhead && !isOver && hasAddress);
    show('survey-closed', isOver);
    show('survey-elsewhere', !isOver && !hasAddress);
  }, now);
}
