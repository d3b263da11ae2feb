// Forgotten: a new password by a code, the user ID by mail, and nothing that tells a stranger who is registered.

import { accessible, at, expect, test } from './fixtures.js';
import { Journey } from './journey.js';
import { account, hanako, NEW_PASSWORD, taro } from './people.js';
import { Recovery } from './recovery.js';

test('a locked member sets a new password and logs in with it', async ({ page, stack, shot }) => {
  const now = new Date().toISOString();
  await stack.state({
    accounts: [account(taro, { termsAccepted: '2023-09-01' })],
    throttles: [{ of: 'login-user-id', userId: taro.userId, at: now, times: 100 }],
  });
  const journey = new Recovery(page, stack);
  await journey.ask({ userId: 'TARO', email: taro.email });
  await shot('reset-password');
  await accessible(page, 'the new password');
  await journey.set(await stack.code());
  await journey.arrives('');
  await expect(page.locator('#password-changed')).toBeFocused();
  await shot('password-changed');
  await journey.login({ ...taro, password: NEW_PASSWORD }, 'top/');
  await expect(page.getByText(taro.name)).toBeVisible();

  const [notice, code] = await stack.mailbox(2);
  expect(notice.subject).toBe('【パスワード変更のお知らせ】');
  expect(notice.to).toBe(taro.email);
  expect(code.text).not.toContain('http');
});

test('every other device is logged out by it', async ({ page, stack, browser }) => {
  await stack.state({ accounts: [account(taro, { termsAccepted: '2023-09-01' })] });
  const elsewhere = await browser.newContext({ baseURL: stack.url });
  const other = new Journey(await elsewhere.newPage(), stack);
  await other.open('');
  await other.login(taro, 'top/');

  const journey = new Recovery(page, stack);
  await journey.ask(taro);
  await journey.set(await stack.code());
  await journey.arrives('');
  await other.page.reload();
  await expect(other.problem).toContainText('ログインが必要です');
  await elsewhere.close();
});

test('a stranger sees what a member sees, and no mail goes out', async ({ page, stack }) => {
  await stack.state({ accounts: [account(taro)] });
  const journey = new Recovery(page, stack);
  for (const who of [
    { userId: 'nobody', email: 'nobody@example.jp' },
    { userId: taro.userId, email: hanako.email },
  ]) {
    await journey.ask(who);
    await expect(page.getByText('入力された内容がご登録と一致する場合に')).toBeVisible();
    await journey.set('123456');
    await journey.problem.getByRole('link', { name: 'あと4回入力できます' }).click();
    await expect(journey.field('code')).toBeFocused();
  }
  expect(await stack.mailbox()).toEqual([]);
});

test('what is wrong with code or password is said at the field', async ({ page, stack, shot }) => {
  await stack.state({ accounts: [account(taro)] });
  const journey = new Recovery(page, stack);
  await journey.ask(taro);
  const code = await stack.code();
  await journey.set('12345', 'short');
  await expect(journey.problem.locator('.fields a')).toHaveCount(2);
  await shot('reset-password-errors');
  await accessible(page, 'the new password with errors');
  await journey.set(code, 'taro-hanami-26');
  await expect(journey.problem.getByRole('link')).toContainText('ユーザーIDを含めることはできません');
  // The code has not been used up by it.
  await journey.set(code);
  await journey.arrives('');
});

test('an expired code leads to a new one', async ({ page, stack, shot }) => {
  await stack.state({ accounts: [account(taro)] });
  const journey = new Recovery(page, stack);
  await journey.ask(taro);
  await at(page, new Date(Date.now() + 600_000).toISOString());
  await journey.set(await stack.code());
  await expect(journey.problem).toContainText('有効期限が切れました');
  await shot('reset-password-expired');
  await journey.problem.getByRole('link', { name: '認証番号をもう一度送信する' }).click();
  await journey.arrives('forgot-password/');
});

test('in another browser a member is told where the code is entered, and where it is asked for', async ({
  page,
  stack,
  expectComplaint,
}) => {
  // It shows nobody.
  expectComplaint(/does not say whom its page shows/);
  const journey = new Recovery(page, stack);
  await journey.open('reset-password/');
  await journey.set('123456');
  await expect(journey.problem).toBeFocused();
  await expect(journey.problem).toContainText('手続きを始めたスマートフォン・パソコンの同じブラウザー');
  await journey.problem.getByRole('link', { name: '認証番号をもう一度送信する' }).click();
  await journey.arrives('forgot-password/');
});

test('asking again within a minute says how long to wait', async ({ page, stack, shot }) => {
  await stack.state({ accounts: [account(taro)] });
  const journey = new Recovery(page, stack);
  await journey.ask(taro);
  await journey.open('forgot-password/');
  await journey.field('userId').fill(taro.userId);
  await journey.field('email').fill(taro.email);
  await page.getByRole('button', { name: '認証番号を送信する' }).click();
  await expect(journey.problem).toContainText('しばらくお待ちください');
  await expect(journey.field('email')).toHaveValue(taro.email);
  await shot('forgot-password-too-soon');
});

test('a forgotten user ID goes to the registered address, whoever asks', async ({ page, stack, shot }) => {
  await stack.state({ accounts: [account(taro)] });
  const journey = new Recovery(page, stack);
  for (const [member, mails] of [
    [hanako, 0],
    [taro, 1],
  ]) {
    await journey.open('');
    await page.getByRole('link', { name: 'ユーザーIDを忘れた方はこちら' }).click();
    await journey.fillIdentity(member);
    await page.getByRole('button', { name: 'ユーザーIDを送信する' }).click();
    const sent = page.locator('#sent');
    await expect(sent).toBeFocused();
    await expect(sent).toContainText('ユーザーIDをお送りしました');
    await shot('user-id-sent');
    expect(await stack.mailbox(mails)).toHaveLength(mails);
  }
  const [mail] = await stack.mailbox();
  expect(mail).toMatchObject({ to: taro.email, subject: '【ユーザーIDのお知らせ】' });
  expect(mail.text).toContain('taro');
  await accessible(page, 'the user ID that was sent');

  await page.getByRole('button', { name: 'ユーザーIDを送信する' }).click();
  await expect(page.locator('#sent')).toBeFocused();
});

test('an empty reminder names the fields that are missing', async ({ page, stack }) => {
  const journey = new Recovery(page, stack);
  await journey.open('forgot-user-id/');
  await page.getByRole('button', { name: 'ユーザーIDを送信する' }).click();
  await expect(journey.problem.locator('.fields a')).toHaveCount(4);
  await expect(page.locator('#sent')).toBeHidden();
});
