// First login: what is typed is understood in every form, and what is wrong is said where it is.

import { accessible, at, client, expect, test } from './fixtures.js';
import { Journey } from './journey.js';
import { account, hanako, taro } from './people.js';

test('an empty form names every field that is missing, and leads to it', async ({ page, stack, shot }) => {
  const journey = new Journey(page, stack);
  await journey.open('signup.ibss');
  await journey.button('verify').click();

  await expect(journey.problem).toBeFocused();
  await expect(page).toHaveTitle(/^エラー：初回ログイン/);
  const links = journey.problem.locator('.fields a');
  await expect(links).toHaveText([
    '保険者指定コードを入力してください。',
    '番号を入力してください。',
    '生年月日を入力してください。',
    '氏名(カナ)を入力してください。',
  ]);
  for (const field of ['insurerCode', 'number', 'nameKana']) {
    await expect(journey.field(field)).toHaveAttribute('aria-invalid', 'true');
    await expect(journey.field(field)).toHaveAccessibleDescription(/を入力してください。$/);
  }
  await expect(journey.field('symbol')).not.toHaveAttribute('aria-invalid');
  await links.nth(2).click();
  await expect(journey.field('year')).toBeFocused();
  await shot('signup-empty');
  await accessible(page, 'the first login with errors');

  // Put right, the errors go.
  await journey.fillIdentity(taro);
  await journey.button('verify').click();
  await journey.arrives('user/');
});

test('what does not match the roster is not said field by field, and keeps what was typed', async ({
  page,
  stack,
  shot,
}) => {
  const journey = new Journey(page, stack);
  await journey.open('signup.ibss');
  await journey.fillIdentity({ ...taro, nameKana: 'けんぽ じろう' });
  await journey.button('verify').click();
  await expect(journey.problem).toContainText('ご本人の情報を確認できませんでした');
  await expect(journey.problem.getByRole('link', { name: '050-2018-3292' })).toBeVisible();
  await expect(page.locator('[aria-invalid]')).toHaveCount(0);
  await expect(journey.field('number')).toHaveValue('jvc0211');
  await expect(journey.field('nameKana')).toHaveValue('けんぽ じろう');
  await expect(journey.field('year')).toHaveValue('55');
  await shot('signup-not-matched');
  await accessible(page, 'the first login that does not match');
});

test('who is registered already is led to the login', async ({ page, stack, shot }) => {
  await stack.state({ accounts: [account(taro)] });
  const journey = new Journey(page, stack);
  await journey.open('signup.ibss');
  await journey.fillIdentity(taro);
  await journey.button('verify').click();
  await expect(journey.problem).toContainText('ユーザーIDは作成済みです');
  await shot('signup-already-registered');
  await journey.problem.getByRole('link', { name: 'ログイン画面へ' }).click();
  await journey.arrives('');
});

test('after too many failures the page says when to come back, and whom to call', async ({ page, stack, shot }) => {
  await stack.state({
    throttles: [
      {
        of: 'verify-pair',
        client: '127.0.0.1',
        member: ['jkc', '01', 'jvc0211'],
        at: new Date().toISOString(),
        times: 10,
      },
    ],
  });
  const journey = new Journey(page, stack);
  await journey.open('signup.ibss');
  await journey.fillIdentity(taro);
  await journey.button('verify').click();
  await expect(journey.problem).toContainText('しばらくお待ちください');
  await expect(journey.problem).toContainText('15分ほどおいて');
  await expect(journey.problem.getByRole('link', { name: '050-2018-3292' })).toBeVisible();
  await shot('signup-too-many');
});

test('full-width and half-width, hiragana and half-width katakana are all understood', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await journey.open('signup.ibss');
  await journey.fillIdentity({
    ...taro,
    insurerCode: 'ＪＫＣ',
    symbol: '０１',
    number: 'ｊｖｃ０２１１',
    birth: { era: '昭和', year: '５５', month: '１', day: '０１' },
    nameKana: 'ｹﾝﾎﾟ　ﾀﾛｳ',
  });
  await expect(page.getByRole('status').filter({ hasText: 'JVCケンウッド健康保険組合' })).toBeVisible();
  // Nothing that was typed has been changed.
  await expect(journey.field('insurerCode')).toHaveValue('ＪＫＣ');
  await expect(journey.field('year')).toHaveValue('５５');
  await expect(journey.field('nameKana')).toHaveValue('ｹﾝﾎﾟ　ﾀﾛｳ');
  await journey.button('verify').click();
  await journey.arrives('user/');
});

test('a name in kanji is refused with the character that is wrong', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await journey.open('signup.ibss');
  await journey.fillIdentity({ ...taro, nameKana: '健保 太郎' });
  await journey.button('verify').click();
  const message = '「健」は漢字です。';
  await expect(journey.problem.getByRole('link')).toContainText(message);
  await expect(journey.field('nameKana')).toHaveAccessibleDescription(new RegExp(message));
});

