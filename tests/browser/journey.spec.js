// The whole journey, from the letter to the top page.

import { accessible, expect, expectOnlySubjects, test } from './fixtures.js';
import { ENGLISH, JAPANESE, Journey } from './journey.js';
import { account, hanako, taro } from './people.js';

for (const [language, words] of Object.entries({ japanese: JAPANESE, english: ENGLISH })) {
  test(`a member with the letter in hand reaches the top page: ${language}`, async ({ page, stack, shot }) => {
    const journey = new Journey(page, stack, words);
    const looks = async (name) => {
      await shot(`${language}-${name}`);
      await accessible(page, name);
    };

    await journey.open('signup.ibss');
    await looks('1-signup');
    await journey.fillIdentity(taro);
    await looks('2-signup-filled');
    await journey.button('verify').click();

    await journey.arrives('user/');
    await expect(page.getByText(taro.name)).toBeVisible();
    await expect(page.locator('[data-symbol]')).toHaveText('01');
    await expect(page.locator('[data-number]')).toHaveText('jvc0211');
    await looks('3-user');
    await journey.create(taro);

    await looks('4-dialog');
    const code = await stack.code();
    await page.getByRole('button', { name: 'OK' }).click();
    await expect(journey.field('code')).toBeFocused();
    await looks('4-code');
    await journey.field('code').fill(code);
    await journey.button('confirm').click();

    await journey.arrives('');
    await expect(page.locator('#registered')).toBeVisible();
    await expect(page.locator('#registered')).toBeFocused();
    await looks('5-login');
    await journey.login(taro);

    await expect(page.getByRole('heading', { name: '第1条（適用）' })).toBeVisible();
    await looks('6-terms');
    await journey.accept();

    await expect(page.locator('#registered')).toBeVisible();
    await expect(page.getByText(taro.name)).toBeVisible();
    await expect(page.locator('p[data-insurer]')).toContainText('JVCケンウッド健康保険組合');
    const desk = page.locator('.panel').getByRole('link', { name: '050-2018-3292' });
    await expect(desk).toHaveAttribute('href', 'tel:050-2018-3292');
    await expect(page.getByText('t***@example.jp')).toBeVisible();
    await looks('7-top');

    await journey.button('logout').click();
    await journey.arrives('');
    await expect(page.locator('#signed-out')).toBeVisible();
    await looks('8-signed-out');
  });
}

test('a member whose insurer has no 記号 leaves it empty', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await journey.verify(hanako);
  await expect(page.getByText(hanako.name)).toBeVisible();
  await journey.create(hanako);
  await journey.confirm();
  await journey.login(hanako);
  await journey.accept();
  await expect(page.locator('p[data-insurer]')).toHaveText('デモ健康保険組合');
});

test('the second time the terms are not asked for again', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await stack.state({ accounts: [account(taro, { termsAccepted: '2023-09-01' })] });
  await journey.open('');
  await journey.login(taro, 'top/');
  await expect(page.locator('#registered')).toBeHidden();
  await expect(page.locator('[data-last-login]')).toBeHidden();
  await journey.open('');
  await journey.login(taro, 'top/');
  await expect(page.locator('[data-last-login]')).toContainText('年');
});

test('nothing personal is in an address or in the storage of the browser', async ({ page, stack, context }) => {
  const addresses = [];
  page.on('framenavigated', (frame) => addresses.push(frame.url()));
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.create(taro);
  await journey.confirm();
  await journey.login(taro);
  await journey.accept();
  for (const address of addresses) {
    const { search, hash } = new URL(address);
    expect(search, address).toBe('');
    expect(['', '#begun', '#registered']).toContain(hash);
  }
  // The registration is over.
  await expectOnlySubjects(page, ['session']);
  await journey.button('logout').click();
  await journey.arrives('');
  await expectOnlySubjects(page, []);
  for (const cookie of await context.cookies()) {
    expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Strict', path: '/' });
  }
});
