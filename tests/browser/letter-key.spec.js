// The key of the member's letter: asked for where the insurer wants it, filled in by the letter's code, and in no address
// that leaves the browser.

import { accessible, expect, test } from './fixtures.js';
import { ENGLISH, JAPANESE, Journey } from './journey.js';
import { taro } from './people.js';

const KEY = '7K2M0XQ41BVW';
const PRINTED = '7K2M-0XQ4-1BVW';
const LABELS = { [JAPANESE.root]: '確認キー', [ENGLISH.root]: /^Letter key/ };

/** An insurer that says what keys are worth, and Taro's letter. */
const asking = (letterKey) => ({
  insurers: [
    {
      code: 'jkc',
      name: 'JVCケンウッド健康保険組合',
      mailSender: 'jvckwd_kennin@ibss.example.jp',
      telephone: '050-2018-3292',
      hours: '平日10時から17時',
      mail: 'jvckwd_kennin@ibss.example.jp',
      termsVersions: ['2023-09-01'],
      letterKey,
    },
  ],
  letters: [{ member: ['jkc', '01', 'jvc0211'], key: KEY, drawnAt: '2026-01-01T00:00:00Z' }],
});

const field = (page, root = JAPANESE.root) => page.getByLabel(LABELS[root], { exact: true });

/** Every address that the browser asks for, with the one that it says it comes from. */
function addresses(page) {
  const all = [];
  page.on('request', (request) => all.push(request.url(), request.headers().referer ?? ''));
  return all;
}

test('an insurer that asks for no key has no field for one, whatever its letters have', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await page.goto(`/portal/signup.ibss?jkc#${KEY}`);
  await expect(page.locator('h1 + p')).toHaveText('JVCケンウッド健康保険組合');
  await expect(field(page)).toBeHidden();
  const sent = page.waitForRequest('**/api/members/verify');
  await journey.fillIdentity(taro);
  await journey.button('verify').click();
  expect(Object.keys((await sent).postDataJSON())).not.toContain('letterKey');
  await journey.arrives('user/');
});

test("the letter's code fills the key in, and no address that leaves the browser has it", async ({
  page,
  stack,
  shot,
}) => {
  await stack.state(asking('required'));
  const asked = addresses(page);
  const journey = new Journey(page, stack);
  await page.goto(`/portal/signup.ibss?jkc#${KEY}`);
  await expect(field(page)).toHaveValue(PRINTED);
  expect(page.url()).toBe(`${stack.url}/portal/signup.ibss?jkc`);
  await shot('signup-with-letter-key');
  await accessible(page, 'the first login with the key of a letter');
  // Loaded again, and in the other language, it is there still.
  await page.reload();
  await expect(field(page)).toHaveValue(PRINTED);
  await page.getByRole('link', { name: 'English' }).click();
  await page.waitForURL('**/portal/en/signup.ibss?jkc');
  await expect(field(page, ENGLISH.root)).toHaveValue(PRINTED);
  await shot('english-signup-with-letter-key');
  await page.getByRole('link', { name: '日本語' }).click();
  await expect(field(page)).toHaveValue(PRINTED);
  await journey.fillIdentity(taro);
  await journey.button('verify').click();
  await journey.arrives('user/');
  expect(asked.filter((address) => address.includes(KEY) || address.includes(PRINTED))).toEqual([]);
  // The next to open the letter's address in this tab, without a key, is offered nobody's.
  await journey.open('signup.ibss?jkc');
  await expect(page.locator('[data-resume]')).toBeVisible();
  await expect(field(page)).toHaveValue('');
});

test('a tab that keeps nothing takes the key along into the other language', async ({ page, stack }) => {
  await stack.state(asking('accepted'));
  await page.addInitScript(() => {
    Object.defineProperty(globalThis, 'sessionStorage', {
      get() {
        throw new DOMException('denied', 'SecurityError');
      },
    });
  });
  await page.goto(`/portal/signup.ibss?jkc#${KEY}`);
  await expect(field(page)).toHaveValue(PRINTED);
  await page.getByRole('link', { name: 'English' }).click();
  await expect(field(page, ENGLISH.root)).toHaveValue(PRINTED);
  expect(page.url()).toBe(`${stack.url}/portal/en/signup.ibss?jkc`);
});

for (const words of [JAPANESE, ENGLISH]) {
  test(`who shows no key, or a wrong one, is told what to do and whom to call, under ${words.root}`, async ({
    page,
    stack,
    shot,
  }) => {
    await stack.state(asking('required'));
    const journey = new Journey(page, stack, words);
    await journey.open('signup.ibss');
    await expect(field(page, words.root)).toBeHidden();
    await journey.fillIdentity(taro);
    await expect(field(page, words.root)).toBeVisible();
    await journey.button('verify').click();
    const desk = journey.problem.getByRole('link', { name: '050-2018-3292' });
    await expect(journey.problem).toBeFocused();
    await expect(journey.problem).toContainText(
      words === ENGLISH ? 'printed on your letter' : 'ご案内に印刷されている',
    );
    await expect(desk).toBeVisible();
    await shot(`${words === ENGLISH ? 'english-' : ''}letter-key-missing`);
    await field(page, words.root).fill('7k2m 0xq4 1bvx');
    await journey.button('verify').click();
    await expect(journey.problem).toContainText(words === ENGLISH ? 'letter key' : '確認キー');
    await expect(desk).toBeVisible();
    await field(page, words.root).fill('７ｋ２ｍ　ｏｘｑ４　ｌｂｖｗ');
    await journey.button('verify').click();
    await journey.arrives('user/');
  });
}

test('a page that was opened before the insurer asked for keys shows the field when one is missing', async ({
  page,
  stack,
}) => {
  const journey = new Journey(page, stack);
  await journey.open('signup.ibss?jkc');
  await journey.fillIdentity(taro);
  await expect(page.locator('h1 + p')).toHaveText('JVCケンウッド健康保険組合');
  await stack.state(asking('required'));
  await expect(field(page)).toBeHidden();
  await journey.button('verify').click();
  await expect(field(page)).toBeVisible();
  await journey.problem.getByRole('link', { name: 'ご案内に印刷されている' }).click();
  await expect(field(page)).toBeFocused();
  await field(page).fill(PRINTED);
  await journey.button('verify').click();
  await journey.arrives('user/');
});
