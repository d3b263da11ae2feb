// With the keyboard alone: Tab, Space, Enter, the arrows and Escape do all that a finger can.

import { expect, test } from './fixtures.js';
import { Journey } from './journey.js';
import { account, taro } from './people.js';

/** More Tabs than any page has places to go to. */
const ENOUGH = 50;

/** A keyboard, and somebody who looks where the focus is. */
class Keyboard {
  constructor(page, stack) {
    this.page = page;
    this.words = new Journey(page, stack);
    /** What has the focus. */
    this.focused = page.locator(':focus');
  }

  press(...keys) {
    return keys.reduce((before, key) => before.then(() => this.page.keyboard.press(key)), Promise.resolve());
  }

  /** Presses Tab until this has the focus. */
  async tabTo(target) {
    for (let tabs = 0; tabs < ENOUGH; tabs += 1) {
      await this.press('Tab');
      await this.sees();
      if (await target.evaluate((element) => element === document.activeElement)) {
        return;
      }
    }
    throw new Error(`Tab does not lead to ${target}`);
  }

  /** Goes to a field, and types into it. */
  async type(name, text) {
    await this.tabTo(this.words.field(name));
    await this.page.keyboard.type(text);
  }

  /** Fails when it cannot be seen where the focus is. */
  async sees() {
    const hidden = await this.page.evaluate(() => {
      const { activeElement } = document;
      const { boxShadow, outlineStyle, outlineWidth } = getComputedStyle(activeElement);
      const isMarked = (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2) || boxShadow !== 'none';
      return isMarked || activeElement === document.body ? '' : activeElement.outerHTML.slice(0, 100);
    });
    expect(hidden, 'what has the focus and is not marked').toBe('');
  }

  async verify(member) {
    await this.words.open('signup.ibss');
    await this.type('insurerCode', member.insurerCode);
    await this.type('symbol', member.symbol);
    await this.type('number', member.number);
    const { year, month, day } = member.birth;
    await this.tabTo(this.page.getByRole('radio').first());
    await this.press('ArrowRight');
    await expect(this.page.getByRole('radio', { name: member.birth.era })).toBeChecked();
    await this.type('year', year);
    await this.type('month', month);
    await this.type('day', day);
    await this.type('nameKana', member.nameKana);
    await this.tabTo(this.words.button('verify'));
    await this.press('Space');
    await this.words.arrives('user/');
  }

  async create(member) {
    await this.type('userId', member.userId);
    await this.type('password', member.password);
    // The password can be looked at.
    await this.tabTo(this.page.getByRole('button', { name: '表示' }));
    await this.press('Space');
    await expect(this.words.field('password')).toHaveAttribute('type', 'text');
    await this.type('email', member.email);
    await this.press('Enter');
    await this.words.arrives('code/');
    await expect(this.page.getByRole('button', { name: 'OK' })).toBeFocused();
    await this.sees();
  }
}

test('the whole journey goes with the keyboard alone', async ({ page, stack }) => {
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
  await keyboard.tabTo(words.button('logout'));
  await keyboard.press('Enter');
  await words.arrives('');
  await expect(page.locator('#signed-out')).toBeFocused();
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

test('the focus goes from top to bottom, and can be seen all the way', async ({ page, stack }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const keyboard = new Keyboard(page, stack);
  await keyboard.words.open('signup.ibss');
  const places = page.locator('a[href], button, input:not([type="radio"]), [value="西暦"], summary');
  const met = [];
  await keyboard.press('Tab');
  while (await keyboard.focused.count()) {
    await keyboard.sees();
    const place = await keyboard.focused.evaluate((element) => {
      const { top, bottom, left } = (element.closest('label') ?? element).getBoundingClientRect();
      return { name: element.outerHTML.slice(0, 100), top: top + scrollY, bottom: bottom + scrollY, left };
    });
    await expect(keyboard.focused, place.name).toBeInViewport({ ratio: 0.9 });
    const before = met.at(-1);
    if (before) {
      const isBelow = place.top >= before.bottom - 1;
      const isBeside = place.top < before.bottom && place.bottom > before.top && place.left > before.left;
      expect(isBelow || isBeside, `whether ${place.name} comes after ${before.name}`).toBe(true);
    }
    met.push(place);
    expect(met.length).toBeLessThan(ENOUGH);
    await keyboard.press('Tab');
  }
  expect(met.length).toBe(await places.filter({ visible: true }).count());
});

test('after an error the focus is where it is told, and leads to the field', async ({ page, stack }) => {
  const keyboard = new Keyboard(page, stack);
  const { words } = keyboard;
  await words.open('signup.ibss');
  await keyboard.type('insurerCode', 'jkc');
  await keyboard.press('Enter');
  await expect(words.problem).toBeFocused();
  await expect(words.problem).toBeInViewport();
  await keyboard.sees();
  await keyboard.press('Tab');
  await expect(keyboard.focused).toHaveText('番号を入力してください。');
  await keyboard.sees();
  await keyboard.press('Enter');
  await expect(words.field('number')).toBeFocused();
  await expect(words.field('number')).toBeInViewport({ ratio: 1 });
  await keyboard.sees();
});
