// The code: entered, sent again, sent to a corrected address, and everything that can be wrong with it.

import { accessible, at, expect, test } from './fixtures.js';
import { Journey } from './journey.js';
import { taro } from './people.js';

async function withCode(page, stack) {
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.create(taro);
  await page.getByRole('button', { name: 'OK' }).click();
  return journey;
}

/** A code that is not the one that was sent. */
function other(code) {
  return code === '000000' ? '000001' : '000000';
}

/** Whether the API knows that the mail of this browser's code came back. */
function isReturned(page) {
  return page.evaluate(async () => (await (await fetch('/api/registration')).json()).code.bounced);
}

test('a wrong code is said at the field, with the tries that are left', async ({ page, stack, shot }) => {
  const journey = await withCode(page, stack);
  await journey.field('code').fill(other(await stack.code()));
  await journey.button('confirm').click();
  await expect(journey.problem).toBeFocused();
  await journey.problem.getByRole('link', { name: 'あと4回入力できます' }).click();
  await expect(journey.field('code')).toBeFocused();
  await expect(journey.field('code')).toHaveAttribute('aria-invalid', 'true');
  await shot('code-mismatch');
  await accessible(page, 'the code that is wrong');
});

test('after five wrong codes a new one helps', async ({ page, stack, shot }) => {
  const journey = await withCode(page, stack);
  const wrong = other(await stack.code());
  for (const left of ['あと4回', 'あと3回', 'あと2回', 'あと1回', 'この番号は使えなくなりました']) {
    await journey.field('code').fill(wrong);
    await journey.button('confirm').click();
    await expect(journey.problem).toContainText(left);
  }
  await shot('code-too-many');
  await at(page, new Date(Date.now() + 61_000).toISOString());
  await page.getByRole('button', { name: '認証番号を再送信する' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await expect(journey.problem).toBeHidden();
  await page.getByRole('button', { name: 'OK' }).click();
  await expect(journey.field('code')).toHaveValue('');
  await journey.field('code').fill(await stack.code(2));
  await journey.button('confirm').click();
  await journey.arrives('');
});

test('an expired code says so, and a new one can be sent', async ({ page, stack, shot }) => {
  const journey = await withCode(page, stack);
  await at(page, new Date(Date.now() + 600_000).toISOString());
  await journey.field('code').fill(await stack.code());
  await journey.button('confirm').click();
  await expect(journey.problem).toContainText('認証番号の有効期限が切れました');
  await shot('code-expired');
  await page.getByRole('button', { name: '認証番号を再送信する' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
});

test('full-width digits and blanks are a code, pasted or typed', async ({ page, stack, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const journey = await withCode(page, stack);
  const code = await stack.code();
  const wide = [...code].map((digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)).join('');
  const pasted = `${wide.slice(0, 3)}　${wide.slice(3)}`;
  await page.evaluate((copied) => navigator.clipboard.writeText(copied), pasted);
  await journey.field('code').focus();
  await page.keyboard.press('Control+V');
  await expect(journey.field('code')).toHaveValue(pasted);
  await expect(journey.field('code')).toHaveAttribute('autocomplete', 'one-time-code');
  await expect(journey.field('code')).toHaveAttribute('inputmode', 'numeric');
  await journey.button('confirm').click();
  await journey.arrives('');
});

test('what is no code costs no try', async ({ page, stack }) => {
  const journey = await withCode(page, stack);
  await journey.field('code').fill('12345');
  await journey.button('confirm').click();
  await expect(journey.problem.getByRole('link')).toContainText('6桁の数字を入力してください');
  await journey.field('code').fill(other(await stack.code()));
  await journey.button('confirm').click();
  await expect(journey.problem).toContainText('あと4回');
});

test('the seconds until the next mail are counted, and asking earlier is refused kindly', async ({
  page,
  stack,
  shot,
}) => {
  const journey = await withCode(page, stack);
  const wait = page.getByText(/あと\d+秒で再送信できます/);
  await expect(wait).toBeVisible();
  const first = Number((await wait.textContent()).match(/\d+/)[0]);
  expect(first).toBeGreaterThan(40);
  await expect.poll(async () => Number((await wait.textContent()).match(/\d+/)[0])).toBeLessThan(first);
  await page.getByRole('button', { name: '認証番号を再送信する' }).click();
  await expect(journey.problem).toContainText('続けて送信できません');
  await shot('code-too-soon');
  expect(await stack.mailbox()).toHaveLength(1);
});

test('the wait ends by itself', async ({ page, stack }) => {
  await page.clock.install();
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.create(taro);
  await page.getByRole('button', { name: 'OK' }).click();
  await expect(page.getByText(/で再送信できます/)).toBeVisible();
  await page.clock.runFor(61_000);
  await expect(page.getByText(/で再送信できます/)).toBeHidden();
});

test('the address can be corrected', async ({ page, stack, shot }) => {
  const journey = await withCode(page, stack);
  await page.getByText('メールアドレスを訂正する', { exact: true }).click();
  await expect(journey.field('email')).toHaveValue('taro@example.jp');
  await journey.field('email').fill('taro@@example.jp');
  await page.getByRole('button', { name: '訂正して送信する' }).click();
  await expect(journey.problem.getByRole('link')).toContainText('メールアドレス');
  await shot('code-address-refused');
  await accessible(page, 'the address that is refused');

  await at(page, new Date(Date.now() + 61_000).toISOString());
  await journey.field('email').fill('kenpo.taro@example.com');
  await page.getByRole('button', { name: '訂正して送信する' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.getByRole('button', { name: 'OK' }).click();
  await expect(page.locator('[data-email]')).toHaveText('kenpo.taro@example.com');
  const [newest] = await stack.mailbox(2);
  expect(newest.to).toBe('kenpo.taro@example.com');
  await journey.field('code').fill(await stack.code(2));
  await journey.button('confirm').click();
  await journey.arrives('');
});

test('a mail that could not be sent can be asked for again at once', async ({ page, stack, shot }) => {
  await stack.fault({ service: 'ses', kind: 'messageRejected', times: 1 });
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.fillUser(taro);
  await journey.button('create').click();
  await journey.arrives('code/');
  await expect(journey.problem).toContainText('メールを送信できませんでした');
  await shot('code-mail-not-sent');
  await page.getByRole('button', { name: '認証番号を再送信する' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  expect(await stack.mailbox(1)).toHaveLength(1);
});

test('a mail that comes back is told while the member waits, with the way to correct the address', async ({
  page,
  stack,
  shot,
}) => {
  await page.clock.install();
  const returning = { ...taro, email: 'bounce+taro@simulator.example.jp' };
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.create(returning);
  await page.getByRole('button', { name: 'OK' }).click();
  const notice = page.getByRole('alert').first();
  await expect(page.getByText('お送りしたメールが届きませんでした')).toBeHidden();
  await expect.poll(() => isReturned(page)).toBe(true);
  await page.clock.runFor(5_001);
  await expect(notice).toContainText('お送りしたメールが届きませんでした');
  await shot('code-bounced');
  await accessible(page, 'the mail that came back');

  await expect(journey.field('email')).toBeVisible();
  await journey.field('email').fill('kenpo.taro@example.com');
  await at(page, new Date(Date.now() + 61_000).toISOString());
  await page.getByRole('button', { name: '訂正して送信する' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.getByRole('button', { name: 'OK' }).click();
  await expect(page.getByText('お送りしたメールが届きませんでした')).toBeHidden();
  await journey.field('code').fill(await stack.code(2));
  await journey.button('confirm').click();
  await journey.arrives('');
});

test('who sends again to an address that mail comes back from is led to correcting it', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.create({ ...taro, email: 'bounce+taro@simulator.example.jp' });
  await page.getByRole('button', { name: 'OK' }).click();
  await expect.poll(() => isReturned(page)).toBe(true);
  await at(page, new Date(Date.now() + 61_000).toISOString());
  await page.getByRole('button', { name: '認証番号を再送信する' }).click();
  await expect(journey.problem).toContainText('お送りしたメールが届きませんでした');
  await expect(journey.field('email')).toBeVisible();
});

test('a reload sends nothing, and shows where one is', async ({ page, stack }) => {
  const journey = await withCode(page, stack);
  await page.reload();
  await journey.arrives('code/');
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(page.locator('[data-email]')).toHaveText('taro@example.jp');
  await expect(page.getByText(/秒で再送信できます/)).toBeVisible();
  expect(await stack.mailbox()).toHaveLength(1);
});

test('before there is a user, the page of the code leads to the user ID', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.open('code/');
  await journey.arrives('user/');
});
