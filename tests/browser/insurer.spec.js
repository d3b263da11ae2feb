// Which insurer: known from the letter's address on, and from then on every page of the browser says whom to call.

import { accessible, expect, test } from './fixtures.js';
import { ENGLISH, Journey } from './journey.js';
import { account, hanako, taro } from './people.js';

const TELEPHONE = '050-2018-3292';
const MAILS = { jkc: 'jvckwd_kennin@ibss.example.jp', demo: 'demo_kennin@ibss.example.jp' };

/** Where the page says whom to call; the panel of a problem has it, too. */
const help = (page) => page.locator('.panel').filter({ has: page.locator('#help') });

/** The page has the name and the contact of this insurer. */
async function tells(page, code) {
  await expect(help(page).getByRole('link', { name: MAILS[code] })).toBeVisible();
  await expect(help(page).getByRole('link', { name: TELEPHONE })).toHaveAttribute('href', `tel:${TELEPHONE}`);
}

test("the letter's address has the code: name, contact and guide are the insurer's from the first page on", async ({
  page,
  stack,
  shot,
}) => {
  const journey = new Journey(page, stack);
  // As it is printed, and as some readers of QR codes and mail programs change it.
  for (const query of ['?demo', '?demo=', '?DEMO', '?demo&utm_source=letter', '?%E3%80%8Cdemo%E3%80%8D']) {
    await page.evaluate(() => globalThis.localStorage?.clear()).catch(() => {});
    await journey.open(`signup.ibss${query}`);
    await expect(page.locator('h1 + p')).toHaveText('デモ健康保険組合');
    await tells(page, 'demo');
    await expect(journey.field('insurerCode')).toHaveValue(/^「?demo」?$/i);
  }
  // The example is this insurer's, not another's.
  await expect(journey.field('insurerCode')).toHaveAccessibleDescription(
    /デモ健康保険組合の方：保険者指定コードは「demo」/,
  );
  await expect(journey.field('insurerCode')).not.toHaveAccessibleDescription(/jkc/);
  await shot('signup-of-insurer');
  await accessible(page, 'the first login of an insurer');
  await page.getByRole('link', { name: '操作マニュアル' }).click();
  await journey.arrives('guide/');
  await expect(page.locator('main')).toContainText('保険者指定コードは「demo」とご入力ください。');
  await expect(page.locator('main')).toContainText('「demo_kennin@ibss.example.jp」から認証メールが届きます');
  await expect(page.locator('main')).not.toContainText('jkc');
  await expect(page.getByRole('link', { name: MAILS.demo })).toBeVisible();
  await shot('guide-of-insurer');
});

test('the other language is about the same insurer', async ({ page, stack, shot }) => {
  const journey = new Journey(page, stack, ENGLISH);
  await page.goto('/portal/signup.ibss?jkc');
  await page.getByRole('link', { name: 'English' }).click();
  await page.waitForURL('**/portal/en/signup.ibss?jkc');
  await expect(page.locator('h1 + p')).toHaveText('JVC Kenwood Health Insurance Society (JVCケンウッド健康保険組合)');
  await expect(help(page)).toContainText('weekdays 10:00–17:00');
  await expect(journey.field('insurerCode')).toHaveValue('jkc');
  await shot('english-signup-of-insurer');
  await journey.open('guide/');
  await expect(page.locator('main')).toContainText('For the insurer code, enter “jkc”. Use small letters.');
});

test('the bare address works as before, and the guide names no insurer', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await journey.open('signup.ibss');
  await expect(journey.field('insurerCode')).toHaveValue('');
  await expect(help(page).getByRole('link', { name: '健康保険組合ごとのお問い合わせ先' })).toBeVisible();
  await expect(page.getByRole('link', { name: TELEPHONE })).toBeHidden();
  await journey.open('guide/');
  await expect(page.locator('main')).toContainText('保険者指定コードは、お手元のご案内に記載されています。');
  await expect(page.locator('main')).not.toContainText('jkc');
});

for (const words of [undefined, ENGLISH]) {
  test(`an unknown code is told at the field, with whom to ask ${words ? 'in English' : 'in Japanese'}`, async ({
    page,
    stack,
    shot,
  }) => {
    const journey = new Journey(page, stack, words);
    await journey.open('signup.ibss?06139999');
    const told = words ? '8-digit insurer number' : '8桁の「保険者番号」ではなく';
    await expect(page.locator('[data-field="insurerCode"]').getByRole('status')).toContainText(told);
    await journey.fillIdentity({ ...taro, insurerCode: '06139999' });
    await journey.button('verify').click();
    await journey.problem.getByRole('link', { name: told }).click();
    await expect(journey.field('insurerCode')).toBeFocused();
    await expect(journey.field('insurerCode')).toHaveAttribute('aria-invalid', 'true');
    // Said once at the field.
    await expect(page.locator('[data-unknown-code]')).toBeHidden();
    await expect(journey.problem.getByRole('link', { name: words ? 'contact us' : 'お問い合わせ窓口' })).toBeVisible();
    await shot(words ? 'english-insurer-number' : 'insurer-number');
  });
}

