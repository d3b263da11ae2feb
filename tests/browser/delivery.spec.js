// Where the mail with the code is: told while the member waits for it, on the pages that know the address anyway. What
// SES says of a mail is put into the API's answers here, so that every state can be seen.

import { accessible, expect, test } from './fixtures.js';
import { ENGLISH, JAPANESE, Journey } from './journey.js';
import { files, read } from './pages.js';
import { account, taro } from './people.js';

/** Ten o'clock in Japan, and one minute. */
const AT = '2026-11-22T01:01:00Z';
const TELLS = {
  'handed-over': /10:01（日本時間）に、メールを配信サービスへ渡しました/,
  delivered: /10:01（日本時間）に、「example.jp」のメールサービスへ渡しました/,
  delayed:
    /メールの配信が遅れています.*「example.jp」のメールサービスが、まだ受け取っていません（10:01［日本時間］現在）/s,
  returned: /お送りしたメールが届きませんでした/,
};

// A member may be anywhere, and asks a mail service in Japan.
test.use({ timezoneId: 'Europe/London' });

/** The pages that wait for a code: how a member comes to each, and which answer has the code. */
const WAITING = {
  'code/': {
    path: 'registration',
    code: ({ code }) => code,
    state: {},
    reach: async (journey) => {
      await journey.verify(taro);
      await journey.create(taro);
      await journey.page.getByRole('button', { name: 'OK' }).click();
    },
    another: (page) => page.getByRole('button', { name: '訂正して送信する' }),
  },
  'account/email/': {
    path: 'session',
    code: ({ emailChange }) => emailChange,
    state: { accounts: [account(taro, { termsAccepted: '2023-09-01' })] },
    reach: async (journey) => {
      await journey.open('');
      await journey.login(taro, 'top/');
      await journey.open('account/email/');
      await journey.field('currentPassword').fill(taro.password);
      await journey.field('newEmail').fill('kenpo.taro@example.jp');
      await journey.button('sendCode').click();
      await expect(journey.page.locator('#sent')).toBeFocused();
    },
    another: (page) => page.getByRole('button', { name: 'もう一度送る・メールアドレスを直す' }).last(),
  },
};

/** Lets the page be told this of the mail, from now on. */
async function lets(page, { path, code }) {
  const mail = { state: null, looks: 0 };
  await page.route(`**/api/${path}`, async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    if (code(body)) {
      mail.looks += 1;
      code(body).delivery = mail.state ? { state: mail.state, at: AT } : undefined;
    }
    await route.fulfill({ response: answer, json: body });
  });
  return mail;
}

for (const [name, waiting] of Object.entries(WAITING)) {
  test(`${name} says where the mail is, and offers another address when that helps`, async ({ page, stack, shot }) => {
    await stack.state(waiting.state);
    await page.clock.install();
    const mail = await lets(page, waiting);
    const journey = new Journey(page, stack);
    await waiting.reach(journey);
    const shown = page.locator('main');
    mail.looks = 0;
    const looks = [];
    for (const [state, wait] of [
      ['handed-over', 3_001],
      ['delayed', 5_000],
      ['delivered', 12_000],
      ['returned', 40_000],
    ]) {
      for (const [known, words] of Object.entries(TELLS).filter(([known]) => known !== looks.at(-1))) {
        expect(await shown.innerText(), known).not.toMatch(words);
      }
      mail.state = state;
      await page.clock.runFor(wait);
      await expect(shown).toContainText(TELLS[state], { useInnerText: true });
      if (state === 'returned') {
        await expect(shown).not.toContainText('送信しました', { useInnerText: true });
      }
      looks.push(state);
      // Meanwhile the page's clock goes on; `look.spec.js` measures all of these words.
      await shot(`delivery-${name.replace(/\/$/, '').replaceAll('/', '-')}-${state}`, { measured: false });
      await accessible(page, `${name}, ${state}`);
      if (state === 'delayed') {
        await expect(shown).toContainText(/\d+:\d\dまで有効です/, { useInnerText: true });
        await expect(waiting.another(page)).toBeVisible();
      }
    }
    expect(mail.looks).toBe(4);
    // It came back: there is nothing more to wait for.
    await page.clock.runFor(600_000);
    expect(mail.looks).toBe(4);
  });
}

test('in English, too', async ({ page, stack, shot }) => {
  await page.clock.install();
  const mail = await lets(page, WAITING['code/']);
  const journey = new Journey(page, stack, ENGLISH);
  await WAITING['code/'].reach(journey);
  for (const [state, wait, words] of [
    ['handed-over', 3_001, 'At 10:01 (Japan time), our delivery service took the email.'],
    ['delivered', 5_000, 'the email provider of “example.jp” took the email'],
    ['delayed', 12_000, 'Your code is valid until'],
  ]) {
    mail.state = state;
    await page.clock.runFor(wait);
    await expect(page.locator('main')).toContainText(words, { useInnerText: true });
    await shot(`english-delivery-${state}`, { measured: false });
  }
});

test('a page that nobody looks at does not ask', async ({ page, stack }) => {
  await page.addInitScript(() => {
    globalThis.seen = 'visible';
    Object.defineProperty(document, 'visibilityState', { get: () => globalThis.seen });
  });
  await page.clock.install();
  const mail = await lets(page, WAITING['code/']);
  await WAITING['code/'].reach(new Journey(page, stack, JAPANESE));
  await page.evaluate(() => {
    globalThis.seen = 'hidden';
  });
  mail.looks = 0;
  await page.clock.runFor(60_001);
  expect(mail.looks).toBe(0);
});

test('the pages of who forgot something never say it: it would tell who has an account', () => {
  for (const file of files('.html').filter((file) => /forgot|reset/.test(file))) {
    expect(read(file), file).not.toMatch(/data-(handed-over|delivered|delayed|returned)|running\.js/);
  }
});
