// Login, terms and the top page: what a member meets who comes back.

import { accessible, expect, test } from './fixtures.js';
import { Journey } from './journey.js';
import { account, taro } from './people.js';

test('a wrong password and an unknown user ID get the same words', async ({ page, stack, shot }) => {
  await stack.state({ accounts: [account(taro)] });
  const journey = new Journey(page, stack);
  await journey.open('');
  const told = [];
  for (const userId of [taro.userId, 'nobody']) {
    await journey.field('userId').fill(userId);
    await journey.field('password').fill('wrong-2026');
    await journey.button('login').click();
    await expect(journey.problem).toBeFocused();
    await expect(journey.field('userId')).toHaveValue(userId);
    await expect(journey.field('password')).toHaveValue('');
    told.push(await journey.problem.textContent());
  }
  expect(told[0]).toContain('ユーザーIDまたはパスワードが正しくありません');
  expect(told[1]).toBe(told[0]);
  await expect(page).toHaveTitle(/^エラー：ログイン/);
  await shot('login-refused');
  await accessible(page, 'the login that is refused');
});

test('the password is hidden, can be shown and pasted, and managers fill it', async ({ page, stack, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await stack.state({ accounts: [account(taro)] });
  const journey = new Journey(page, stack);
  await journey.open('');
  const password = journey.field('password');
  await expect(password).toHaveAttribute('type', 'password');
  await expect(password).toHaveAttribute('autocomplete', 'current-password');
  await expect(journey.field('userId')).toHaveAttribute('autocomplete', 'username');
  await page.evaluate((copied) => navigator.clipboard.writeText(copied), taro.password);
  await password.focus();
  await page.keyboard.press('Control+V');
  await page.getByRole('button', { name: '表示' }).click();
  await expect(password).toHaveAttribute('type', 'text');
  await expect(password).toHaveValue(taro.password);
  await journey.field('userId').fill(taro.userId);
  await journey.button('login').click();
  await journey.arrives('terms/');
});

test('every page of who is signed in offers to log out', async ({ page, stack }) => {
  await stack.state({ accounts: [account(taro)] });
  const journey = new Journey(page, stack);
  for (const path of ['terms/', 'top/', 'account/', 'account/password/', 'account/email/']) {
    await journey.open('');
    await journey.login(taro, path.startsWith('account/') ? 'top/' : 'terms/');
    if (path === 'top/') {
      await journey.accept();
    }
    await journey.open(path);
    await journey.arrives(path);
    await journey.button('logout').click();
    await journey.arrives('');
    await journey.open(path);
    await expect(journey.problem).toContainText('ログインが必要です');
  }
});

test('a password that no account can have is said at its field', async ({ page, stack, shot }) => {
  await stack.state({ accounts: [account(taro)] });
  const journey = new Journey(page, stack);
  await journey.open('');
  for (const password of ['ｈａｎａｍｉ－２０２６', 'hanami-2026 ']) {
    await journey.field('userId').fill(taro.userId);
    await journey.field('password').fill(password);
    await journey.button('login').click();
    await journey.problem.locator('.fields a').click();
    await expect(journey.field('password')).toBeFocused();
    await expect(journey.field('password')).toHaveAttribute('aria-invalid', 'true');
    await expect(journey.field('password')).toHaveValue('');
    await expect(journey.field('userId')).not.toHaveAttribute('aria-invalid');
  }
  // A member with an account has such a password: it is to be looked at, not to be changed.
  await journey.field('password').fill('hanami2026');
  await journey.button('login').click();
  await expect(journey.problem).toContainText('入力したパスワードをご確認ください。');
  await expect(journey.problem).not.toContainText('含めてください');
  await shot('login-password-impossible');
  await journey.login(taro);
});

test('a user ID that waits for its code is led to it', async ({ page, stack, shot }) => {
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.create(taro);
  await journey.open('');
  await journey.field('userId').fill(taro.userId);
  await journey.field('password').fill(taro.password);
  await journey.button('login').click();
  await expect(journey.problem).toContainText('認証番号の入力がまだ済んでいません');
  await shot('login-registration-waiting');
  await accessible(page, 'the user ID that waits');
  await journey.problem.getByRole('link', { name: '認証番号の入力へ' }).click();
  await journey.arrives('code/');
  await expect(page.getByText(taro.name)).toBeVisible();
  await journey.field('code').fill(await stack.code());
  await journey.button('confirm').click();
  await journey.arrives('');
});

test('an empty login names both fields', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await journey.open('');
  await journey.button('login').click();
  await expect(journey.problem.locator('.fields a')).toHaveText([
    'ユーザーIDを入力してください。',
    'パスワードを入力してください。',
  ]);
});

test('last year’s user ID leads to the first login, wherever somebody looks for it', async ({ page, stack }) => {
  // The accounts of last year are gone, and with them who is mailed what.
  const journey = new Journey(page, stack);
  const first = page.getByRole('link', { name: '初回ログイン画面', exact: true }).filter({ visible: true });
  const leads = async () => {
    await expect(page.getByText('前の年度のユーザーIDは使えなくなることがあります')).toBeVisible();
    await first.click();
    await journey.arrives('signup.ibss');
  };
  await journey.open('');
  await journey.field('userId').fill(taro.userId);
  await journey.field('password').fill('hanami-2025');
  await journey.button('login').click();
  await expect(journey.problem).toContainText('ユーザーIDまたはパスワードが正しくありません');
  await leads();

  await journey.open('forgot-password/');
  await journey.field('userId').fill(taro.userId);
  await journey.field('email').fill(taro.email);
  await journey.button('sendCode').click();
  await journey.arrives('reset-password/');
  await leads();

  await journey.open('forgot-user-id/');
  await journey.fillIdentity(taro);
  await page.getByRole('button', { name: 'ユーザーIDを送信する' }).click();
  await expect(page.locator('#sent')).toBeFocused();
  await leads();
  expect(await stack.mailbox()).toHaveLength(0);
});

