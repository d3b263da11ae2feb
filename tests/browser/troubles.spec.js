// What goes wrong between a phone and a server: every case leads somewhere, and keeps what was typed where that is safe.

import { accessible, at, expect, test } from './fixtures.js';
import { ENGLISH, Journey } from './journey.js';
import { account, taro } from './people.js';

const LATER = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString();

/** The calls of one function that changed something or might have. */
async function requests(page, method, path) {
  const seen = [];
  page.on('request', (request) => {
    if (request.method() === method && new URL(request.url()).pathname === path) {
      seen.push(request);
    }
  });
  return seen;
}

test('however often a button is pressed, it is sent once', async ({ page, stack, shot }) => {
  const journey = new Journey(page, stack);
  let answer;
  const held = new Promise((resolve) => {
    answer = resolve;
  });
  await page.route('**/api/users', async (route) => {
    await held;
    await route.fallback();
  });
  await journey.verify(taro);
  await journey.fillUser(taro);
  const sent = await requests(page, 'POST', '/api/users');
  const wait = page.getByRole('status').getByText('終わるまで、このままお待ちください。');
  await journey.button('create').click();
  await expect(page.getByText('送信しています。')).toBeVisible();
  await expect(wait).toBeHidden();
  await shot('busy');
  // Each further press is answered, to the eye and aloud: what is shown anew is read out anew.
  const readOut = await page.evaluateHandle(() => {
    const shown = [];
    const [words] = document.querySelectorAll('[data-pressed-again]');
    new MutationObserver(() => words.hidden || shown.push(words.textContent)).observe(words, { attributes: true });
    return shown;
  });
  await journey.button('create').click();
  await expect(wait).toBeVisible();
  await expect(wait).toBeInViewport();
  await journey.field('email').press('Enter');
  await expect.poll(() => readOut.evaluate(({ length }) => length)).toBe(2);
  await shot('busy-pressed-again');
  answer();
  await journey.arrives('code/');
  expect(sent).toHaveLength(1);
});

test('a button outside its form is seen to be busy, and when it goes with its panel the form is', async ({
  page,
  stack,
}) => {
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.create(taro);
  await page.getByRole('button', { name: 'OK' }).click();
  await at(page, LATER(11));
  await page.reload();
  await expect(page.getByText('認証番号の有効期限が切れました。')).toBeVisible();
  let answer;
  await page.route('**/api/codes', (route) => {
    answer = () => route.fallback();
  });
  const again = page.locator('[data-expired] button');
  const turns = () => again.evaluate((button) => getComputedStyle(button, '::after').content);
  expect(await turns()).toBe('none');
  await again.click();
  await expect.poll(turns).toBe('""');
  await answer();
  await expect(page.getByRole('dialog')).toBeVisible();
  expect(await turns()).toBe('none');

  await page.getByRole('button', { name: 'OK' }).click();
  await at(page, LATER(22));
  await journey.field('code').fill('000000');
  await journey.button('confirm').click();
  await journey.problem.getByRole('button', { name: '新しい認証番号を送信する' }).click();
  await expect(journey.problem).toBeHidden();
  await expect(page.locator('#again').getByText('送信しています。')).toBeInViewport();
  await answer();
  await expect(page.getByRole('dialog')).toBeVisible();
});

test('an answer that takes long is waited for, and said to', async ({ page, stack, shot }) => {
  await page.clock.install();
  const journey = new Journey(page, stack);
  await journey.open('signup.ibss');
  await journey.fillIdentity(taro);
  let answer;
  await page.route('**/api/members/verify', (route) => {
    answer = () => route.continue();
  });
  await journey.button('verify').click();
  const slow = page.getByText('時間がかかっています。');
  await expect(page.getByText('送信しています。')).toBeVisible();
  await expect(slow).toBeHidden();
  await page.clock.runFor(6_000);
  await expect(slow).toBeVisible();
  await shot('slow');
  await answer();
  await journey.arrives('user/');
});

test('no answer at all is given up, with everything kept, and the next try succeeds', async ({
  page,
  stack,
  shot,
  expectComplaint,
}) => {
  await page.clock.install();
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.fillUser(taro);
  await page.route('**/api/users', () => {});
  await journey.button('create').click();
  await expect(page.getByText('送信しています。')).toBeVisible();
  await page.clock.runFor(21_000);
  await expect(journey.problem).toContainText('ただいま処理を完了できませんでした');
  await expect(journey.field('password')).toHaveValue(taro.password);
  await shot('no-answer');
  await accessible(page, 'a page without an answer');
  await page.unroute('**/api/users');
  await journey.button('create').click();
  await journey.arrives('code/');
  expect(expectComplaint.patterns).toEqual([]);
});

test('a gateway that is overloaded is no answer of ours', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await journey.open('signup.ibss');
  await journey.fillIdentity(taro);
  for (const status of [429, 503]) {
    const answer = { status, contentType: 'application/json', body: '{"message":"Too Many Requests"}' };
    await page.route('**/api/members/verify', (route) => route.fulfill(answer));
    await journey.button('verify').click();
    await expect(journey.problem).toContainText('アクセスが集中しています');
    await page.unroute('**/api/members/verify');
  }
  await journey.button('verify').click();
  await journey.arrives('user/');
});

test('a function that fails says to try again, and trying again works', async ({ page, stack, shot }) => {
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.fillUser(taro);
  await stack.fault({ function: 'create-user', service: 'dynamodb', kind: 'internalError' });
  await journey.button('create').click();
  await expect(journey.problem).toContainText('少し時間をおいて、もう一度お試しください');
  await expect(journey.problem.getByRole('link', { name: '050-2018-3292' })).toBeVisible();
  await shot('try-again');
  await stack.clearFaults();
  await journey.button('create').click();
  await journey.arrives('code/');
});

