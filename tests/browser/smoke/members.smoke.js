// A member's whole way in Firefox and in WebKit, by https: WebKit keeps no `Secure` cookie that came by http.

import { test as base, expect } from '@playwright/test';
import { Account } from '../account.js';
import { ENGLISH, JAPANESE, Journey } from '../journey.js';
import { account, NEW_EMAIL, NEW_PASSWORD, taro } from '../people.js';
import { Recovery } from '../recovery.js';
import { Stack } from '../stack.js';
import { Driver } from './driver.js';
import { Page } from './page.js';

const MEMBER = account(taro, { termsAccepted: '2023-09-01' });

const test = base.extend({
  /** The browser: `firefox` or `webkit`. */
  driven: ['', { option: true }],

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from the pattern
  stack: async ({}, use, testInfo) => {
    const stack = await Stack.start();
    await use(stack);
    await stack.stop();
    if (testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach('stack', { body: stack.output, contentType: 'text/plain' });
    }
  },

  /** Opens a browser that has seen nothing; `name` is for its picture when the test fails. */
  browse: async ({ driven, stack }, use, testInfo) => {
    const drivers = [];
    const pages = [];
    await use(async () => {
      drivers.push(await Driver.open(driven));
      pages.push(new Page(drivers.at(-1), stack.secureUrl));
      return pages.at(-1);
    });
    if (testInfo.status !== testInfo.expectedStatus) {
      for (const [index, page] of pages.entries()) {
        const file = testInfo.outputPath(`window-${index + 1}.png`);
        await page.screenshot(file);
        await testInfo.attach(`window ${index + 1}`, { path: file, contentType: 'image/png' });
      }
    }
    await Promise.all(drivers.map((driver) => driver.close()));
  },

  page: async ({ browse }, use) => use(await browse()),
});

for (const [language, words] of Object.entries({ japanese: JAPANESE, english: ENGLISH })) {
  test(`the journey: from the letter to the top page and out again: ${language}`, async ({ page, stack }) => {
    const journey = new Journey(page, stack, words);
    await journey.verify(taro);
    await page.getByText(taro.name).waitFor();
    await journey.create(taro);
    await journey.confirm();
    await page.locator('#registered').waitFor();
    await journey.login(taro);
    await journey.accept();
    await page.getByText(taro.name).waitFor();
    await page.getByRole('link', { name: '050-2018-3292' }).waitFor();
    await journey.button('logout').click();
    await journey.arrives('');
    await page.locator('#signed-out').waitFor();
  });
}

test('the recovery: a new password by a code, and the user ID by mail', async ({ page, stack }) => {
  await stack.state({ accounts: [MEMBER] });
  const journey = new Recovery(page, stack);
  await journey.ask(taro);
  await journey.set(await stack.code());
  await journey.arrives('');
  await page.locator('#password-changed').waitFor();
  await journey.open('forgot-user-id/');
  await journey.fillIdentity(taro);
  await page.getByRole('button', { name: 'ユーザーIDを送信する' }).click();
  await page.locator('#sent').waitFor();
  const [mail] = await stack.mailbox(3);
  expect(mail.subject).toBe('【ユーザーIDのお知らせ】');
  await journey.open('');
  await journey.login({ ...taro, password: NEW_PASSWORD }, 'top/');
});

test('the account: another password, another address, and other devices out', async ({ browse, stack }) => {
  await stack.state({ accounts: [MEMBER] });
  const [journey, other] = [new Account(await browse(), stack), new Account(await browse(), stack)];
  await journey.reach('account/password/');
  await journey.setPassword(taro.password);
  await journey.changed.waitFor();
  const changed = { ...taro, password: NEW_PASSWORD };
  await other.reach('account/', changed);

  await journey.open('account/');
  await journey.endOthers();
  await other.page.reload();
  await other.problem.waitFor();
  expect(await other.problem.textContent()).toContain('ログインが必要です');

  await journey.open('account/email/');
  await journey.setEmail(NEW_EMAIL, NEW_PASSWORD);
  await journey.pending.waitFor();
  await journey.enterCode(await stack.code());
  await journey.changed.waitFor();
  expect(await journey.changed.textContent()).toContain(NEW_EMAIL);
});

test('back and forward lose nothing that was typed but the password', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.fillUser(taro);
  await page.getByRole('button', { name: '戻る' }).click();
  await journey.arrives('signup.ibss');
  expect(await journey.field('number').inputValue()).toBe(taro.number);
  await page.goForward();
  await journey.arrives('user/');
  expect(await journey.field('userId').inputValue()).toBe(taro.userId);
  expect(await journey.field('email').inputValue()).toBe(taro.email);
  // What is ticked is what stands there.
  const isKept = (await journey.field('password').inputValue()) !== '';
  expect(await page.evaluate('return document.querySelectorAll(".rules .met").length')).toBe(isKept ? 4 : 0);
});

test('both calendars echo a birth date in the same order', async ({ page, stack }) => {
  for (const [words, echo] of [
    [JAPANESE, '1989年1月7日 = 昭和64年1月7日'],
    [ENGLISH, '7 January 1989 = 7 January Shōwa 64'],
  ]) {
    const journey = new Journey(page, stack, words);
    await journey.open('signup.ibss');
    await journey.fillBirth({ era: '西暦', year: '1989', month: '1', day: '7' });
    await journey.field('nameKana').click();
    expect(await page.locator('[data-echo]').textContent()).toBe(echo);
  }
});
