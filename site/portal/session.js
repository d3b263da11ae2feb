// What pages of a signed-in member have in common.

import { call } from '/assets/api.js';
import { onSend } from '/assets/form.js';
import { proceed } from '/assets/page.js';

/** Wires the form that logs out. */
export function logout() {
  onSend(document.forms.logout, async () => {
    const { problem } = await call('DELETE', 'session');
    return problem ?? proceed('signedOut');
  });
}
