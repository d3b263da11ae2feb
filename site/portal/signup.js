// Step 2 of the manual: who the member is. The address of this page is printed on the letter.

import { call } from '/assets/api.js';
import { onSend, typed } from '/assets/form.js';
import { contact, go } from '/assets/page.js';
import { birthDate } from './birth-date.js';

const form = document.querySelector('form');
const birth = birthDate(form);

onSend(form, async () => {
  const { problem } = await call('POST', 'members/verify', {
    insurerCode: typed(form, 'insurerCode'),
    symbol: typed(form, 'symbol'),
    number: typed(form, 'number'),
    birthDate: birth(),
    nameKana: typed(form, 'nameKana'),
  });
  return problem ?? go('user');
});

// Whose member: shows the insurer's name, by which a wrong code is seen at once, and its contact.
const insurerCode = form.elements.insurerCode;
const name = () => contact(insurerCode.value.normalize('NFKC').toLowerCase().replace(/[\s-]/g, ''));
insurerCode.addEventListener('change', name);
addEventListener('pageshow', () => insurerCode.value && name());
