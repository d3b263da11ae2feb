// The list of all announcements shows those that are in force.

import { isInForce } from '/assets/announcements.js';

for (const entry of document.querySelectorAll('[data-list] > li')) {
  entry.hidden = !isInForce(entry);
}
