// `make weights`: what a first visit of each page transfers, as a browser counts it that has nothing of the site yet.
// The page that is printed on the letter has a limit: nobody who types that address has been here before.

import { launch, phone } from './chromium.js';
import { Stack } from './stack.js';
import { places, print } from './table.js';

const PAGES = ['/', '/portal/signup.ibss', '/portal/'];
/** Bytes over the wire, by page. */
const LIMITS = { '/portal/signup.ibss': 30_000 };

const stack = await Stack.start();
const browser = await launch();
const over = [];
try {
  const rows = [['page', 'requests', 'wire', 'raw', 'limit']];
  for (const place of places(PAGES)) {
    const { requests, wire, raw } = await weigh(place);
    const limit = LIMITS[place];
    rows.push([place, requests, wire.toLocaleString(), raw.toLocaleString(), limit?.toLocaleString() ?? '']);
    if (wire > limit) {
      over.push(place);
    }
  }
  print(rows);
  console.log('Bytes: with headers and as compressed over the wire, and raw.');
} finally {
  await browser.close();
  await stack.stop();
}
if (over.length > 0) {
  console.error(`Over the limit: ${over.join(', ')}`);
  process.exitCode = 1;
}

/** Opens a page in a browser that has nothing in its cache, and counts until nothing more comes. */
async function weigh(place) {
  const context = await browser.newContext({ ...phone, baseURL: stack.url });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  const weight = { requests: 0, wire: 0, raw: 0 };
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    weight.requests += 1;
    weight.wire += encodedDataLength;
  });
  session.on('Network.dataReceived', ({ dataLength }) => {
    weight.raw += dataLength;
  });
  const response = await page.goto(place, { waitUntil: 'networkidle' });
  if (!response.ok()) {
    throw new Error(`${place}: ${response.status()}`);
  }
  await context.close();
  return weight;
}
