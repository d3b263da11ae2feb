// Five people, each from the letter to the top page: who mistypes everything, who leaves for the mail app, two of one
// family on one phone, who reads English, and who has refused cookies. That each refusal is right is tested elsewhere;
// here it is that none of them ends the way.

import { expect, refuseCookies, test } from './fixtures.js';
import { ENGLISH, Journey } from './journey.js';
import { taro } from './people.js';

const LETTER = 'signup.ibss?jkc';
const TELEPHONE = '050-2018-3292';

/** The wife of 健保 太郎, insured herself. They read one mailbox. */
const shoko = {
  ...taro,
  number: 'jvc0212',
  birth: { era: '昭和', year: '60', month: '4', day: '1' },
  nameKana: 'けんぽ しょうこ',
  name: '健保 昇子',
  userId: 'shoko',
};

/** Presses a button and waits for the answer: a refusal may say what the one before it said. */
async function press(journey, name) {
  await journey.button(name).click();
  await expect(journey.page.locator('form[aria-busy="true"]')).toHaveCount(0);
}

/** The top page is this member's, and says whom to call. */
async function hasArrived({ page }, { name }) {
  await expect(page.locator('#registered')).toBeFocused();
  await expect(page.getByText(name)).toBeVisible();
  await expect(page.locator('.panel').getByRole('link', { name: TELEPHONE })).toBeVisible();
}

/** Lets the API hear this page so many seconds later. */
function later({ page }, seconds) {
  return page.setExtraHTTPHeaders({ 'x-local-now': new Date(Date.now() + seconds * 1_000).toISOString() });
}

/** From the code to the top page. */
async function finish(journey, member) {
  await journey.confirm();
  await journey.login(member);
  await journey.accept();
  await hasArrived(journey, member);
}

test('somebody mistypes everything, once each, and arrives', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  const { problem } = journey;
  const corrects = (text) => page.getByRole('button', { name: `「${text}」` }).click();

  await test.step('who the member is', async () => {
    const verify = async (told) => {
      await press(journey, 'verify');
      await expect(problem).toContainText(told);
    };
    await journey.open('signup.ibss');
    await journey.fillIdentity({
      ...taro,
      // 保険者番号, 枝番, a year without its era, a name as it is written.
      insurerCode: '06139999',
      number: 'jvc0211-00',
      birth: { era: '西暦', year: '55', month: '1', day: '1' },
      nameKana: '健保 太郎',
    });
    await expect(page.locator('[data-field="insurerCode"]').getByRole('status')).toContainText('保険者番号');
    await verify('「健」は漢字です');
    await expect(problem).toContainText('「昭和55年」ですか');
    await corrects('昭和55年1月1日');
    await journey.field('nameKana').fill('たろう けんぽ');
    await verify('8桁の「保険者番号」ではなく');
    await journey.field('insurerCode').fill('jck');
    await verify('保険者指定コード');
    await expect(journey.field('insurerCode')).toHaveAttribute('aria-invalid', 'true');
    await journey.field('insurerCode').fill('「jkc」。');
    await verify('枝番は不要です');
    await expect(problem.getByRole('link', { name: TELEPHONE })).toBeVisible();
    await journey.field('number').fill('ｊｖｃ0211');
    await verify('姓、名の順に');
    await journey.field('nameKana').fill('ｹﾝﾎﾟ ﾀﾛｳ');
    await journey.button('verify').click();
    await journey.arrives('user/');
  });

  await test.step('user ID, password and address', async () => {
    const create = async (told) => {
      await press(journey, 'create');
      await expect(problem).toContainText(told);
    };
    await journey.fillUser({ userId: 'ta.ro', password: 'hanami2026', email: 'taro@mail,example,jp' });
    await create('「.」は使用できません');
    await expect(problem).toContainText('「,」を「.」（ドット）に直してください');
    await journey.fillUser({ userId: 'taro', password: 'Password1!', email: 'taro@example.con' });
    await create('推測されやすいため、使用できません');
    await journey.field('password').fill('taro-hanami-26');
    await corrects('taro@example.com');
    await create('ユーザーIDを含めることはできません');
    await journey.field('password').fill(taro.password);
    await journey.button('create').click();
    await journey.arrives('code/');
    await page.getByRole('button', { name: 'OK' }).click();
  });

  await test.step('the code', async () => {
    const code = await stack.code();
    const wrong = code === '000000' ? '000001' : '000000';
    for (const [typed, told] of [
      [code.slice(0, 5), '6桁'],
      [wrong, 'あと4回'],
    ]) {
      await journey.field('code').fill(typed);
      await press(journey, 'confirm');
      await expect(problem).toContainText(told);
    }
    await journey.field('code').fill(`認証番号：${code}`);
    await journey.button('confirm').click();
    await journey.arrives('');
  });

  await test.step('the login', async () => {
    for (const [userId, password] of [
      ['tarou', taro.password],
      ['TARO', 'hanami-2025'],
      ['TARO', 'ｈａｎａｍｉ－２０２６'],
    ]) {
      await journey.field('userId').fill(userId);
      await journey.field('password').fill(password);
      await journey.button('login').click();
      await expect(problem).toBeVisible();
      await expect(journey.field('password')).toHaveValue('');
    }
    await journey.login({ ...taro, userId: 'TARO' });
  });

  await test.step('the terms', async () => {
    await journey.button('next').click();
    await expect(problem).toBeVisible();
    await journey.accept();
    await hasArrived(journey, taro);
  });
  // One code, and the notice of the account.
  expect(await stack.mailbox()).toHaveLength(2);
});