test('the insurer is named as soon as its code is typed, with its contact', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await journey.open('signup.ibss');
  const help = page.getByRole('complementary');
  const named = page.getByRole('status').filter({ hasText: '健康保険組合' });
  await expect(named).toBeHidden();
  await journey.field('insurerCode').fill('demo');
  await journey.field('symbol').focus();
  await expect(named).toHaveText('デモ健康保険組合');
  await expect(help.getByRole('link', { name: 'demo_kennin@ibss.example.jp' })).toBeVisible();
  // What is no code is told as soon as it is typed, in the API's words.
  const echo = page.locator('[data-field="insurerCode"]').getByRole('status');
  await journey.field('insurerCode').fill('06139999');
  await journey.field('symbol').focus();
  await expect(echo).toContainText('8桁の「保険者番号」ではなく');
  await expect(help.getByRole('link', { name: 'demo_kennin@ibss.example.jp' })).toBeHidden();
  await journey.field('insurerCode').fill('「ｊｋｃ」。');
  await journey.field('symbol').focus();
  await expect(named).toHaveText('JVCケンウッド健康保険組合');
  await expect(journey.field('insurerCode')).toHaveValue('「ｊｋｃ」。');
});

test.describe('the birth date', () => {
  test('is echoed in both calendars', async ({ page, stack }) => {
    const journey = new Journey(page, stack);
    await journey.open('signup.ibss');
    for (const [era, year, echo] of [
      ['西暦', '1980', '1980年1月1日 = 昭和55年1月1日'],
      ['昭和', '55', '1980年1月1日 = 昭和55年1月1日'],
      ['昭和', '５５', '1980年1月1日 = 昭和55年1月1日'],
      ['平成', '元', '1989年1月1日 = 昭和64年1月1日'],
      ['平成', '32', ''],
      ['令和', '7', '2025年1月1日 = 令和7年1月1日'],
      ['令和', '80', ''],
    ]) {
      await journey.fillBirth({ era, year, month: '1', day: '1' });
      await journey.field('nameKana').focus();
      await expect(page.locator('[data-echo]'), `${era}${year}年`).toHaveText(echo);
    }
  });

  test('is understood when it is pasted whole', async ({ page, stack, context }) => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const journey = new Journey(page, stack);
    await journey.open('signup.ibss');
    for (const [text, era, year, month, day] of [
      ['昭和55年1月1日', '昭和', '55', '1', '1'],
      ['S56.2.3', '昭和', '56', '2', '3'],
      ['ｈ２／１／１', '平成', '2', '1', '1'],
      ['平成元年 1月 8日', '平成', '元', '1', '8'],
      ['1980/01/01', '西暦', '1980', '1', '1'],
      ['1981-2-3', '西暦', '1981', '2', '3'],
      ['１９８２１２３１', '西暦', '1982', '12', '31'],
    ]) {
      await page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
      await journey.field('year').focus();
      await page.keyboard.press('Control+V');
      await expect(page.getByRole('radio', { name: era }), text).toBeChecked();
      await expect(journey.field('year'), text).toHaveValue(year);
      await expect(journey.field('month'), text).toHaveValue(month);
      await expect(journey.field('day'), text).toHaveValue(day);
    }
    // What is no date is pasted as anywhere.
    await page.evaluate(() => navigator.clipboard.writeText('55'));
    await journey.field('year').fill('');
    await journey.field('year').focus();
    await page.keyboard.press('Control+V');
    await expect(journey.field('year')).toHaveValue('55');
  });

  test('takes four digits for a western year, whatever era was chosen', async ({ page, stack }) => {
    const journey = new Journey(page, stack);
    await journey.open('signup.ibss');
    await page.getByRole('radio', { name: '昭和' }).check();
    await journey.field('year').pressSequentially('1980');
    await expect(page.getByRole('radio', { name: '西暦' })).toBeChecked();
  });

  test('that is none is said at the field', async ({ page, stack }) => {
    const journey = new Journey(page, stack);
    await journey.open('signup.ibss');
    for (const [parts, message, focused] of [
      [{ era: '昭和', year: '55', month: '', day: '1' }, '年・月・日のすべてを入力', 'month'],
      [{ era: '昭和', year: '55', month: '2', day: '30' }, '存在しない日付', 'year'],
      [{ era: '令和', year: '80', month: '1', day: '1' }, '未来の日付', 'year'],
    ]) {
      await journey.fillIdentity({ ...taro, birth: parts });
      await journey.button('verify').click();
      await journey.problem.getByRole('link', { name: message }).click();
      await expect(journey.field(focused)).toBeFocused();
      await expect(journey.field('year')).toHaveAttribute('aria-invalid', 'true');
      await expect(page.getByRole('group', { name: '生年月日' })).toHaveAccessibleDescription(new RegExp(message));
    }
  });

  test('without an era asks for one', async ({ page, stack }) => {
    const journey = new Journey(page, stack);
    await journey.open('signup.ibss');
    await journey.field('year').fill('55');
    await journey.field('month').fill('1');
    await journey.field('day').fill('1');
    await journey.button('verify').click();
    await expect(journey.problem).toContainText('元号を付けて');
  });
});

test('members behind another address go on while one is refused', async ({ page, stack }) => {
  const now = '2026-11-23T03:00:00Z';
  await stack.state({ throttles: [{ of: 'verify-address', at: now, times: 30, client: '203.0.113.7' }] });
  await at(page, '2026-11-23T03:01:00Z');
  await client(page, '203.0.113.7');
  const journey = new Journey(page, stack);
  await journey.open('signup.ibss');
  await journey.fillIdentity(hanako);
  await journey.button('verify').click();
  await expect(journey.problem).toContainText('14分ほどおいて');
  await client(page, '203.0.113.8');
  await journey.button('verify').click();
  await journey.arrives('user/');
});
