// The steps of the journey as a member does them: found by what is written on the page, pressed and typed. Playwright's
// page does them in Chromium, that of smoke/page.js in other browsers.

export const JAPANESE = {
  root: '/portal/',
  insurerCode: '保険者指定コード',
  symbol: '記号',
  number: '番号',
  year: '年',
  month: '月',
  day: '日',
  era: (era) => era,
  nameKana: '氏名(カナ)',
  verify: '認証',
  userId: 'ユーザーID',
  password: 'パスワード',
  email: 'メールアドレス',
  create: '作成する',
  code: '認証番号',
  confirm: '認証',
  login: 'ログイン',
  agree: '利用規約に同意する',
  next: '次へ',
  logout: 'ログアウト',
  currentPassword: '現在のパスワード',
  newPassword: '新しいパスワード',
  changePassword: '変更する',
  newEmail: '新しいメールアドレス',
  sendCode: '認証番号を送信する',
  changeEmail: '変更する',
};

export const ENGLISH = {
  root: '/portal/en/',
  insurerCode: /^Insurer code/,
  symbol: /^Symbol/,
  number: /^Number/,
  year: 'year',
  month: 'month',
  day: 'day',
  era: (era) => new RegExp(era === '西暦' ? 'Western' : era),
  nameKana: /^Name in kana/,
  verify: 'Verify',
  userId: 'User ID',
  password: 'Password',
  email: 'Email address',
  create: 'Create',
  code: 'Verification code',
  confirm: 'Verify',
  login: 'Log in',
  agree: 'I agree to the terms of use',
  next: 'Next',
  logout: 'Log out',
  currentPassword: 'Current password',
  newPassword: 'New password',
  changePassword: 'Change the password',
  newEmail: 'New email address',
  sendCode: 'Send the code',
  changeEmail: 'Change the address',
};

/** What the browser does for a member, in the words of a language. */
export class Journey {
  constructor(page, stack, words = JAPANESE) {
    this.page = page;
    this.stack = stack;
    this.words = words;
    /** The panel that tells a problem. */
    this.problem = page.locator('#problem');
  }

  field(name) {
    return this.page.getByLabel(this.words[name], { exact: true });
  }

  button(name) {
    return this.page.getByRole('button', { name: this.words[name], exact: true });
  }

  open(path) {
    return this.page.goto(this.words.root + path);
  }

  /** Waits until the page is another one of the journey. */
  async arrives(path) {
    await this.page.waitForURL((url) => url.pathname === this.words.root + path);
    await this.page.locator('[data-loading]').waitFor({ state: 'hidden' });
  }

  async fillIdentity(member) {
    await this.field('insurerCode').fill(member.insurerCode);
    await this.field('symbol').fill(member.symbol);
    await this.field('number').fill(member.number);
    await this.fillBirth(member.birth);
    await this.field('nameKana').fill(member.nameKana);
  }

  async fillBirth({ era, year, month, day }) {
    await this.page.getByRole('radio', { name: this.words.era(era) }).check();
    await this.field('year').fill(year);
    await this.field('month').fill(month);
    await this.field('day').fill(day);
  }

  /** From the letter to the page of the user ID. */
  async verify(member) {
    await this.open('signup.ibss');
    await this.fillIdentity(member);
    await this.button('verify').click();
    await this.arrives('user/');
  }

  async fillUser(member) {
    await this.field('userId').fill(member.userId);
    await this.field('password').fill(member.password);
    await this.field('email').fill(member.email);
  }

  /** From there to the page of the code, with the manual's dialog open. */
  async create(member) {
    await this.fillUser(member);
    await this.button('create').click();
    await this.arrives('code/');
    await this.page.getByRole('dialog').waitFor();
  }

  /** From there to the login. */
  async confirm() {
    await this.page.getByRole('button', { name: 'OK' }).click();
    await this.field('code').fill(await this.stack.code());
    await this.button('confirm').click();
    await this.arrives('');
  }

  /** From the login to wherever it leads. */
  async login(member, path = 'terms/') {
    await this.field('userId').fill(member.userId);
    await this.field('password').fill(member.password);
    await this.button('login').click();
    await this.arrives(path);
  }

  /** From the terms to the top page. */
  async accept() {
    await this.page.getByLabel(this.words.agree).check();
    await this.button('next').click();
    await this.arrives('top/');
  }
}
