// A way on from everywhere: back from the mail app, in another browser, without cookies, after the code's time.

import { accessible, expect, refuseCookies, test } from './fixtures.js';
import { ENGLISH, JAPANESE, Journey } from './journey.js';
import { account, hanako, taro } from './people.js';

const MINUTE = 60_000;
const TELEPHONE = '050-2018-3292';
const RESUME = { [JAPANESE.root]: '手続きの続きへ', [ENGLISH.root]: 'Go on with the registration' };

/** Somebody who has been sent a code and has left the page for the mail app. */
async function waiting(page, stack, words) {
  const journey = new Journey(page, stack, words);
  await journey.verify(taro);
  await journey.create(taro);
  return journey;
}

for (const words of [JAPANESE, ENGLISH]) {
  for (const address of ['signup.ibss', 'signup.ibss?jkc', '']) {
    test(`back from the mail app at ${words.root}${address} a member goes on, and the code works`, async ({
      page,
      stack,
      context,
    }) => {
      await waiting(page, stack, words);
      // As a QR code does: in another tab.
      const journey = new Journey(await context.newPage(), stack, words);
      await journey.open(address);
      const resume = journey.page.getByRole('button', { name: RESUME[words.root] });
      await expect(resume).toBeVisible();
      await expect(journey.page.getByText(taro.name)).toBeVisible();
      await accessible(journey.page, `${address} in the middle of a registration`);
      await page.close();
      await resume.click();
      await journey.arrives('code/');
      await journey.field('code').fill(await stack.code());
      await journey.button('confirm').click();
      await journey.arrives('');
      // Done: there is nothing to go on with.
      await journey.open('signup.ibss');
      await expect(resume).toBeHidden();
    });
  }
}

test('the offer to go on is looked at', async ({ page, stack, shot }) => {
  const journey = await waiting(page, stack);
  for (const [words, name] of [
    [JAPANESE, 'resume'],
    [ENGLISH, 'english-resume'],
  ]) {
    journey.words = words;
    for (const path of ['', 'signup.ibss']) {
      await journey.open(path);
      await expect(page.getByRole('button', { name: RESUME[words.root] })).toBeVisible();
      await shot(`${name}-${path || 'login'}`);
    }
  }
});

test('before a user ID is chosen, the way on leads to choosing it', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.open('');
  await page.getByRole('button', { name: '手続きの続きへ' }).click();
  await journey.arrives('user/');
  await expect(page.getByText(taro.name)).toBeVisible();
});

test('who is in the middle of nothing is not asked about', async ({ page, stack }) => {
  const asked = [];
  page.on('request', (request) => request.url().endsWith('/api/registration') && asked.push(request.url()));
  const journey = new Journey(page, stack);
  for (const path of ['signup.ibss', '']) {
    await journey.open(path);
    await page.waitForLoadState('networkidle');
  }
  expect(asked).toEqual([]);
});

test('verified again in the same browser, a member comes to the code that is in the mailbox', async ({
  page,
  stack,
}) => {
  const journey = await waiting(page, stack);
  const code = await stack.code();
  await journey.open('signup.ibss');
  await journey.fillIdentity(taro);
  await journey.button('verify').click();
  await journey.arrives('code/');
  await journey.field('code').fill(code);
  await journey.button('confirm').click();
  await journey.arrives('');
  // One code, and the notice of the account.
  const mailed = (await stack.mailbox(2)).map(({ subject }) => subject);
  expect(mailed).toHaveLength(2);
  expect(mailed.filter((subject) => subject.includes('認証番号'))).toHaveLength(1);
});

test('somebody else of the family begins beside an open registration', async ({ page, stack }) => {
  const journey = await waiting(page, stack);
  await journey.open('signup.ibss');
  await expect(page.getByRole('button', { name: '手続きの続きへ' })).toBeVisible();
  await journey.fillIdentity(hanako);
  await journey.button('verify').click();
  await journey.arrives('user/');
  await expect(page.getByText(hanako.name)).toBeVisible();
  await expect(page.getByText(taro.name)).toBeHidden();
});

