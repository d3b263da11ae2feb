// The account: another password, another address, and the devices that are logged in. Who holds the device alone, and
// not the password, changes nothing.

import { Account } from './account.js';
import { accessible, at, comesBack, expect, expectOnlySubjects, test } from './fixtures.js';
import { ENGLISH } from './journey.js';
import { carry } from './pages.js';
import { account, hanako, NEW_EMAIL, NEW_PASSWORD, taro } from './people.js';

const PAGES = ['account/', 'account/password/', 'account/email/'];

/** A second browser in which the member is logged in. */
async function elsewhere(browser, stack) {
  const context = await browser.newContext({ baseURL: stack.url });
  const other = new Account(await context.newPage(), stack);
  await other.open('');
  await other.login(taro, 'top/');
  return other;
}

test.beforeEach(({ stack }) => stack.state({ accounts: [account(taro, { termsAccepted: '2023-09-01' })] }));

test.describe('the password', () => {
  test('is changed by who knows it, and every other device is logged out', async ({ page, stack, browser, shot }) => {
    const other = await elsewhere(browser, stack);
    const journey = new Account(page, stack);
    await journey.open('');
    await journey.login(taro, 'top/');
    await page.getByRole('link', { name: /^アカウント/ }).click();
    await journey.arrives('account/');
    await page.getByRole('link', { name: 'パスワードを変更する' }).click();
    await journey.arrives('account/password/');
    await shot('account-password');
    await accessible(page, 'the change of the password');
    await journey.setPassword(taro.password);

    await expect(journey.changed).toBeFocused();
    await expect(journey.changed).toContainText('この端末以外のすべての端末からログアウト');
    await expect(journey.field('newPassword')).toBeHidden();
    await shot('account-password-changed');
    await accessible(page, 'the password that is changed');
    const [notice] = await stack.mailbox(1);
    expect(notice).toMatchObject({ to: taro.email, subject: '【パスワード変更のお知らせ】' });
    await other.page.reload();
    await expect(other.problem).toContainText('ログインが必要です');
    await other.page.context().close();

    await page.getByRole('link', { name: 'アカウントへ戻る' }).click();
    await journey.arrives('account/');
    await expect(journey.devices).toHaveCount(1);
    await journey.button('logout').click();
    await journey.arrives('');
    await journey.login({ ...taro, password: NEW_PASSWORD }, 'top/');
    await expect(page.getByText(taro.name)).toBeVisible();
  });

  test('is not changed without the present one, which is asked for at its field', async ({ page, stack, shot }) => {
    const journey = new Account(page, stack);
    await journey.reach('account/password/');
    await journey.setPassword('wrong-2026');
    await expect(journey.problem).toBeFocused();
    await expect(journey.problem).toContainText('現在のパスワードが違います');
    await journey.problem.locator('.fields a').click();
    await expect(journey.field('currentPassword')).toBeFocused();
    await expect(journey.field('currentPassword')).toHaveAttribute('aria-invalid', 'true');
    await expect(journey.field('currentPassword')).toHaveValue('');
    // There was nothing wrong with it.
    await expect(journey.field('newPassword')).toHaveValue(NEW_PASSWORD);
    await expect(page.locator('.rules .met')).toHaveCount(4);
    await shot('account-password-mismatch');
    await accessible(page, 'the present password that is wrong');
    await journey.problem.getByRole('link', { name: 'パスワードを忘れた方はこちら' }).click();
    await journey.arrives('forgot-password/');
  });

  test('that is no good is refused at its field, and so is the present one again', async ({ page, stack }) => {
    const journey = new Account(page, stack);
    await journey.reach('account/password/');
    for (const password of ['short', 'taro-hanami-26', taro.password]) {
      await journey.setPassword(taro.password, password);
      await journey.problem.locator('.fields a').click();
      await expect(journey.field('newPassword'), password).toBeFocused();
      await expect(journey.field('newPassword')).toHaveValue('');
      await expect(journey.field('currentPassword')).toHaveValue(taro.password);
    }
  });

  test('that no account can have is said at its field', async ({ page, stack }) => {
    const journey = new Account(page, stack);
    for (const path of ['account/password/', 'account/email/']) {
      await journey.reach(path);
      await (path === 'account/email/'
        ? journey.setEmail(NEW_EMAIL, 'ｈａｎａｍｉ')
        : journey.setPassword('ｈａｎａｍｉ'));
      await journey.problem.locator('.fields a').click();
      await expect(journey.field('currentPassword'), path).toBeFocused();
      await expect(journey.field('currentPassword')).toHaveAttribute('aria-invalid', 'true');
    }
    expect(await stack.mailbox()).toEqual([]);
  });

  test('is not guessed on a device that was left logged in', async ({ page, stack, shot }) => {
    const journey = new Account(page, stack);
    await journey.reach('account/password/');
    for (let tries = 0; tries < 5; tries += 1) {
      await journey.setPassword(`wrong-202${tries}`);
      await expect(journey.problem).toContainText('現在のパスワードが違います');
      await expect(journey.field('currentPassword')).toHaveValue('');
    }
    await journey.setPassword(taro.password);
    await expect(journey.problem).toContainText('しばらくお待ちください');
    await expect(journey.problem.getByRole('link', { name: '050-2018-3292' })).toBeVisible();
    await shot('account-password-too-many');
  });

  test('is shown on demand, and kept by a password manager with the user ID', async ({ page, stack }) => {
    const journey = new Account(page, stack);
    await journey.reach('account/password/');
    const current = journey.field('currentPassword');
    const next = journey.field('newPassword');
    await expect(current).toHaveAttribute('autocomplete', 'current-password');
    await expect(next).toHaveAttribute('autocomplete', 'new-password');
    await expect(page.locator('[autocomplete="username"]')).toHaveValue(taro.userId);
    const [first, second] = await page.getByRole('button', { name: '表示' }).all();
    await expect(first).toHaveAccessibleDescription('現在のパスワード');
    await expect(second).toHaveAccessibleDescription('新しいパスワード');
    await first.click();
    await expect(current).toHaveAttribute('type', 'text');
    await expect(next).toHaveAttribute('type', 'password');
    await journey.setPassword(taro.password);
    await expect(current).toHaveAttribute('type', 'password');
    await expect(journey.changed).toBeVisible();
  });
});

