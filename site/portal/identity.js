// Who a member is, as the letter and the insurance papers say it: the five fields, and the insurer that is named as soon
// as its code is typed.

import { typed } from '/assets/form.js';
import { addressed, contact, recall, unknown } from '/assets/insurer.js';
import { fill } from '/assets/page.js';
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
  // By the name, and by what the API says of an unknown one, a wrong code is seen at once; with it comes the contact.
  const name = async () => {
    const problem = await (insurerCode.value.trim() ? contact(insurerCode.value) : unknown());
    fill('unknown-code', problem?.errors[0]?.message ?? '');
  };
  recall();
  insurerCode.value ||= addressed;
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
