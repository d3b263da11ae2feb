// With the keyboard alone: Tab, Space, Enter, the arrows and Escape do all that a finger can.

import { expect, test } from './fixtures.js';
import { Journey } from './journey.js';
import { Keyboard } from './keyboard.js';
import { groups, pages, read, Visitor } from './pages.js';
import { account, NEW_EMAIL, NEW_PASSWORD, taro } from './people.js';

test('all of it goes with the keyboard alone: from the letter to the top page, the account, and a forgotten password', async ({
  page,
  stack,
}) => {
  const keyboard = new Keyboard(page, stack);
  const { words } = keyboard;
  await keyboard.verify(taro);
  await keyboard.create(taro);

  await test.step('the dialog keeps the focus until it is closed', async () => {
    const outside = () =>
      page.evaluate(() => {
        const { activeElement, body } = document;
        const isKept = activeElement === body || activeElement.closest('dialog');
        return isKept ? '' : activeElement.outerHTML.slice(0, 100);
      });
    for (const key of ['Tab', 'Tab', 'Tab', 'Shift+Tab', 'Shift+Tab', 'Shift+Tab']) {
      await keyboard.press(key);
      expect(await outside()).toBe('');
    }
    await keyboard.tabTo(page.getByRole('button', { name: 'OK' }));
    await keyboard.press('Enter');
    await expect(page.getByRole('dialog')).toBeHidden();
    await expect(words.field('code')).toBeFocused();
    await keyboard.sees();
  });

  await page.keyboard.type(await stack.code());
  await keyboard.press('Enter');
  await words.arrives('');
  await expect(page.locator('#registered')).toBeFocused();
  await keyboard.sees();
  await keyboard.type('userId', taro.userId);
  await keyboard.type('password', taro.password);
  await keyboard.press('Enter');
  await words.arrives('terms/');
  await keyboard.tabTo(page.getByRole('checkbox'));
  await keyboard.press('Space');
  await expect(page.getByRole('checkbox')).toBeChecked();
  await keyboard.tabTo(words.button('next'));
  await keyboard.press('Enter');
  await words.arrives('top/');
  await expect(page.locator('#registered')).toBeFocused();
  await test.step('the account: another password, another address', async () => {
    await keyboard.follow(page.getByRole('link', { name: /^アカウント/ }));
    await words.arrives('account/');
    await keyboard.follow(page.getByRole('link', { name: 'パスワードを変更する' }));
    await words.arrives('account/password/');
    await keyboard.type('currentPassword', taro.password);
    await keyboard.type('newPassword', NEW_PASSWORD);
    await keyboard.press('Enter');
    await expect(page.locator('#changed')).toBeFocused();
    await keyboard.sees();
    await keyboard.follow(page.getByRole('link', { name: 'アカウントへ戻る' }));
    await words.arrives('account/');
    await keyboard.follow(page.getByRole('link', { name: 'メールアドレスを変更する' }));
    await words.arrives('account/email/');
    await keyboard.type('currentPassword', NEW_PASSWORD);
    await keyboard.type('newEmail', NEW_EMAIL);
    await keyboard.press('Enter');
    await page.locator('dd [data-new-email]').waitFor();
    await keyboard.sees();
    const [mail] = await stack.mailbox(1, ({ to, text }) => to.includes(NEW_EMAIL) && /認証番号：/.test(text));
    await keyboard.type('code', mail.text.match(/認証番号：(\d+)/)[1]);
    await keyboard.press('Enter');
    await expect(page.locator('#changed')).toBeFocused();
    await keyboard.follow(words.button('logout'));
    await words.arrives('');
    await expect(page.locator('#signed-out')).toBeFocused();
  });

  await test.step('a forgotten password, and the login with the new one', async () => {
    await keyboard.follow(page.getByRole('link', { name: 'パスワードを忘れた方はこちら' }));
    await words.arrives('forgot-password/');
    await keyboard.type('userId', taro.userId);
    await keyboard.type('email', NEW_EMAIL);
    await keyboard.press('Enter');
    await words.arrives('reset-password/');
    const [mail] = await stack.mailbox(1, ({ text }) => /認証番号：\d{8}/.test(text));
    await keyboard.type('code', mail.text.match(/認証番号：(\d{8})/)[1]);
    await keyboard.type('newPassword', 'kiku-2026');
    await keyboard.press('Enter');
    await words.arrives('');
    await expect(page.locator('#password-changed')).toBeFocused();
    await keyboard.type('userId', taro.userId);
    await keyboard.type('password', 'kiku-2026');
    await keyboard.press('Enter');
    await words.arrives('top/');
  });

  await test.step('a forgotten user ID, mailed', async () => {
    await keyboard.follow(words.button('logout'));
    await words.arrives('');
    await keyboard.follow(page.getByRole('link', { name: 'ユーザーIDを忘れた方はこちら' }));
    await words.arrives('forgot-user-id/');
    await keyboard.identify(taro);
    await keyboard.follow(page.getByRole('button', { name: 'ユーザーIDを送信する' }), 'Space');
    await expect(page.locator('#sent')).toBeFocused();
    await keyboard.sees();
  });
});

test('Escape closes the dialog and leads to the code', async ({ page, stack }) => {
  const keyboard = new Keyboard(page, stack);
  await keyboard.verify(taro);
  await keyboard.create(taro);
  await keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(keyboard.words.field('code')).toBeFocused();
  await keyboard.sees();
  // What is folded away opens.
  const summary = page.locator('summary');
  await keyboard.tabTo(summary);
  await keyboard.press('Enter');
  await expect(keyboard.words.field('email')).toBeVisible();
  await keyboard.tabTo(keyboard.words.field('email'));
});