test.describe('the address', () => {
  test('is changed by the code that was mailed to the new one, and both are told', async ({ page, stack, shot }) => {
    const journey = new Account(page, stack);
    await journey.reach('account/');
    await page.getByRole('link', { name: 'メールアドレスを変更する' }).click();
    await journey.arrives('account/email/');
    await expect(page.getByText('t***@example.jp')).toBeVisible();
    await shot('account-email');
    await accessible(page, 'the change of the address');
    await journey.setEmail();

    await expect(page.locator('#sent')).toBeFocused();
    await expect(journey.pending).toHaveText(NEW_EMAIL);
    await expect(page.getByText(/\d+:\d\dまで（/)).toBeVisible();
    await shot('account-email-code');
    await accessible(page, 'the code for the new address');
    const [mail] = await stack.mailbox(1);
    expect(mail.to).toBe(NEW_EMAIL);
    await journey.enterCode(await stack.code());

    await expect(journey.changed).toBeFocused();
    await expect(journey.changed).toContainText(NEW_EMAIL);
    await shot('account-email-changed');
    await accessible(page, 'the address that is changed');
    const told = (await stack.mailbox(3)).slice(0, 2);
    expect(told.map(({ to }) => to).sort()).toEqual([NEW_EMAIL, taro.email].sort());
    await page.getByRole('link', { name: 'アカウントへ戻る' }).click();
    await journey.arrives('account/');
    await expect(page.getByText('k***@example.com')).toBeVisible();
  });

  test('waits for its code through a reload, and the account says so', async ({ page, stack, shot }) => {
    const journey = new Account(page, stack);
    await journey.reach('account/email/');
    await journey.setEmail();
    await expect(journey.pending).toHaveText(NEW_EMAIL);
    await page.reload();
    await journey.arrives('account/email/');
    await expect(journey.pending).toHaveText(NEW_EMAIL);
    await expect(page.getByText(/あと\d+秒で再送信できます/).filter({ visible: true })).toHaveCount(1);
    await expect(page.locator('#sent')).toBeHidden();

    await page.getByRole('link', { name: 'アカウントへ戻る' }).click();
    await journey.arrives('account/');
    await shot('account-email-pending');
    await page.getByRole('link', { name: '認証番号の入力へ' }).click();
    await journey.arrives('account/email/');
    await journey.enterCode(await stack.code());
    await expect(journey.changed).toBeFocused();
    expect(await stack.mailbox(3)).toHaveLength(3);
  });

  test('can be corrected, and the code sent again', async ({ page, stack }) => {
    const journey = new Account(page, stack);
    await journey.reach('account/email/');
    const mistaken = 'kenpo.tarou@example.com';
    await journey.setEmail(mistaken);
    await page.getByRole('button', { name: 'もう一度送る・メールアドレスを直す' }).click();
    await expect(journey.field('currentPassword')).toBeFocused();
    await expect(journey.field('currentPassword')).toHaveValue('');
    await expect(journey.field('newEmail')).toHaveValue(mistaken);

    // A member who looks into the mailbox meanwhile finds the page as it was.
    const looked = page.waitForResponse('**/api/session');
    await comesBack(page);
    await looked;
    await expect(page.getByText(/あと\d+秒で再送信できます/).filter({ visible: true })).toHaveCount(1);
    await journey.setEmail(mistaken);
    await expect(journey.problem).toContainText('しばらくお待ちください');
    await expect(journey.field('newEmail')).toHaveValue(mistaken);
    await journey.setEmail();
    await expect(page.locator('#sent')).toBeFocused();
    await expect(journey.pending).toHaveText(NEW_EMAIL);
    const [mail] = await stack.mailbox(2);
    expect(mail.to).toBe(NEW_EMAIL);
    await journey.enterCode(await stack.code(2));
    await expect(journey.changed).toBeVisible();
  });

  test('stays when the password is wrong, or the address is none, or not another', async ({ page, stack, shot }) => {
    const journey = new Account(page, stack);
    await journey.reach('account/email/');
    await journey.setEmail(NEW_EMAIL, 'wrong-2026');
    await journey.problem.locator('.fields a').click();
    await expect(journey.field('currentPassword')).toBeFocused();
    await expect(journey.field('newEmail')).toHaveValue(NEW_EMAIL);
    await shot('account-email-mismatch');
    await accessible(page, 'the new address with a wrong password');
    for (const email of ['taro@@example.jp', taro.email]) {
      await journey.setEmail(email);
      await journey.problem.locator('.fields a').click();
      await expect(journey.field('newEmail'), email).toBeFocused();
      await expect(journey.field('newEmail')).toHaveValue(email);
      await expect(journey.field('currentPassword')).toHaveValue(taro.password);
    }
    expect(await stack.mailbox()).toEqual([]);
  });

  test('says how many tries a wrong code leaves, and the way on from one that expired', async ({
    page,
    stack,
    shot,
  }) => {
    const journey = new Account(page, stack);
    await journey.reach('account/email/');
    await journey.setEmail();
    const code = await stack.code();
    await journey.enterCode(code === '000000' ? '000001' : '000000');
    await journey.problem.getByRole('link', { name: 'あと4回入力できます' }).click();
    await expect(journey.field('code')).toBeFocused();
    await at(page, new Date(Date.now() + 600_000).toISOString());
    await journey.enterCode(code);
    await expect(journey.problem).toContainText('有効期限が切れました');
    await shot('account-email-expired');
    await journey.problem.getByRole('button', { name: 'もう一度送る・メールアドレスを直す' }).click();
    await expect(journey.problem).toBeHidden();
    await expect(journey.field('newEmail')).toHaveValue(NEW_EMAIL);
  });

  test('can be asked for again at once when the mail could not be sent', async ({ page, stack }) => {
    await stack.fault({ service: 'ses', kind: 'messageRejected', times: 1 });
    const journey = new Account(page, stack);
    await journey.reach('account/email/');
    await journey.setEmail();
    await expect(journey.problem).toContainText('メールを送信できませんでした');
    await journey.setEmail();
    await expect(page.locator('#sent')).toBeFocused();
  });
});

