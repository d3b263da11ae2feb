// The end of a session: told in time, put off by who is there, and final after twelve hours.

import { accessible, expect, test } from './fixtures.js';
import { Journey } from './journey.js';
import { account, taro } from './people.js';

const MINUTE = 60_000;

test.beforeEach(async ({ page, stack }) => {
  await stack.state({ accounts: [account(taro, { termsAccepted: '2023-09-01' })] });
  await page.clock.install();
  const journey = new Journey(page, stack);
  await journey.open('');
  await journey.login(taro, 'top/');
});

test('who does nothing for 25 minutes is warned, and may go on', async ({ page, shot }) => {
  const warning = page.getByRole('dialog', { name: 'まもなく自動的にログアウトします' });
  await page.clock.runFor(24 * MINUTE);
  await expect(warning).toBeHidden();
  await page.clock.runFor(MINUTE + 1_000);
  await expect(warning).toBeVisible();
  await shot('session-ending');
  await accessible(page, 'the warning');
  const asked = page.waitForResponse('**/api/session');
  await page.getByRole('button', { name: 'ログインを続ける' }).click();
  await asked;
  await expect(warning).toBeHidden();
  await page.clock.runFor(24 * MINUTE);
  await expect(warning).toBeHidden();
  await page.clock.runFor(MINUTE + 2_000);
  await expect(warning).toBeVisible();
});

test('who does not answer sees nothing of the member any more', async ({ page, stack, shot }) => {
  await page.clock.runFor(25 * MINUTE + 1_000);
  await expect(page.getByRole('dialog')).toBeVisible();
  // Its own clock goes on, so only the API is told.
  await page.setExtraHTTPHeaders({ 'x-local-now': new Date(Date.now() + 30 * MINUTE).toISOString() });
  await page.clock.runFor(5 * MINUTE + 3_000);
  const { problem } = new Journey(page, stack);
  await expect(problem).toContainText('自動的にログアウトしました');
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(page.getByText(taro.name)).toBeHidden();
  await shot('session-ended');
});

test('a question that is open goes with the session, and the page can be used', async ({ page, stack, browser }) => {
  const elsewhere = await browser.newContext({ baseURL: stack.url });
  const other = new Journey(await elsewhere.newPage(), stack);
  await other.open('');
  await other.login(taro, 'top/');
  await elsewhere.close();
  const journey = new Journey(page, stack);
  await journey.open('account/');
  await page.getByRole('button', { name: 'ほかの端末をすべてログアウトさせる' }).click();
  await page.clock.runFor(25 * MINUTE + 1_000);
  await expect(page.getByRole('dialog', { name: 'まもなく自動的にログアウトします' })).toBeVisible();
  await page.setExtraHTTPHeaders({ 'x-local-now': new Date(Date.now() + 30 * MINUTE).toISOString() });
  await page.clock.runFor(5 * MINUTE + 3_000);
  await expect(page.getByRole('dialog')).toBeHidden();
  await journey.problem.getByRole('link', { name: 'ログイン画面へ' }).click();
  await journey.arrives('');
});