test('from then on every page has the telephone: what fails, what has expired, and where nobody is known', async ({
  page,
  stack,
  shot,
}) => {
  await stack.state({ accounts: [account(hanako)] });
  const journey = new Journey(page, stack);
  await journey.open('signup.ibss?demo');
  await tells(page, 'demo');
  // No registration: no cookie came, or it has expired.
  for (const path of ['user/', 'code/']) {
    await journey.open(path);
    await expect(journey.problem.getByRole('link', { name: TELEPHONE })).toBeVisible();
  }
  for (const path of ['', 'forgot-user-id/', 'forgot-password/', 'reset-password/']) {
    await journey.open(path);
    await tells(page, 'demo');
  }
  await journey.open('');
  await journey.field('userId').fill(hanako.userId);
  await journey.field('password').fill('hanami-2027');
  await journey.button('login').click();
  await expect(journey.problem).toContainText('ログインできませんでした');
  await expect(journey.problem.getByRole('link', { name: MAILS.demo })).toBeVisible();
  await shot('login-failed-of-insurer');
  await journey.login(hanako);
  await tells(page, 'demo');
  for (const path of ['terms/', 'top/']) {
    await page.context().clearCookies();
    await journey.open(path);
    await expect(journey.problem.getByRole('link', { name: TELEPHONE })).toBeVisible();
  }
});

test('the terms say whom to call, also where the browser knew nothing before', async ({ page, stack }) => {
  await stack.state({ accounts: [account(hanako)] });
  const journey = new Journey(page, stack);
  await journey.open('');
  await journey.login(hanako);
  await tells(page, 'demo');
});

test('while the API fails the page says whom to call', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await journey.open('signup.ibss?demo');
  await tells(page, 'demo');
  await stack.fault({ service: 'dynamodb', kind: 'internalError' });
  await journey.open('signup.ibss');
  await journey.fillIdentity(hanako);
  await journey.button('verify').click();
  await expect(journey.problem).toContainText('少し時間をおいて');
  await expect(journey.problem.getByRole('link', { name: MAILS.demo })).toBeVisible();
});

test('two members of a family belong to two insurers: the letter that is read is whose page it is', async ({
  page,
  stack,
}) => {
  const journey = new Journey(page, stack);
  await journey.open('signup.ibss?demo');
  await tells(page, 'demo');
  await journey.open('signup.ibss?jkc');
  await tells(page, 'jkc');
  await expect(page.getByRole('link', { name: MAILS.demo })).toHaveCount(0);
  // By the bare address, what is typed counts.
  await journey.open('signup.ibss');
  await tells(page, 'jkc');
  await journey.field('insurerCode').fill('demo');
  await journey.field('symbol').focus();
  await tells(page, 'demo');
  await journey.verify(hanako);
  await tells(page, 'demo');
});

test('the letter of another insurer is whose page it is, also while somebody else registers', async ({
  page,
  stack,
}) => {
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.open('signup.ibss?demo');
  await expect(page.locator('[data-resume]')).toContainText(taro.name);
  await page.waitForLoadState('networkidle');
  await expect(page.locator('h1 + p')).toHaveText('デモ健康保険組合');
  await tells(page, 'demo');
  // Where no letter says otherwise, it is the registration's.
  await journey.open('');
  await tells(page, 'jkc');
});

test('a browser that keeps nothing is led on by the address', async ({ page, stack }) => {
  await page.addInitScript(() => {
    const refuse = () => {
      throw new DOMException('denied', 'SecurityError');
    };
    Object.defineProperty(globalThis, 'localStorage', { get: refuse });
    Object.defineProperty(globalThis, 'sessionStorage', { get: refuse });
  });
  const journey = new Journey(page, stack);
  await journey.open('signup.ibss?demo');
  await tells(page, 'demo');
  await journey.fillIdentity(hanako);
  await journey.button('verify').click();
  await journey.arrives('user/');
  expect(new URL(page.url()).search).toBe('?demo');
  await page.context().clearCookies();
  await page.reload();
  await expect(journey.problem.getByRole('link', { name: MAILS.demo })).toBeVisible();
});
