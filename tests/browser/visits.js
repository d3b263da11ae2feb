// What a member's visits transfer, as JSON for `tools/cost.py measure`: the first from the letter to the top page and out
// again, by a browser that has nothing of the site; and a later one, login to logout, by a browser that has lost its
// cache meanwhile. Requests that reach the network are counted, those answered 304 too; for each, the bytes down with
// headers, and the bytes of the body up.

import { launch, phone } from './chromium.js';
import { Journey } from './journey.js';
import { taro } from './people.js';
import { Stack } from './stack.js';
import { Wire } from './wire.js';

const stack = await Stack.start();
const browser = await launch();
try {
  const first = await visit(async (journey) => {
    await journey.verify(taro);
    await journey.create(taro);
    await journey.confirm();
    await journey.login(taro);
    await journey.accept();
    await journey.button('logout').click();
    await journey.arrives('');
  });
  const later = await visit(async (journey) => {
    await journey.open('');
    await journey.login(taro, 'top/');
    await journey.button('logout').click();
    await journey.arrives('');
  });
  console.log(JSON.stringify({ first, later }, null, 2));
} finally {
  await browser.close();
  await stack.stop();
}

/** Lets a browser of its own do something, and counts what went over the wire. */
async function visit(walk) {
  const context = await browser.newContext({ ...phone, baseURL: stack.url });
  const page = await context.newPage();
  const wire = await Wire.of(page);
  await walk(new Journey(page, stack));
  await page.waitForLoadState('networkidle');
  await context.close();

  const files = { requests: 0, unchanged: 0, down: 0 };
  const api = { requests: 0, down: 0, up: 0 };
  const calls = {};
  for (const { method, path, status, down, up } of wire.take()) {
    if (path.startsWith('/api/')) {
      const call = `${method} ${path}`;
      calls[call] = (calls[call] ?? 0) + 1;
      api.requests += 1;
      api.down += down;
      api.up += up;
    } else {
      files.requests += 1;
      files.unchanged += status === 304 ? 1 : 0;
      files.down += down;
    }
  }
  return { files, api, calls };
}