test('somebody leaves for the mail app, and comes back by the letter', async ({ page, stack, context }) => {
  const before = new Journey(page, stack);
  await before.open(LETTER);
  await before.fillIdentity(taro);
  await before.button('verify').click();
  await before.arrives('user/');
  await before.create(taro);
  const code = await stack.code();

  // The QR code once more: another tab. The system ends the first one meanwhile.
  const journey = new Journey(await context.newPage(), stack);
  await page.close();
  await journey.open(LETTER);
  await expect(journey.page.getByText(taro.name)).toBeVisible();
  await journey.page.getByRole('button', { name: '手続きの続きへ' }).click();
  await journey.arrives('code/');
  await journey.field('code').fill(code);
  await journey.button('confirm').click();
  await journey.arrives('');

  // Away once more, before the login: now it is the letter's other address that leads on.
  await journey.open(LETTER);
  await expect(journey.page.getByRole('button', { name: '手続きの続きへ' })).toBeHidden();
  await journey.page.getByRole('main').getByRole('link', { name: 'ログイン画面', exact: true }).click();
  await journey.arrives('');
  await journey.login(taro);
  await journey.accept();
  await hasArrived(journey, taro);
  // One code, and the notice of the account.
  expect(await stack.mailbox()).toHaveLength(2);
});

test('two of one family register on one phone, the one in the middle of the other', async ({
  page,
  stack,
  context,
}) => {
  const his = new Journey(page, stack);
  await his.open(LETTER);
  await his.fillIdentity(taro);
  await his.button('verify').click();
  await his.arrives('user/');
  await his.create(taro);
  await page.getByRole('button', { name: 'OK' }).click();
  const code = await stack.code();

  // Her letter, in another tab, with the same address.
  const hers = new Journey(await context.newPage(), stack);
  await hers.open(LETTER);
  await expect(hers.page.getByText(taro.name)).toBeVisible();
  await hers.fillIdentity(shoko);
  await hers.button('verify').click();
  await hers.arrives('user/');
  await expect(hers.page.getByText(shoko.name)).toBeVisible();
  await hers.fillUser(shoko);
  await hers.button('create').click();
  await hers.arrives('code/');
  // To one address a mail goes out each minute.
  await expect(hers.problem).toContainText('続けて送信できません');
  await later(hers, 61);
  await hers.page.getByRole('button', { name: '認証番号を再送信する' }).click();
  await hers.page.getByRole('dialog').waitFor();

  // His page shows nothing of her, takes nothing for her, and leads to both.
  await page.bringToFront();
  await expect(his.problem).toContainText('別の方の手続き');
  await expect(page.getByText(taro.name)).toBeHidden();
  await expect(his.field('code')).toBeHidden();

  await hers.page.bringToFront();
  await hers.page.getByRole('button', { name: 'OK' }).click();
  await hers.field('code').fill(await stack.code(2));
  await hers.button('confirm').click();
  await hers.arrives('');
  await hers.login(shoko);
  await hers.accept();
  await hasArrived(hers, shoko);
  await hers.button('logout').click();
  await hers.arrives('');

  await hers.page.close();
  await later(his, 122);
  await his.problem.getByRole('link', { name: '初回ログイン画面' }).click();
  await his.arrives('signup.ibss');
  await his.fillIdentity(taro);
  await his.button('verify').click();
  await his.arrives('user/');
  await his.create(taro);
  await page.getByRole('button', { name: 'OK' }).click();
  // The code of before is of a registration that has ended.
  const fresh = await stack.code(3);
  if (fresh !== code) {
    await his.field('code').fill(code);
    await his.button('confirm').click();
    await expect(his.problem).toContainText('あと4回');
  }
  await his.field('code').fill(fresh);
  await his.button('confirm').click();
  await his.arrives('');
  await his.login(taro);
  await his.accept();
  await hasArrived(his, taro);
});

test('somebody who reads English has it from the Japanese letter on, in the mail too', async ({ page, stack }) => {
  const journey = new Journey(page, stack, ENGLISH);
  await page.goto(`/portal/${LETTER}`);
  await page.getByRole('link', { name: 'English' }).click();
  await journey.arrives('signup.ibss');
  await expect(page.locator('h1 + p')).toContainText('JVC Kenwood Health Insurance Society');
  // A name as it is in the passport, a date as it is on the residence card.
  await journey.fillIdentity({ ...taro, nameKana: 'Taro Kenpo' });
  await press(journey, 'verify');
  await expect(journey.problem).toContainText(/kana/i);
  await journey.field('nameKana').fill(taro.nameKana);
  await journey.field('year').fill('1980/1/1');
  await journey.button('verify').click();
  await journey.arrives('user/');
  await journey.create(taro);
  const [mail] = await stack.mailbox(1);
  expect(mail.subject).toContain('Your verification code');
  expect(mail.text).toContain(`Your verification code: ${await stack.code()}`);
  await finish(journey, taro);
  await expect(page.locator('html')).toHaveAttribute('lang', /^en/);
});

test('somebody who refuses cookies is told, allows them, and arrives', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  const allow = await refuseCookies(page);
  await journey.open(LETTER);
  await journey.fillIdentity(taro);
  await journey.button('verify').click();
  await journey.arrives('user/');
  await expect(journey.problem).toContainText('Cookieを許可してから');
  await expect(journey.problem.getByRole('link', { name: TELEPHONE })).toBeVisible();
  await allow();
  await journey.problem.getByRole('link', { name: '初回ログイン画面へ' }).click();
  await journey.arrives('signup.ibss');
  await journey.fillIdentity(taro);
  await journey.button('verify').click();
  await journey.arrives('user/');
  await journey.create(taro);
  await finish(journey, taro);
});