test('a locked user ID is told how long, and what to do', async ({ page, stack, shot }) => {
  const at = new Date().toISOString();
  await stack.state({ accounts: [account(taro)], throttles: [{ of: 'login-user-id', userId: 'taro', at, times: 12 }] });
  const journey = new Journey(page, stack);
  await journey.open('');
  await journey.field('userId').fill(taro.userId);
  await journey.field('password').fill(taro.password);
  await journey.button('login').click();
  await expect(journey.problem).toContainText('しばらくお待ちください');
  await expect(journey.problem).toContainText('「パスワードを忘れた方はこちら」');
  await shot('login-locked');
});

test('who may not use the account any more is told whom to contact', async ({ page, stack, shot }) => {
  await stack.state({ accounts: [account(taro, { disabledAt: '2026-04-02T00:00:00Z' })] });
  const journey = new Journey(page, stack);
  await journey.open('');
  await journey.field('userId').fill(taro.userId);
  await journey.field('password').fill(taro.password);
  await journey.button('login').click();
  await expect(journey.problem).toContainText('現在ご利用いただけません');
  await shot('login-unavailable');
  await journey.problem.getByRole('link', { name: 'お問い合わせ窓口' }).click();
  await journey.arrives('contact/');
});

test('who forgot something, or was never here, finds the way', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  for (const [link, path] of [
    ['パスワードを忘れた方はこちら', 'forgot-password/'],
    ['ユーザーIDを忘れた方はこちら', 'forgot-user-id/'],
    ['ユーザーIDの作成がまだの方はこちら', 'signup.ibss'],
    ['推奨ブラウザについて', 'announcements/browsers/'],
    ['システムメンテナンスのお知らせ', 'announcements/maintenance/'],
  ]) {
    await journey.open('');
    await page.getByRole('link', { name: link }).click();
    await journey.arrives(path);
  }
});

test('the terms are accepted only by a tick', async ({ page, stack, shot }) => {
  await stack.state({ accounts: [account(taro)] });
  const journey = new Journey(page, stack);
  await journey.open('');
  await journey.login(taro);
  await expect(page.getByRole('heading', { name: '第2条' })).toBeVisible();
  await journey.button('next').click();
  await journey.problem.getByRole('link', { name: '「利用規約に同意する」にチェックしてください。' }).click();
  const tick = page.getByLabel('利用規約に同意する');
  await expect(tick).toBeFocused();
  await expect(tick).toHaveAttribute('aria-invalid', 'true');
  await shot('terms-not-ticked');
  await accessible(page, 'the terms that are not accepted');
  await journey.accept();
});

test('before the terms are accepted, the top page leads to them; afterwards they lead to the top page', async ({
  page,
  stack,
}) => {
  await stack.state({ accounts: [account(taro)] });
  const journey = new Journey(page, stack);
  await journey.open('');
  await journey.login(taro);
  await journey.open('top/');
  await journey.arrives('terms/');
  await journey.accept();
  await journey.open('terms/');
  await journey.arrives('top/');
});

test('terms whose text is not there are not accepted unseen', async ({ page, stack, shot, expectComplaint }) => {
  expectComplaint(/status of 404/);
  await stack.state({ accounts: [account(taro)] });
  await page.route('**/assets/2023-09-01.*.html', (route) => route.fulfill({ status: 404 }));
  const journey = new Journey(page, stack);
  await journey.open('');
  await journey.login(taro);
  await expect(journey.problem).toContainText('利用規約を表示できませんでした');
  await expect(journey.button('next')).toBeHidden();
  await shot('terms-missing');
  await page.unroute('**/assets/2023-09-01.*.html');
  await page.getByRole('button', { name: 'もう一度読み込む' }).click();
  await journey.accept();
});

test('an insurer may have terms of its own', async ({ page, stack }) => {
  await stack.state({ accounts: [account(taro)] });
  const own = (code) =>
    `<li data-insurer-code="${code}"><time datetime="2023-09-01"></time> <a data-text="/portal/terms/${code}/">own</a></li>`;
  await page.route('**/portal/terms/', async (route) => {
    const response = await route.fetch();
    const list = (await response.text()).replace('<template id="texts">', (start) => start + own('demo') + own('jkc'));
    await route.fulfill({ response, body: list });
  });
  await page.route('**/portal/terms/jkc/', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><article><p>jkc only</p></article>' }),
  );
  const journey = new Journey(page, stack);
  await journey.open('');
  await journey.login(taro);
  await expect(page.getByRole('article')).toHaveText('jkc only');
  await journey.accept();
});

test('who is not signed in is led to the login', async ({ page, stack, shot }) => {
  const journey = new Journey(page, stack);
  for (const path of ['top/', 'terms/', 'account/', 'account/password/', 'account/email/']) {
    await journey.open(path);
    await expect(journey.problem).toContainText('ログインが必要です');
    await expect(page.locator('[data-loaded]').first()).toBeHidden();
    await shot(`not-signed-in-${path.replace(/\/$/, '').replace('/', '-')}`);
    await journey.problem.getByRole('link', { name: 'ログイン画面へ' }).click();
    await journey.arrives('');
  }
});
