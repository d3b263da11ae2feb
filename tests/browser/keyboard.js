// A keyboard, and somebody who looks where the focus is.

import { expect } from './fixtures.js';
import { Journey } from './journey.js';

/** More Tabs than any page has places to go to. */
const ENOUGH = 60;

/** Presses keys, and fails where it cannot be seen what has the focus. */
export class Keyboard {
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

  /** Goes to a link or a button, and presses it. */
  async follow(target, key = 'Enter') {
    await this.tabTo(target);
    await this.press(key);
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

  /**
   * Goes through the page until the focus leaves it: each place is in sight, marked, and below or beside the one before.
   *
   * @returns {Promise<number>} How many places there are.
   */
  async walk() {
    const met = [];
    await this.press('Tab');
    while (await this.focused.count()) {
      await this.sees();
      const place = await this.focused.evaluate((element) => {
        const { top, bottom, left } = (element.closest('label') ?? element).getBoundingClientRect();
        return { name: element.outerHTML.slice(0, 100), top: top + scrollY, bottom: bottom + scrollY, left };
      });
      // Round again, without a stop outside the page.
      if (place.name === met[0]?.name && place.top === met[0].top) {
        break;
      }
      await expect(this.focused, place.name).toBeInViewport({ ratio: 0.9 });
      const before = met.at(-1);
      if (before) {
        const isBelow = place.top >= before.bottom - 1;
        const isBeside = place.top < before.bottom && place.bottom > before.top && place.left > before.left;
        expect(isBelow || isBeside, `whether ${place.name} comes after ${before.name}`).toBe(true);
      }
      met.push(place);
      expect(met.length).toBeLessThan(ENOUGH);
      await this.press('Tab');
    }
    return met.length;
  }

  /** From the letter's address, which has the code of the insurer, to the page of the user ID. */
  async verify(member) {
    await this.words.open(`signup.ibss?${member.insurerCode}`);
    await expect(this.words.field('insurerCode')).toHaveValue(member.insurerCode);
    await this.identify({ ...member, insurerCode: '' });
    await this.tabTo(this.words.button('verify'));
    await this.press('Space');
    await this.words.arrives('user/');
  }

  /** Fills in who somebody is; without a code, from 記号 on. */
  async identify(member) {
    if (member.insurerCode) {
      await this.type('insurerCode', member.insurerCode);
    }
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