test('the other devices are logged out, once that is confirmed', async ({ page, stack, browser }) => {
  await stack.state({ accounts: [account(taro, { termsAccepted: '2023-09-01' })] });
  const elsewhere = await browser.newContext({ baseURL: stack.url });
  for (const tab of [await elsewhere.newPage(), page]) {
    const words = new Journey(tab, stack);
    await words.open('');
    await words.login(taro, 'top/');
  }
  await elsewhere.close();
  const keyboard = new Keyboard(page, stack);
  await keyboard.words.open('account/');
  const all = page.getByRole('button', { name: 'ほかの端末をすべてログアウトさせる' });
  const dialog = page.getByRole('dialog');
  await all.waitFor();
  await keyboard.tabTo(all);
  await keyboard.press('Enter');
  await keyboard.sees();
  await keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(all).toBeFocused();
  await keyboard.press('Space');
  await keyboard.tabTo(dialog.getByRole('button', { name: 'すべてログアウトさせる' }));
  await keyboard.press('Enter');
  await expect(page.locator('#ended')).toBeFocused();
  await keyboard.sees();
  await expect(page.locator('.devices > li')).toHaveCount(1);
});

test('the first Tab offers to skip what every page begins with', async ({ page, stack }) => {
  const keyboard = new Keyboard(page, stack);
  await keyboard.words.open('signup.ibss');
  await keyboard.press('Tab');
  await expect(keyboard.focused).toHaveText('本文へ移動');
  await expect(keyboard.focused).toBeInViewport({ ratio: 1 });
  await keyboard.sees();
  await keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
  await keyboard.press('Tab');
  expect(await keyboard.focused.evaluate((element) => element.closest('main') !== null)).toBe(true);
});

for (const [kind, group] of groups) {
  test(`on every page the focus goes from top to bottom, to all that can be pressed, and can be seen: ${kind}`, async ({
    page,
    stack,
    expectComplaint,
  }) => {
    if (group.some(({ status }) => status === 404)) {
      expectComplaint(/status of 404 .*no-such-page/);
    }
    await page.emulateMedia({ reducedMotion: 'reduce' });
    const visitor = await Visitor.on(page, stack);
    const keyboard = new Keyboard(page, stack);
    for (const { address } of group) {
      await test.step(address, async () => {
        await visitor.visit(address);
        await page.waitForLoadState('networkidle');
        const dialog = page.getByRole('dialog');
        if (await dialog.isVisible()) {
          await keyboard.press('Escape');
          await page.locator('body').evaluate(() => document.activeElement.blur());
          await page.evaluate(() => scrollTo(0, 0));
        }
        const places = page.locator(
          'a[href], button, input:not([type="radio"]), [value="西暦"], summary, [tabindex="0"]',
        );
        const expected = await places.filter({ visible: true }).count();
        // From the beginning of the page, whatever it has given the focus to.
        await page.evaluate(() => getSelection().setPosition(document.body, 0));
        expect(await keyboard.walk(), address).toBe(expected);
      });
    }
  });

  // Refused by the API, as everything is, for nothing was typed.
  const forms = group.filter(({ file }) => /<form/.test(read(file)) && /data-field=/.test(read(file)));
  if (forms.length > 0) {
    test(`after an error the focus is where it is told, and leads to the field, on every page: ${kind}`, async ({
      page,
      stack,
    }) => {
      const visitor = await Visitor.on(page, stack);
      const keyboard = new Keyboard(page, stack);
      const problem = page.locator('#problem');
      for (const { address, file } of forms) {
        await test.step(address, async () => {
          if (/data-flow="reset"/.test(read(file))) {
            await visitor.beginReset(address);
          } else {
            await visitor.visit(address);
          }
          if (await page.getByRole('dialog').isVisible()) {
            await keyboard.press('Escape');
          }
          const submit = page.locator('form button.primary[type="submit"]').filter({ visible: true }).first();
          await keyboard.follow(submit);
          await expect(problem).toBeFocused();
          await expect(problem).toBeInViewport();
          await keyboard.sees();
          const link = problem.locator('.fields a').first();
          await keyboard.press('Tab');
          await expect(link).toBeFocused();
          const field = page.locator(await link.getAttribute('href'));
          await keyboard.press('Enter');
          await expect(field).toBeFocused();
          await expect(field).toBeInViewport({ ratio: 1 });
          await keyboard.sees();
        });
      }
    });
  }
}

test('every page that asks in a dialog keeps the focus in it, until Escape', async ({ page, stack }) => {
  const visitor = await Visitor.on(page, stack);
  const keyboard = new Keyboard(page, stack);
  const asking = pages.filter(({ file }) => /<dialog/.test(read(file)));
  expect(asking.length).toBeGreaterThan(0);
  for (const { address } of asking) {
    await test.step(address, async () => {
      await visitor.visit(address);
      // The page that has looked once more closes what it asks.
      await page.waitForLoadState('networkidle');
      for (const dialog of await page.locator('dialog').all()) {
        await dialog.evaluate((one) => {
          for (const open of document.querySelectorAll('dialog[open]')) {
            open.close();
          }
          one.showModal();
        });
        await expect(dialog.locator(':focus')).toHaveCount(1);
        for (const key of ['Tab', 'Tab', 'Tab', 'Shift+Tab', 'Shift+Tab', 'Shift+Tab', 'Shift+Tab']) {
          await keyboard.press(key);
          await keyboard.sees();
          // Past its ends is the browser itself. Who comes back from there is there: the warning of the end goes.
          const isKept = (one) =>
            !one.open || document.activeElement === document.body || Boolean(document.activeElement.closest('dialog'));
          expect(await dialog.evaluate(isKept), `after ${key}`).toBe(true);
        }
        await keyboard.press('Escape');
        await expect(dialog).toBeHidden();
      }
    });
  }
});
