// User ID, password and address: the rules are the API's, and told before, while and after typing.

import { accessible, expect, test } from './fixtures.js';
import { Journey } from './journey.js';
import { account, hanako, taro } from './people.js';

test('what cannot be used is said at each field; the password is typed anew', async ({ page, stack, shot }) => {
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.fillUser({ userId: 'ta.ro', password: 'hanami2026', email: 'taro' });
  await journey.button('create').click();

  await expect(journey.problem).toBeFocused();
  await expect(page).toHaveTitle(/^エラー：ユーザーID作成/);
  await expect(journey.problem.locator('.fields a')).toHaveText([
    '「.」は使用できません。ユーザーIDは、半角英字、半角数字、半角記号（@ - _ , +）で入力してください。',
    'パスワードに記号を1文字以上含めてください（例：! # % - _ @）。',
    'メールアドレスに「@」がありません。入力内容をご確認ください。',
  ]);
  await expect(journey.field('userId')).toHaveValue('ta.ro');
  await expect(journey.field('email')).toHaveValue('taro');
  await expect(journey.field('password')).toHaveValue('');
  await expect(page.locator('.met')).toHaveCount(0);
  await expect(journey.field('email')).toHaveAccessibleDescription(/「@」がありません/);
  await shot('user-errors');
  await accessible(page, 'the user ID with errors');
});

test('a user ID that somebody has is refused at its field', async ({ page, stack, shot }) => {
  await stack.state({ accounts: [account(hanako)] });
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.fillUser({ ...taro, userId: 'HANAKO' });
  await journey.button('create').click();
  await journey.problem.getByRole('link', { name: '別のユーザーIDを入力してください' }).click();
  await expect(journey.field('userId')).toBeFocused();
  await expect(journey.field('userId')).toHaveAttribute('aria-invalid', 'true');
  await expect(journey.field('userId')).toHaveValue('HANAKO');
  await shot('user-id-taken');
});

test('a password with the number of the member in it is refused', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.fillUser({ ...taro, password: 'jvc0211-abc' });
  await journey.button('create').click();
  await expect(journey.problem.getByRole('link')).toContainText('番号を含めることはできません');
});

test('the rules are ticked off while typing, and told to who cannot see', async ({ page, stack, shot }) => {
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  const rules = page.locator('.rules li');
  const met = page.locator('.rules .met');
  await journey.field('password').pressSequentially('hanami');
  await expect(met).toHaveText(['英字を含む：満たしています']);
  await journey.field('password').pressSequentially('26');
  await expect(met).toHaveCount(3);
  await journey.field('password').pressSequentially('-');
  await expect(met).toHaveCount(4);
  await shot('user-password-rules');
  await journey.field('password').fill('');
  await expect(met).toHaveCount(0);
  await expect(rules).toHaveCount(4);
  await expect(page.locator('.rules')).toHaveAttribute('aria-live', 'polite');
});

test('the password can be seen, pasted and saved', async ({ page, stack, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  const password = journey.field('password');
  await page.evaluate((copied) => navigator.clipboard.writeText(copied), taro.password);
  await password.focus();
  await page.keyboard.press('Control+V');
  await expect(password).toHaveValue(taro.password);
  await expect(password).toHaveAttribute('type', 'password');
  await expect(password).toHaveAttribute('autocomplete', 'new-password');
  const reveal = page.getByRole('button', { name: '表示' });
  await reveal.click();
  await expect(password).toHaveAttribute('type', 'text');
  await expect(reveal).toHaveAttribute('aria-pressed', 'true');
  await journey.button('create').click();
  // A password manager must find what is sent to be a password.
  await expect(password).toHaveAttribute('type', 'password');
});

test('back leads to the first login, with what was typed there', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await page.getByRole('button', { name: '戻る' }).click();
  await journey.arrives('signup.ibss');
  await expect(journey.field('number')).toHaveValue('jvc0211');
  await expect(journey.field('nameKana')).toHaveValue('けんぽ たろう');
  await journey.button('verify').click();
  await journey.arrives('user/');
});

test('who comes back from the code finds what was chosen, and may choose again', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.create(taro);
  await page.getByRole('button', { name: 'OK' }).click();
  await page.getByRole('link', { name: 'ユーザーIDの作成に戻る' }).click();
  await journey.arrives('user/');
  await expect(journey.field('userId')).toHaveValue('taro');
  await expect(journey.field('email')).toHaveValue('taro@example.jp');
});

test('before the code is sent, the page says which domain has to be let in', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await expect(page.getByRole('region', { name: 'メールの受信設定をご確認ください' })).toContainText(
    'ドメイン「ibss.example.jp」からのメールを受信できるように',
  );
});
