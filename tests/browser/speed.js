// `make journey-speed`: how long a member waits on the way from the letter to the top page, on a phone with a slow
// network. A wait is from the tap, or from opening the letter's address, until the next page can be used. Of another
// checkout that is named, and built, the same is measured the same way: a comparison of before and after.

import { setTimeout as sleep } from 'node:timers/promises';
import { launch, phone } from './chromium.js';
import { JAPANESE, Journey } from './journey.js';
import { taro } from './people.js';
import { Stack } from './stack.js';
import { places, print } from './table.js';
import { Wire } from './wire.js';

/** Round trips in milliseconds: a phone in a train or in a cellar, and one at home. */
const ROUND_TRIPS = [400, 100];
/** How long somebody reads and types at each page, in milliseconds; really it is longer. */
const TYPING = 4_000;
/** Times each way is gone; the median counts. */
const RUNS = Number(process.env.RUNS ?? 3);

/** What shows that a page can be used: its script has begun, it shows what it asked for, the code was sent. */
const USABLE = { begun: '.starting[hidden]', loaded: '[data-loaded]:not([hidden])', sent: 'dialog[open]' };

const browser = await launch();
try {
  for (const checkout of places([undefined])) {
    for (const roundTrip of ROUND_TRIPS) {
      const runs = [];
      for (let run = 0; run < RUNS; run += 1) {
        runs.push(await walk(checkout, roundTrip));
      }
      report(checkout, roundTrip, runs);
    }
  }
} finally {
  await browser.close();
}

/** Goes the way once, in a browser and on a stack that have seen nobody. */
async function walk(checkout, roundTrip) {
  const stack = await Stack.start([], checkout);
  const context = await browser.newContext({ ...phone, baseURL: stack.url });
  try {
    const page = await context.newPage();
    const wire = await Wire.of(page);
    await wire.slow(roundTrip);
    return await steps(new Journey(page, stack), wire);
  } finally {
    await context.close();
    await stack.stop();
  }
}

async function steps(journey, wire) {
  const { page } = journey;
  const rows = [];
  let told = {};
  await page.exposeBinding('tell', (_, what, time) => {
    told[what] ??= time;
  });
  await page.addInitScript(watch, Object.values(USABLE));
  const tap = (name) => () => journey.button(name).tap({ noWaitAfter: true });
  /** Measures from the tap that `act` makes until what can be used is there. */
  const step = async (name, act, path, usable) => {
    told = {};
    await act();
    await page.waitForURL((url) => url.pathname === JAPANESE.root + path, { waitUntil: 'commit' });
    await page.locator(usable).first().waitFor({ state: 'attached' });
    rows.push({ name, wait: told[usable + JAPANESE.root + path] - (told.click ?? told.begun) });
    // Until nothing more comes, as somebody needs it who reads.
    await page.waitForLoadState('networkidle');
  };
  const typing = async (type) => {
    await type();
    await sleep(TYPING);
    // What came while the page was shown and typed into is this step's.
    Object.assign(rows.at(-1), { requests: wire.take() });
  };

  await step('letter', () => page.goto('/portal/signup.ibss', { waitUntil: 'commit' }), 'signup.ibss', USABLE.begun);
  await typing(() => journey.fillIdentity(taro));
  await step('verify', tap('verify'), 'user/', USABLE.loaded);
  await typing(() => journey.fillUser(taro));
  await step('create', tap('create'), 'code/', USABLE.sent);
  await page.getByRole('button', { name: 'OK' }).tap();
  await typing(async () => journey.field('code').fill(await journey.stack.code()));
  await step('confirm', tap('confirm'), '', USABLE.begun);
  await typing(async () => {
    await journey.field('userId').fill(taro.userId);
    await journey.field('password').fill(taro.password);
  });
  await step('login', tap('login'), 'terms/', USABLE.loaded);
  await typing(() => page.getByLabel(JAPANESE.agree).check());
  await step('accept', tap('next'), 'top/', USABLE.loaded);
  await typing(async () => {});
  return rows;
}

/** Runs in each page: tells the moment of the tap, and the first at which each of these can be found. */
function watch(selectors) {
  const now = () => performance.timeOrigin + performance.now();
  globalThis.tell('begun', performance.timeOrigin);
  addEventListener('click', () => globalThis.tell('click', now()), true);
  const look = () => {
    for (const selector of selectors.filter((each) => document.querySelector(each))) {
      globalThis.tell(selector + location.pathname, now());
    }
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
}

function report(checkout, roundTrip, runs) {
  console.log(`${checkout ?? 'This checkout'}, ${roundTrip} ms a round trip, median of ${runs.length}`);
  const rows = [['step', 'seconds', 'requests', 'of the API', '304', 'bytes']];
  const sums = { wait: 0, requests: 0, api: 0, unchanged: 0, down: 0 };
  for (const [index, { name }] of runs[0].entries()) {
    const wait = median(runs.map((run) => run[index].wait)) / 1_000;
    const { requests } = runs[0][index];
    const counts = {
      wait,
      requests: requests.length,
      api: requests.filter(({ path }) => path.startsWith('/api/')).length,
      unchanged: requests.filter(({ status }) => status === 304).length,
      down: requests.reduce((sum, { down }) => sum + down, 0),
    };
    for (const [key, value] of Object.entries(counts)) {
      sums[key] += value;
    }
    rows.push([name, ...cells(counts)]);
    if (process.env.REQUESTS) {
      for (const { method, path, status, down } of requests) {
        console.log(`  ${name}: ${status} ${method} ${path} ${down}`);
      }
    }
  }
  rows.push(['sum', ...cells(sums)]);
  print(rows);
  console.log('');
}

function cells({ wait, requests, api, unchanged, down }) {
  return [wait.toFixed(2), requests, api, unchanged, down.toLocaleString()];
}

function median(values) {
  return values.sort((one, other) => one - other)[Math.floor(values.length / 2)];
}