for (const [words, said, start] of [
  [JAPANESE, '手続きを始めたブラウザーの認証番号の画面に入力', '初回ログイン画面へ'],
  [ENGLISH, 'the browser in which you began', 'Go to the first login page'],
]) {
  test(`in another browser a member is told where the code is entered, and how to begin anew: ${words.root}`, async ({
    page,
    stack,
    shot,
  }) => {
    await waiting(page, stack, words);
    await page.context().clearCookies();
    const journey = new Journey(page, stack, words);
    await journey.open('code/');
    await expect(journey.problem).toContainText(said);
    await expect(journey.problem.getByRole('link', { name: TELEPHONE })).toBeVisible();
    await shot(words === ENGLISH ? 'english-other-browser' : 'other-browser');
    await journey.problem.getByRole('link', { name: start }).click();
    await journey.arrives('signup.ibss');
  });

  test(`who refuses cookies is told so, with whom to call, and goes on once they are allowed: ${words.root}`, async ({
    page,
    stack,
    shot,
  }) => {
    await stack.state({ accounts: [account(hanako, { termsAccepted: '2023-09-01' })] });
    const allow = await refuseCookies(page);
    const journey = new Journey(page, stack, words);
    await journey.open('signup.ibss');
    await journey.fillIdentity(taro);
    await journey.button('verify').click();
    await journey.arrives('user/');
    await expect(journey.problem).toContainText('Cookie', { ignoreCase: true });
    await expect(journey.problem.getByRole('link', { name: TELEPHONE })).toBeVisible();
    await accessible(page, 'a browser without cookies');
    await shot(words === ENGLISH ? 'english-no-cookies' : 'no-cookies');
    await page.reload();
    await expect(journey.problem).toContainText('Cookie', { ignoreCase: true });
    await journey.open('');
    await journey.field('userId').fill(hanako.userId);
    await journey.field('password').fill(hanako.password);
    await journey.button('login').click();
    await journey.arrives('top/');
    await expect(journey.problem).toContainText('Cookie', { ignoreCase: true });
    await expect(journey.problem.getByRole('link', { name: TELEPHONE })).toBeVisible();
    await allow();
    await journey.verify(taro);
    await expect(page.getByText(taro.name)).toBeVisible();
    // What ends later has ended, and is no matter of cookies.
    await page.context().clearCookies();
    await page.reload();
    await expect(journey.problem).toBeVisible();
    await expect(journey.problem).not.toContainText('Cookie', { ignoreCase: true });
  });
}

test('a code whose time is over says so by itself, and a new one is a press away', async ({ page, stack, shot }) => {
  await page.clock.install();
  const journey = await waiting(page, stack);
  await page.getByRole('button', { name: 'OK' }).click();
  const notice = page.getByText('認証番号の有効期限が切れました。', { exact: true });
  await page.clock.runFor(9 * MINUTE + 50_000);
  await expect(page.getByText('まで（送信から10分間）')).toBeVisible();
  await expect(notice).toBeHidden();
  await page.clock.runFor(11_000);
  await expect(notice).toBeVisible();
  await expect(page.getByText('まで（送信から10分間）')).toBeHidden();
  await shot('code-over');
  await accessible(page, 'the code whose time is over');
  await page.setExtraHTTPHeaders({ 'x-local-now': new Date(Date.now() + 11 * MINUTE).toISOString() });
  await page.getByRole('button', { name: '新しい認証番号を送信する' }).click();
  await page.getByRole('button', { name: 'OK' }).click();
  await expect(notice).toBeHidden();
  await journey.field('code').fill(await stack.code(2));
  await journey.button('confirm').click();
  await journey.arrives('');
});

test('five wrong codes: not a wait but a new code, offered where it is said', async ({ page, stack, shot }) => {
  const journey = await waiting(page, stack);
  await page.getByRole('button', { name: 'OK' }).click();
  const wrong = (await stack.code()) === '000000' ? '000001' : '000000';
  for (let tries = 0; tries < 5; tries += 1) {
    await journey.field('code').fill(wrong);
    await journey.button('confirm').click();
    await expect(journey.problem).toBeVisible();
    await expect(journey.button('confirm')).toBeEnabled();
    await page.waitForLoadState('networkidle');
  }
  await expect(journey.problem.getByRole('heading')).toHaveText('この認証番号は使えなくなりました');
  await expect(journey.problem).not.toContainText('お待ちください');
  await shot('code-spent');
  await page.setExtraHTTPHeaders({ 'x-local-now': new Date(Date.now() + 61_000).toISOString() });
  await journey.problem.getByRole('button', { name: '新しい認証番号を送信する' }).click();
  await page.getByRole('button', { name: 'OK' }).click();
  await journey.field('code').fill(await stack.code(2));
  await journey.button('confirm').click();
  await journey.arrives('');
});

test('a page that has hidden itself warns of no end: it can be used after 25 minutes', async ({
  page,
  stack,
  context,
}) => {
  await stack.state({ accounts: [account(taro, { termsAccepted: '2023-09-01' })] });
  await page.clock.install();
  const journey = new Journey(page, stack);
  await journey.open('');
  await journey.login(taro, 'top/');
  const other = new Journey(await context.newPage(), stack);
  await other.open('top/');
  await other.button('logout').click();
  await other.arrives('');
  await expect(journey.problem).toContainText('ログインが必要です');
  await page.clock.runFor(26 * MINUTE);
  await expect(page.locator('dialog[open]')).toHaveCount(0);
  await journey.problem.getByRole('link', { name: 'ログイン画面へ' }).click();
  await journey.arrives('');
});
