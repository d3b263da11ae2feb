// What a browser test gets: a stack to itself, a page on it that must not go wrong in silence, pictures, the check of
// accessibility, and requests from another time or address.

import path from 'node:path';
import { test as base, expect } from '@playwright/test';
import { violations } from './axe.js';
import { looksWell, settled } from './looks.js';
import { pages, read } from './pages.js';
import { artefacts } from './places.js';
import { Stack } from './stack.js';

export { expect };

/** WCAG 2.2 at level AA, and axe's best practices. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** The addresses of the pages that show a person. */
const ofPersons = pages.filter(({ file }) => /data-flow=/.test(read(file))).map(({ address }) => address);

/** The headers that a page's requests to the API carry, by page. */
const headersOf = new WeakMap();

export const test = base.extend({
  /** More options of `local run`: `test.use({ stackOptions: ['--no-samples'] })`. */
  stackOptions: [[], { option: true }],

  /** Gives the stack that the tests of this worker share, one after the other: its functions are warm. */
  shared: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from the pattern
    async ({}, use) => {
      let stack;
      await use(async () => {
        stack ??= await Stack.start();
        return stack;
      });
      await stack?.stop();
    },
    { scope: 'worker' },
  ],

  /** The local stack of this test: as new, and nobody else's while it runs. */
  stack: async ({ browser, shared, stackOptions }, use, testInfo) => {
    const isShared = stackOptions.length === 0;
    const stack = isShared ? await shared() : await Stack.start(stackOptions);
    if (isShared) {
      await stack.reset();
    }
    await use(stack);
    // A page that stays open would go on asking.
    await Promise.all(browser.contexts().map((context) => context.close()));
    if (!isShared) {
      await stack.stop();
    }
    if (testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach('stack', { body: stack.output, contentType: 'text/plain' });
    }
  },

  baseURL: async ({ stack }, use) => use(stack.url),

  /**
   * Says that this test makes the browser complain: `expectComplaint(/status of 404/)`. A complaint that is expected
   * and does not come fails the test too.
   */
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from the pattern
  expectComplaint: async ({}, use) => {
    const expected = [];
    const expectComplaint = (pattern) => expected.push(pattern);
    expectComplaint.patterns = expected;
    await use(expectComplaint);
  },

  /** Fails a test whose pages complained, reached for another host, or acted without saying for whom. */
  context: async ({ context, stack, expectComplaint }, use) => {
    const complaints = [];
    // A violation of the Content-Security-Policy is an error in the console, too.
    context.on('console', (message) => {
      if (message.type() === 'error' && !isIdle(message, stack)) {
        complaints.push(`console: ${message.text()} (${message.location().url})`);
      }
    });
    context.on('weberror', (error) => complaints.push(`uncaught: ${error.error().stack}`));
    context.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (protocol.startsWith('http') && origin !== stack.url) {
        complaints.push(`another host: ${request.method()} ${request.url()}`);
      }
      if (isForNobody(request)) {
        complaints.push(`does not say whom its page shows: ${request.method()} ${request.url()}`);
      }
    });
    await use(context);
    const { patterns } = expectComplaint;
    const unexpected = complaints.filter((complaint) => !patterns.some((pattern) => pattern.test(complaint)));
    expect(unexpected, 'what the pages complained of').toEqual([]);
    const missing = patterns.filter((pattern) => !complaints.some((complaint) => pattern.test(complaint)));
    expect(missing, 'complaints that were expected').toEqual([]);
  },

  /**
   * Takes a picture of the whole page, and measures how it looks on every screen: `shot('login')` is
   * target/browser/screenshots/<project>/login.png. The screens are the same for all projects, so one of them measures.
   * `{ measured: false }` where seconds count.
   */
  shot: async ({ page, javaScriptEnabled }, use, testInfo) =>
    use(async (name, { measured = true } = {}) => {
      const { name: project } = testInfo.project;
      const file = path.join(artefacts, 'screenshots', project, `${name}.png`);
      // A pixel of the page is one of the picture: four times as many take three times as long.
      await page.screenshot({ path: file, fullPage: true, animations: 'disabled', scale: 'css' });
      // What measures is a script itself.
      if (measured && project === 'phone' && javaScriptEnabled !== false) {
        await looksWell(page, name);
      }
    }),
});

