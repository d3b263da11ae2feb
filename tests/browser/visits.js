// What a member's visits transfer, as JSON for `tools/cost measure`: the first from the letter to the top page and out
// again, by a browser that has nothing of the site; and a later one, login to logout, by a browser that has lost its
// cache meanwhile. Requests that reach the network are counted, those answered 304 too; for each, the bytes down with
// headers, and the bytes of the body up.

import { launch, phone } from './chromium.js';
import { Journey } from './journey.js';
import { taro } from './people.js';
import { Stack } from './stack.js';

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
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  const requests = new Map();
  const statuses = new Map();
  const lengths = new Map();
  session.on('Network.requestWillBeSent', ({ requestId, request }) => requests.set(requestId, request));
  // Comes for what was answered over the network only, and knows a 304 that the page sees as the cached 200.
  session.on('Network.responseReceivedExtraInfo', ({ requestId, statusCode }) => statuses.set(requestId, statusCode));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) =>
    lengths.set(requestId, encodedDataLength),
  );
  await walk(new Journey(page, stack));
  await page.waitForLoadState('networkidle');
  await context.close();

  const files = { requests: 0, unchanged: 0, down: 0 };
  const api = { requests: 0, down: 0, up: 0 };
  const calls = {};
  for (const [id, { method, url, postData }] of requests) {
    const { pathname } = new URL(url);
    if (!statuses.has(id)) {
      continue;
    }
    if (pathname.startsWith('/api/')) {
      const call = `${method} ${pathname}`;
      calls[call] = (calls[call] ?? 0) + 1;
      api.requests += 1;
      api.down += lengths.get(id) ?? 0;
      api.up += postData ? Buffer.byteLength(postData) : 0;
    } else {
      files.requests += 1;
      files.unchanged += statuses.get(id) === 304 ? 1 : 0;
      files.down += lengths.get(id) ?? 0;
    }
  }
  return { files, api, calls };
}
