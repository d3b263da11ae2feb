// The account: the steps as a member does them.

import { JAPANESE, Journey } from './journey.js';
import { NEW_EMAIL, NEW_PASSWORD, taro } from './people.js';

/** A member who is signed in, and sees to the account. */
export class Account extends Journey {
  constructor(page, stack, words = JAPANESE) {
    super(page, stack, words);
    this.devices = page.locator('.devices > li');
    this.changed = page.locator('#changed');
    /** The new address, while it waits for its code. */
    this.pending = page.locator('dd [data-new-email]');
    this.allOthers = page.getByRole('button', { name: 'ほかの端末をすべてログアウトさせる' });
    this.confirmed = page.getByRole('dialog').getByRole('button', { name: 'すべてログアウトさせる' });
  }

  /** From the login to a page of the account, by its address. */
  async reach(path, member = taro) {
    await this.open('');
    await this.login(member, 'top/');
    await this.open(path);
    await this.arrives(path);
  }

  async setPassword(current, password = NEW_PASSWORD) {
    await this.field('currentPassword').fill(current);
    await this.field('newPassword').fill(password);
    await this.button('changePassword').click();
  }

  async setEmail(email = NEW_EMAIL, current = taro.password) {
    await this.field('currentPassword').fill(current);
    await this.field('newEmail').fill(email);
    await this.button('sendCode').click();
  }

  /** Logs all other devices out. */
  async endOthers() {
    await this.allOthers.click();
    await this.confirmed.click();
    await this.page.locator('#ended').waitFor();
  }

  async enterCode(code) {
    await this.field('code').fill(code);
    await this.button('changeEmail').click();
  }
}