test.describe('the devices', () => {
  test('are listed, and one logs another out', async ({ page, stack, browser, shot }) => {
    const other = await elsewhere(browser, stack);
    const journey = new Account(page, stack);
    await journey.reach('account/');
    await expect(journey.devices).toHaveCount(2);
    const [own, second] = [journey.devices.first(), journey.devices.last()];
    await expect(own.getByText('この端末')).toBeVisible();
    await expect(own.getByRole('button')).toBeHidden();
    await expect(second.getByText('この端末')).toBeHidden();
    await expect(second).toContainText(/ログイン\s*\d{4}年/);
    await shot('account');
    await accessible(page, 'the account');
    // Heard without its entry, the button says what it is about.
    const name = await second.getByRole('heading').innerText();
    await second.getByRole('button', { name: `ログアウトさせる ${name}` }).click();

    await expect(page.locator('#ended')).toBeFocused();
    await expect(page.locator('#ended')).toContainText('選択した端末をログアウトさせました');
    await expect(journey.devices).toHaveCount(1);
    await expect(journey.allOthers).toBeHidden();
    await shot('account-device-ended');
    await other.page.reload();
    await expect(other.problem).toContainText('ログインが必要です');
    await other.page.context().close();
  });

  test('are told with their places, as far as either is known', async ({ page, stack, shot }) => {
    const [own, unknown] = ['A', 'E'].map((last) => `session-for-the-browser-tests-------------${last}`);
    const signedInAt = new Date().toISOString();
    const previousLogin = { at: '2026-04-01T10:00:00+09:00', place: 'JP-14' };
    const { insurerCode, symbol, number, userId } = hanako;
    const session = { userId, member: [insurerCode, symbol, number], signedInAt, termsAccepted: '2023-09-01' };
    await stack.state({
      accounts: [account(hanako, { sessions: [own, unknown].map((token) => ({ token, signedInAt })) })],
      sessions: [
        { ...session, token: own, device: 'iPhone (Safari)', place: 'JP-13', previousLogin },
        { ...session, token: unknown },
      ],
    });
    await carry(page, { session: own });
    const journey = new Account(page, stack);
    for (const path of ['top/', 'account/']) {
      await journey.open(path);
      await expect(page.getByText('2026年4月1日 10:00（神奈川県）')).toBeVisible();
    }
    await expect(journey.devices.first().getByRole('heading')).toHaveText('iPhone (Safari) この端末');
    await expect(journey.devices.first()).toContainText(/場所\s*東京都/);
    await expect(journey.devices.last().getByRole('heading', { name: '不明な端末', exact: true })).toBeVisible();
    await expect(journey.devices.last().getByText('場所')).toBeHidden();
    await expect(journey.devices.last().getByRole('button')).toHaveAccessibleDescription(/最終利用 \d{4}年/);
    await shot('account-places');
    await page.goto('/portal/en/account/');
    await expect(page.getByText('1 April 2026 at 10:00 (Kanagawa)')).toBeVisible();
    await expect(journey.devices.last()).toContainText('Unknown device');
  });

  test('all but this one are logged out, when that is confirmed', async ({ page, stack, browser, shot }) => {
    const others = [await elsewhere(browser, stack), await elsewhere(browser, stack)];
    const journey = new Account(page, stack);
    await journey.reach('account/');
    await expect(journey.devices).toHaveCount(3);
    const dialog = page.getByRole('dialog', { name: 'ほかの端末をすべてログアウトさせますか？' });
    await journey.allOthers.click();
    await shot('account-all-others');
    await accessible(page, 'the question about all other devices');
    await dialog.getByRole('button', { name: 'やめる' }).click();
    await expect(journey.allOthers).toBeFocused();
    await expect(journey.devices).toHaveCount(3);
    await journey.endOthers();
    await expect(page.locator('#ended')).toContainText('ほかの端末をすべてログアウトさせました');
    await expect(dialog).toBeHidden();
    await expect(journey.devices).toHaveCount(1);
    for (const other of others) {
      await other.page.reload();
      await expect(other.problem).toContainText('ログインが必要です');
      await other.page.context().close();
    }
  });

  test('that was logged out meanwhile shows nothing of the member, and leads to the login', async ({
    page,
    stack,
    browser,
  }) => {
    const other = await elsewhere(browser, stack);
    const journey = new Account(page, stack);
    await journey.reach('account/');
    await journey.allOthers.click();
    await other.open('account/');
    await other.endOthers();
    await journey.confirmed.click();
    await expect(journey.problem).toBeFocused();
    await expect(page.getByText('t***@example.jp')).toBeHidden();
    await journey.problem.getByRole('link', { name: 'ログイン画面へ' }).click();
    await journey.arrives('');
    await other.page.context().close();
  });
});