/** Fails where axe finds fault with the page, in light or in dark. `name` says what the page shows. */
export async function accessible(page, name) {
  const found = [];
  for (const [colorScheme, rules] of [
    ['light', { type: 'tag', values: RULES }],
    // Only the colours are others.
    ['dark', { type: 'rule', values: ['color-contrast', 'link-in-text-block'] }],
  ]) {
    await page.emulateMedia({ colorScheme });
    await settled(page);
    const complaints = await violations(page, rules);
    found.push(...complaints.map((violation) => `${colorScheme}: ${described(violation)}`));
  }
  await page.emulateMedia({ colorScheme: null });
  expect(found.join('\n\n'), `accessibility of ${name}`).toBe('');
}

/**
 * Fails when the tab keeps anything but the opaque subjects of these flows, the browser anything but what is public of the
 * insurer, and when a script can read a cookie.
 */
export async function expectOnlySubjects(page, flows) {
  const stored = await page.evaluate(() => [Object.keys(localStorage), document.cookie, { ...sessionStorage }]);
  const subjects = flows.map((flow) => [`subject-${flow}`, expect.stringMatching(/^[\w-]{16,64}$/)]);
  expect(stored).toEqual([['insurer'], '', Object.fromEntries(subjects)]);
}

/** Somebody goes to another window of the browser, and comes back to this one. */
export async function comesBack(page) {
  const context = page.context();
  // Playwright lets each page believe that it has the focus, unless it is told not to.
  const session = await context.newCDPSession(page);
  await session.send('Emulation.setFocusEmulationEnabled', { enabled: false });
  const other = await context.newPage();
  await other.bringToFront();
  await page.bringToFront();
  await other.close();
}

/**
 * Moves the page to this moment: its requests to the API come at that time (`x-local-now`), and its own clock stands
 * still there, while timers go on. The moment is RFC 3339, as `2026-04-01T10:00:00+09:00`. Cookies do not know of it.
 */
export async function at(page, moment) {
  await send(page, 'x-local-now', new Date(moment).toISOString());
  await page.clock.setFixedTime(moment);
}

/**
 * Lets the browser take no cookie: whatever the API sets does not come.
 *
 * @returns {Promise<() => Promise<void>>} Allows them again.
 */
export async function refuseCookies(page) {
  const answers = /\/api\/(members\/verify|sessions)$/;
  const refuse = async (route) => {
    const answer = await route.fetch();
    const { 'set-cookie': _, ...headers } = answer.headers();
    await route.fulfill({ response: answer, headers });
    await page.context().clearCookies();
  };
  await page.route(answers, refuse);
  return () => page.unroute(answers, refuse);
}

/** Lets the page's requests to the API come from this address (`x-local-client`). */
export function client(page, address) {
  return send(page, 'x-local-client', address);
}

async function send(page, name, value) {
  const headers = headersOf.get(page);
  if (headers) {
    headers[name] = value;
    return;
  }
  const first = { [name]: value };
  headersOf.set(page, first);
  // `fallback` lets a test's own routes have their say as well.
  await page.route(
    (url) => url.pathname.startsWith('/api/'),
    (route) => route.fallback({ headers: { ...route.request().headers(), ...first } }),
  );
}

/**
 * Whether the API answered with a problem, which Chromium prints as an error and no page can keep it from printing; or
 * whether it is about the mailbox, which is no page of ours and has no icon.
 */
function isIdle(message, stack) {
  const isAnswer = message.text().startsWith('Failed to load resource: the server responded with a status of');
  const isOfApi = message.location().url.startsWith(`${stack.url}/api/`);
  const isOfMailbox = message.page()?.url() === `${stack.url}/mailbox`;
  return isAnswer && (isOfApi || isOfMailbox);
}

/** Whether a page that shows a person acts without saying for whom. */
function isForNobody(request) {
  const { referer = 'about:blank', 'x-subject': subject } = request.headers();
  const acts = request.method() !== 'GET' && new URL(request.url()).pathname.startsWith('/api/');
  return acts && !subject && ofPersons.includes(new URL(referer).pathname);
}

function described({ id, help, helpUrl, nodes }) {
  const places = nodes.map(
    ({ target, html, failureSummary }) =>
      `  ${target.join(' ')}\n    ${html}\n${failureSummary.replace(/^/gm, '    ')}`,
  );
  return [`${id}: ${help} (${helpUrl})`, ...places].join('\n');
}
