// Who a member is, as the letter and the insurance papers say it: the five fields, and the insurer that is named as soon
// as its code is typed.

import { typed } from '/assets/form.js';
import { contact } from '/assets/page.js';
import { birthDate } from './birth-date.js';

/**
 * Wires the fields of a form.
 *
 * @param {HTMLFormElement} form
 * @returns {() => object} Gives what was typed, as the API takes it.
 */
export function identity(form) {
  const birth = birthDate(form);
  const insurerCode = form.elements.insurerCode;
  // By the name a wrong code is seen at once; with it comes the contact.
  const name = () => contact(insurerCode.value.normalize('NFKC').toLowerCase().replace(/[\s-]/g, ''));
  insurerCode.addEventListener('change', name);
  addEventListener('pageshow', () => insurerCode.value && name());
  return () => ({
    insurerCode: insurerCode.value,
    symbol: typed(form, 'symbol'),
    number: typed(form, 'number'),
    birthDate: birth(),
    nameKana: typed(form, 'nameKana'),
  });
}