test('before the terms are accepted, the pages of the account lead to them', async ({ page, stack }) => {
  await stack.state({ accounts: [account(hanako)] });
  const journey = new Account(page, stack);
  await journey.open('');
  await journey.login(hanako);
  for (const path of PAGES) {
    await journey.open(path);
    await journey.arrives('terms/');
  }
});

test('nothing personal is in an address, in a title or in the storage of the browser', async ({ page, stack }) => {
  const journey = new Account(page, stack);
  const titles = [];
  for (const path of PAGES) {
    await journey.reach(path);
    titles.push(await page.title());
    expect(page.url()).toBe(`${stack.url}/portal/${path}`);
  }
  await journey.setEmail();
  await expect(page.locator('#sent')).toBeVisible();
  titles.push(await page.title());
  expect(titles).toEqual([
    'アカウント | iBss',
    'パスワードの変更 | iBss',
    'メールアドレスの変更 | iBss',
    'メールアドレスの変更 | iBss',
  ]);
  expect(page.url()).toBe(`${stack.url}/portal/account/email/`);
  await expectOnlySubjects(page, ['session']);
});

test('all of it goes in English', async ({ page, stack, shot }) => {
  const journey = new Account(page, stack, ENGLISH);
  await journey.reach('account/');
  await expect(journey.devices).toContainText(['This device']);
  await shot('english-account');
  await accessible(page, 'the account in English');
  await page.getByRole('link', { name: 'Change your email address' }).click();
  await journey.arrives('account/email/');
  await journey.setEmail();
  await expect(page.locator('#sent')).toBeFocused();
  await shot('english-account-email-code');
  await journey.enterCode(await stack.code());
  // The text is there before it shows: leaving before the answer would lose the session's next token.
  await expect(journey.changed).toBeFocused();
  await expect(journey.changed).toContainText(NEW_EMAIL);
  await page.getByRole('link', { name: 'Back to your account' }).click();
  await page.getByRole('link', { name: 'Change your password', exact: true }).click();
  await journey.arrives('account/password/');
  await shot('english-account-password');
  await journey.setPassword(taro.password);
  await expect(journey.changed).toBeFocused();
  await expect(journey.changed).toContainText('Your password has been changed.');
});