test('offline, the page says so and keeps what was typed', async ({ page, stack, context, shot, expectComplaint }) => {
  expectComplaint(/ERR_INTERNET_DISCONNECTED/);
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.fillUser(taro);
  await context.setOffline(true);
  await journey.button('create').click();
  await expect(journey.problem).toContainText('インターネットに接続されていません');
  await expect(journey.field('userId')).toHaveValue('taro');
  await expect(journey.field('password')).toHaveValue(taro.password);
  await shot('offline');
  await context.setOffline(false);
  await journey.button('create').click();
  await journey.arrives('code/');
});

test('a page that cannot be loaded is loaded again by a button', async ({ page, stack, shot, expectComplaint }) => {
  expectComplaint(/ERR_FAILED/);
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await page.route('**/api/registration', (route) => route.abort());
  await page.reload();
  await expect(journey.problem).toContainText('ただいま処理を完了できませんでした');
  await expect(journey.button('create')).toBeHidden();
  await shot('not-loaded');
  await page.unroute('**/api/registration');
  await page.getByRole('button', { name: 'もう一度読み込む' }).click();
  await expect(page.getByText(taro.name)).toBeVisible();
});

test('an expired registration leads back to the first login', async ({ page, stack, shot }) => {
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.fillUser(taro);
  await at(page, LATER(121));
  await journey.button('create').click();
  await expect(journey.problem).toContainText('手続きの続きが見つかりません');
  await expect(journey.field('userId')).toHaveValue('taro');
  await shot('registration-expired');
  for (const path of ['user/', 'code/']) {
    await journey.open(path);
    await expect(journey.problem).toContainText('手続きの続きが見つかりません');
    await expect(page.getByRole('button', { name: 'もう一度読み込む' })).toBeHidden();
    await accessible(page, `${path} without a registration`);
  }
  await journey.problem.getByRole('link', { name: '初回ログイン画面へ' }).click();
  await journey.arrives('signup.ibss');
});

test('an expired session leads back to the login', async ({ page, stack, shot }) => {
  await stack.state({ accounts: [account(taro, { termsAccepted: '2023-09-01' })] });
  const journey = new Journey(page, stack);
  await journey.open('');
  await journey.login(taro, 'top/');
  await at(page, LATER(31));
  await page.reload();
  await expect(journey.problem).toContainText('自動的にログアウトしました');
  await expect(page.getByText(taro.name)).toBeHidden();
  await shot('session-expired');
  await journey.problem.getByRole('link', { name: 'ログイン画面へ' }).click();
  await journey.arrives('');
});

test('logged out in one window, nothing of the member shows in another', async ({ page, stack, context }) => {
  await stack.state({ accounts: [account(taro, { termsAccepted: '2023-09-01' })] });
  const journey = new Journey(page, stack);
  await journey.open('');
  await journey.login(taro, 'top/');
  const other = new Journey(await context.newPage(), stack);
  await other.open('top/');
  await expect(other.page.getByText(taro.name)).toBeVisible();
  await journey.button('logout').click();
  await journey.arrives('');
  await expect(other.problem).toContainText('ログインが必要です');
  await expect(other.page.getByText(taro.name)).toBeHidden();
  // Logging out twice is logging out.
  await journey.page.goBack();
  await expect(journey.page.getByText(taro.name)).toBeHidden();
});

test('completed in another window, the page leads to the login', async ({ page, stack, context }) => {
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.create(taro);
  const other = new Journey(await context.newPage(), stack);
  await other.open('code/');
  await other.field('code').fill(await stack.code());
  await other.button('confirm').click();
  await other.arrives('');
  // The dialog that was open does not stand in the way.
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(journey.problem).toContainText('ユーザーIDは作成済みです');
  await journey.problem.getByRole('link', { name: 'ログイン画面へ' }).click();
  await journey.arrives('');
});

test('back keeps what was typed, and a reload keeps who was verified', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.fillUser(taro);
  await page.reload();
  await expect(page.getByText(taro.name)).toBeVisible();
  await expect(journey.field('password')).toHaveValue('');
  await page.goBack();
  await journey.arrives('signup.ibss');
  await expect(journey.field('insurerCode')).toHaveValue('jkc');
  await expect(journey.field('nameKana')).toHaveValue('けんぽ たろう');
  await expect(page.getByRole('radio', { name: '昭和' })).toBeChecked();
  await expect(page.locator('[data-echo]')).toHaveText('1980年1月1日 = 昭和55年1月1日');
});

test('after the account is made, back leads to no dead end', async ({ page, stack, shot }) => {
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.create(taro);
  await journey.confirm();
  await page.goBack();
  await expect(journey.problem).toContainText('ユーザーIDは作成済みです');
  await shot('already-registered');
  await journey.problem.getByRole('link', { name: 'ログイン画面へ' }).click();
  await journey.arrives('');
});

test('problems are told in the language of the page', async ({ page, stack, shot }) => {
  const journey = new Journey(page, stack, ENGLISH);
  await journey.open('signup.ibss');
  await journey.button('verify').click();
  await expect(page).toHaveTitle(/^Error: /);
  await expect(journey.problem).toContainText('Please enter your insurer code');
  await expect(journey.problem.locator('.fields')).not.toContainText('ください');
  await shot('english-signup-empty');
  await page.getByRole('link', { name: '日本語' }).click();
  await page.waitForURL('**/portal/signup.ibss');
  await page.getByRole('link', { name: 'English' }).click();
  await page.waitForURL('**/portal/en/signup.ibss');
});
