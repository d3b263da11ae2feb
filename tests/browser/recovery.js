// A forgotten password: the steps as a member does them.

import { Journey } from './journey.js';
import { NEW_PASSWORD } from './people.js';

/** A member who has forgotten something. */
export class Recovery extends Journey {
  /** From the login to the page of the code. */
  async ask({ userId, email }) {
    await this.open('');
    await this.page.getByRole('link', { name: 'パスワードを忘れた方はこちら' }).click();
    await this.field('userId').fill(userId);
    await this.field('email').fill(email);
    await this.page.getByRole('button', { name: '認証番号を送信する' }).click();
    await this.arrives('reset-password/');
  }

  async set(code, password = NEW_PASSWORD) {
    await this.field('code').fill(code);
    await this.page.getByLabel('新しいパスワード', { exact: true }).fill(password);
    await this.page.getByRole('button', { name: '再設定する' }).click();
  }
}
