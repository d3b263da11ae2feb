// The member's account: who is signed in, and on which devices. The others can be logged out from here.

import { call } from '/assets/api.js';
import { onSend } from '/assets/form.js';
import { notify, show } from '/assets/page.js';
import { signedIn, when } from '../session.js';

const { devices: form } = document.forms;
const list = form.querySelector('ul');
const model = document.getElementById('device').content.firstElementChild;
const ended = document.getElementById('ended');
const confirm = document.getElementById('confirm');

signedIn(({ body }) => {
  show('email-change', Boolean(body.emailChange));
  return devices();
});

/** Lists the devices. */
async function devices() {
  const { answer, problem } = await call('GET', 'account/sessions');
  if (answer) {
    const { sessions } = answer.body;
    const focused = list.contains(document.activeElement) ? document.activeElement.value : null;
    list.replaceChildren(...sessions.map(entry));
    [...list.querySelectorAll('button')].find(({ value }) => value === focused)?.focus();
    show(
      'others',
      sessions.some(({ current }) => !current),
    );
  }
  return problem;
}

/** The entry of a device; ids tell its button from those of the others. */
function entry({ current, device, id, lastUsedAt, loggedInAt, place }) {
  const item = document.importNode(model, true);
  const part = (name) => item.querySelector(`[data-${name}]`);
  const put = (name, text) => {
    part(name).textContent = text;
  };
  const button = item.querySelector('button');
  const name = item.querySelector('h3');
  const facts = item.querySelector('dl');
  name.id = `device-${id}`;
  facts.id = `facts-${id}`;
  button.id = `end-${id}`;
  button.value = id;
  button.hidden = current;
  button.setAttribute('aria-labelledby', `${button.id} ${name.id}`);
  button.setAttribute('aria-describedby', facts.id);
  if (device) {
    put('name', device);
  }
  part('current').hidden = !current;
  put('place', place ?? '');
  part('placed').hidden = !place;
  put('logged-in', when(loggedInAt));
  put('last-used', when(lastUsedAt));
  return item;
}

onSend(form, async ({ value }) => {
  confirm.close();
  ended.hidden = true;
  const { problem } = await call('POST', 'account/sessions/end', { session: value });
  const unread = problem ?? (await devices());
  if (!unread) {
    show('ended-others', value === 'others');
    show('ended-one', value !== 'others');
    notify('ended');
  }
  return unread;
});

form.querySelector('[data-all]').addEventListener('click', () => confirm.showModal());
confirm.querySelector('[data-cancel]').addEventListener('click', () => confirm.close());
