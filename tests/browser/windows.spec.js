// Two windows of one browser, side by side: one shows a member, the other hands the browser to somebody else. Nothing
// that is pressed in the first is done for that person, the first window says so by itself, and leads on both ways.

import { accessible, comesBack, expect, test } from './fixtures.js';
import { Journey } from './journey.js';
import { pages, read } from './pages.js';
import { account, hanako, taro } from './people.js';

const NEW_PASSWORD = 'momiji-2026';
const MINUTE = 60_000;

/** A window of the browser. */
class Window extends Journey {
  constructor(page, stack) {
    super(page, stack);
    this.dialog = page.getByRole('dialog');
    this.current = this.problem.locator('[data-current]');
    this.own = this.problem.locator('[data-for="other-member"] a');
  }

  /** Another window of the same browser. */
  static async beside(window) {
    return new Window(await window.page.context().newPage(), window.stack);
  }

  press(name) {
    return this.page.getByRole('button', { name, exact: true }).click();
  }

  /** From the letter to the page of the code. */
  async begin(member) {
    await this.verify(member);
    await this.create(member);
  }

  async enter(member, path) {
    await this.open('');
    await this.login(member, ['terms/', 'top/'].includes(path) ? path : 'top/');
    await this.open(path);
    await this.arrives(path);
  }

  async askForReset({ userId, email }) {
    await this.open('forgot-password/');
    await this.field('userId').fill(userId);
    await this.field('email').fill(email);
    await this.press('認証番号を送信する');
    await this.arrives('reset-password/');
  }

  async reset(code) {
    await this.field('code').fill(code);
    await this.field('newPassword').fill(NEW_PASSWORD);
    await this.press('再設定する');
  }

  /** Lets the page hear nothing of other windows, as in a browser that has no channel. */
  deafen() {
    return this.page.addInitScript(() => {
      delete globalThis.BroadcastChannel;
    });
  }

  /** Keeps the page from finding out anything by itself, until what this returns is called. */
  async blindfold() {
    const asks = /\/api\/(registration|session|account\/sessions)$/;
    const held = (route) => (route.request().method() === 'GET' ? undefined : route.fallback());
    await this.page.route(asks, held);
    return () => this.page.unroute(asks, held);
  }

  /** Says that somebody else's procedure is open, and whom to call, shows nothing of who was here, and can be used. */
  async tells() {
    await expect(this.current).toBeVisible();
    await expect(this.problem).toBeFocused();
    await expect(this.page).toHaveTitle(/^エラー：/);
    await expect(this.dialog).toBeHidden();
    for (const shown of await this.page.locator('[data-loaded]').all()) {
      await expect(shown).toBeHidden();
    }
    await expect(this.own).toBeVisible();
    await expect(this.problem.getByRole('link', { name: /^(050-2018-3292|お問い合わせ窓口)$/ })).toBeVisible();
  }
}

const accounts = (more) => ({ accounts: [account(taro, more), account(hanako, more)] });
const accepted = accounts({ termsAccepted: '2023-09-01' });

/** The flows: where its pages begin, and how a member comes to one. */
const registration = { from: 'signup.ibss', state: {} };
const session = { from: '', state: accepted, reach: (window, member, path) => window.enter(member, path) };
const reset = { from: 'forgot-password/', state: accepted, reach: (window, member) => window.askForReset(member) };

/** The pages that act, and what each shows of its member. */
const PAGES = {
  'user/': { ...registration, reach: (window, member) => window.verify(member), shows: (member) => member.name },
  // With the manual's dialog open.
  'code/': { ...registration, reach: (window, member) => window.begin(member), shows: (member) => member.name },
  'terms/': { ...session, state: accounts(), shows: (member) => member.name },
  'top/': { ...session, shows: (member) => member.name },
  'account/': { ...session, shows: (member) => member.userId },
  'account/email/': { ...session, shows: (member) => `${member.userId[0]}***@example.jp` },
  'account/password/': { ...session, shows: (member) => member.userId },
  'reset-password/': { ...reset, shows: () => '入力された内容がご登録と一致する場合に' },
};

/** Still signed in as 見本 花子. */
async function stays({ other, path }) {
  await other.open(path === 'terms/' ? path : 'top/');
  await expect(other.page.getByText(hanako.name)).toBeVisible();
}

/** No wrong code has been counted for the other member. */
async function hasAllTries({ other, button, stack }) {
  const code = await stack.code(2);
  await other.field('code').fill(code === '000000' ? '000001' : '000000');
  await button(other);
  await expect(other.problem).toContainText('あと4回');
}

/** Opens the question about the other devices. */
const question = (window) => window.press('ほかの端末をすべてログアウトさせる');

/** A second device of 見本 花子. */
async function elsewhere(browser, stack) {
  const context = await browser.newContext({ baseURL: stack.url });
  const device = new Window(await context.newPage(), stack);
  await device.enter(hanako, 'top/');
  return device;
}

/** All that can be pressed: what is done before the other window is there, the press, and that nothing came of it. */
const PRESSES = [
  {
    path: 'user/',
    what: 'no user ID is made',
    before: (window) => window.fillUser(taro),
    press: (window) => window.button('create').click(),
    unharmed: async ({ other, stack }) => {
      await other.page.reload();
      await expect(other.page.getByText(hanako.name)).toBeVisible();
      await expect(other.field('email')).toHaveValue('');
      expect(await stack.mailbox()).toEqual([]);
    },
  },
  {
    path: 'code/',
    what: 'no code is judged',
    before: async (window) => {
      await window.press('OK');
      await window.field('code').fill(await window.stack.code());
    },
    press: (window) => window.button('confirm').click(),
    unharmed: async ({ other, stack }) => {
      await other.press('OK');
      await hasAllTries({ other, button: (window) => window.button('confirm').click(), stack });
    },
  },
  {
    path: 'code/',
    what: 'no code is sent again',
    before: (window) => window.press('OK'),
    press: (window) => window.press('認証番号を再送信する'),
    unharmed: async ({ stack }) => expect(await stack.mailbox()).toHaveLength(2),
  },
  {
    path: 'code/',
    what: 'no address is corrected',
    before: async (window) => {
      await window.press('OK');
      await window.page.locator('summary').click();
      await window.field('email').fill('kenpo.taro@example.com');
    },
    press: (window) => window.press('訂正して送信する'),
    unharmed: async ({ other, stack }) => {
      await other.page.reload();
      await expect(other.page.locator('[data-email]')).toHaveText(hanako.email);
      expect(await stack.mailbox()).toHaveLength(2);
    },
  },
  {
    path: 'terms/',
    what: 'no terms are accepted',
    before: (window) => window.page.getByLabel('利用規約に同意する').check(),
    press: (window) => window.button('next').click(),
    unharmed: async ({ other }) => {
      await other.open('top/');
      await other.arrives('terms/');
    },
  },
  ...['terms/', 'top/', 'account/', 'account/email/', 'account/password/'].map((path) => ({
    path,
    what: 'nobody is logged out',
    press: (window) => window.button('logout').click(),
    unharmed: stays,
  })),
  {
    path: 'account/',
    what: 'no device is logged out',
    needsDevices: true,
    before: question,
    press: (window) => window.press('すべてログアウトさせる'),
    unharmed: async ({ device }) => {
      await device.page.reload();
      await expect(device.page.getByText(hanako.name)).toBeVisible();
    },
  },
  {
    path: 'account/email/',
    what: 'no address is asked for, though both have the same password',
    before: async (window) => {
      await window.field('currentPassword').fill(taro.password);
      await window.field('newEmail').fill('kenpo.taro@example.com');
    },
    press: (window) => window.button('sendCode').click(),
    unharmed: async ({ other, stack }) => {
      await other.open('account/');
      await expect(other.page.locator('[data-email-change]')).toBeHidden();
      expect(await stack.mailbox()).toEqual([]);
    },
  },
  {
    path: 'account/email/',
    what: 'no code for an address is judged',
    before: async (window) => {
      await window.field('currentPassword').fill(taro.password);
      await window.field('newEmail').fill('kenpo.taro@example.com');
      await window.button('sendCode').click();
      await expect(window.page.locator('#sent')).toBeFocused();
      await window.field('code').fill(await window.stack.code());
    },
    meanwhile: async (other) => {
      await other.field('currentPassword').fill(hanako.password);
      await other.field('newEmail').fill('mihon.hanako@example.com');
      await other.button('sendCode').click();
      await expect(other.page.locator('#sent')).toBeFocused();
    },
    press: (window) => window.button('changeEmail').click(),
    unharmed: ({ other, stack }) =>
      hasAllTries({ other, button: (window) => window.button('changeEmail').click(), stack }),
  },
  {
    path: 'account/password/',
    what: 'no password is changed, though both have the same',
    before: async (window) => {
      await window.field('currentPassword').fill(taro.password);
      await window.field('newPassword').fill(NEW_PASSWORD);
    },
    press: (window) => window.button('changePassword').click(),
    unharmed: async ({ other, stack }) => {
      expect(await stack.mailbox()).toEqual([]);
      await other.button('logout').click();
      await other.arrives('');
      await other.login(hanako, 'top/');
    },
  },
  {
    path: 'reset-password/',
    what: 'no code of a reset is judged',
    before: async (window) => {
      await window.field('code').fill(await window.stack.code());
      await window.field('newPassword').fill(NEW_PASSWORD);
    },
    press: (window) => window.press('再設定する'),
    unharmed: async ({ other, stack }) => {
      await hasAllTries({
        other,
        stack,
        button: async (window) => {
          await window.field('newPassword').fill(NEW_PASSWORD);
          await window.press('再設定する');
        },
      });
      await other.reset(await stack.code(2));
      await other.arrives('');
    },
  },
];

test('every page that shows a member has two windows side by side here', () => {
  const known = pages
    .filter(({ file }) => /data-flow=/.test(read(file)))
    .map(({ address }) => address)
    .sort();
  expect(known).toEqual(
    ['', 'en/']
      .flatMap((language) =>
        Object.keys(PAGES)
          .sort()
          .map((path) => `/portal/${language}${path}`),
      )
      .sort(),
  );
  for (const path of Object.keys(PAGES)) {
    expect(PRESSES.map((press) => press.path)).toContain(path);
  }
  // A page that waits for the API shows somebody.
  for (const { file } of pages.filter(({ file }) => /data-loaded/.test(read(file)))) {
    expect(read(file), file).toMatch(/data-flow=/);
    expect(read(file), file).toMatch(/data-for="other-member"/);
  }
});

for (const { path, what, before, meanwhile, press, unharmed, needsDevices = false } of PRESSES) {
  test(`${path} pressed for who is not there any more: ${what}`, async ({ page, stack, browser }) => {
    const { state, reach, shows } = PAGES[path];
    await stack.state(state);
    const device = needsDevices ? await elsewhere(browser, stack) : null;
    if (needsDevices) {
      const another = await browser.newContext({ baseURL: stack.url });
      await new Window(await another.newPage(), stack).enter(taro, 'top/');
      await another.close();
    }
    const window = new Window(page, stack);
    await window.deafen();
    await reach(window, taro, path);
    await before?.(window);
    const see = await window.blindfold();
    const other = await Window.beside(window);
    await reach(other, hanako, path);
    await meanwhile?.(other);

    const answered = page.waitForResponse((response) => response.request().method() !== 'GET');
    await press(window);
    expect((await answered).status()).toBe(409);
    await window.tells();
    await see();
    await unharmed({ other, device, path, stack });
    await device?.page.context().close();

    await window.current.click();
    await expect(window.problem).toBeHidden();
    if (path === 'reset-password/') {
      await expect(window.field('code')).toHaveValue('');
    } else {
      await expect(page.getByText(shows(taro), { exact: true })).toBeHidden();
    }
  });
}

for (const [path, { from, state, reach, shows }] of Object.entries(PAGES)) {
  test(`${path} tells by itself when another window hands the browser to somebody else`, async ({
    page,
    stack,
    shot,
  }) => {
    await stack.state(state);
    const window = new Window(page, stack);
    await reach(window, taro, path);
    await expect(page.getByText(shows(taro), { exact: path !== 'reset-password/' })).toBeVisible();
    const other = await Window.beside(window);
    await reach(other, hanako, path);
    await window.tells();
    await shot(`other-member-${path.replace(/\/$/, '').replaceAll('/', '-')}`);
    await accessible(page, `${path} of somebody else`);

    await window.own.click();
    await window.arrives(from);
    if (path === 'reset-password/') {
      return;
    }
    await page.goBack();
    await window.tells();
    await window.current.click();
    await expect(page.getByText(shows(hanako), { exact: true })).toBeVisible();
    await expect(window.problem).toBeHidden();
  });
}

/** From a page to the next: who presses, and what leads there. */
const HANDOVERS = [
  {
    from: 'user/',
    to: 'code/',
    state: {},
    reach: (window, member) => window.verify(member),
    press: async (window, member) => {
      await window.fillUser(member);
      await window.button('create').click();
    },
  },
  {
    from: 'login',
    to: 'terms/',
    state: accounts(),
    reach: (window) => window.open(''),
    press: async (window, member) => {
      await window.field('userId').fill(member.userId);
      await window.field('password').fill(member.password);
      await window.button('login').click();
    },
    takeOver: (window) => window.enter(hanako, 'terms/'),
  },
  {
    from: 'terms/',
    to: 'top/',
    state: accounts(),
    reach: (window, member) => window.enter(member, 'terms/'),
    press: async (window) => {
      await window.page.getByLabel('利用規約に同意する').check();
      await window.button('next').click();
    },
  },
];

for (const { from, to, state, reach, press, takeOver } of HANDOVERS) {
  test(`from ${from} to ${to} the page that comes next is meant for who pressed`, async ({ page, stack }) => {
    await stack.state(state);
    const window = new Window(page, stack);
    const other = await Window.beside(window);
    await window.deafen();
    await reach(window, taro);
    let arrive;
    const leaves = new Promise((resolve) => {
      page.route(`**/portal/${to}`, (route) => {
        arrive = () => route.continue();
        resolve();
      });
    });
    await press(window, taro);
    await leaves;
    await (takeOver ?? ((next) => reach(next, hanako)))(other);
    const [first] = await Promise.all([
      // Anybody may ask who an insurer is.
      page.waitForRequest((request) => /^\/api\/(?!insurers\/)/.test(new URL(request.url()).pathname)),
      arrive(),
    ]);
    expect(first.headers()['x-subject']).toBeTruthy();
    await window.tells();
    await expect(page.getByText(hanako.name)).toBeHidden();
  });
}

test('from forgot-password/ to reset-password/ the code is entered for who asked', async ({ page, stack }) => {
  await stack.state(accepted);
  const window = new Window(page, stack);
  await window.deafen();
  await window.askForReset(taro);
  const code = await stack.code();
  const other = await Window.beside(window);
  await other.askForReset(hanako);
  // Opened again, it is still for who asked in this tab.
  await page.reload();
  await window.reset(code);
  await window.tells();
  await other.reset(await stack.code(2));
  await other.arrives('');
});

test('a page that is opened anew is about who is there', async ({ page, stack }) => {
  await stack.state(accepted);
  const window = new Window(page, stack);
  await window.enter(taro, 'top/');
  const other = await Window.beside(window);
  await other.open('top/');
  await expect(other.page.getByText(taro.name)).toBeVisible();
  // The same member once more is nobody else.
  await other.open('');
  await other.login(taro, 'top/');
  await expect(window.problem).toBeHidden();
  await expect(page.getByText(taro.name)).toBeVisible();
});

test('a window that hears nothing tells as soon as somebody comes back to it', async ({ page, stack }) => {
  const window = new Window(page, stack);
  await window.deafen();
  await window.verify(taro);
  const other = await Window.beside(window);
  await other.verify(hanako);
  await expect(window.problem).toBeHidden();
  await comesBack(page);
  await window.tells();
});

test('a reset that was done in another window is over in this one', async ({ page, stack, expectComplaint }) => {
  // A window that is opened in the middle of a reset has nobody to ask whose it is.
  expectComplaint(/does not say whom its page shows/);
  await stack.state(accepted);
  const window = new Window(page, stack);
  await window.askForReset(taro);
  const other = await Window.beside(window);
  await other.open('reset-password/');
  await other.reset(await stack.code());
  await other.arrives('');
  await expect(window.problem).toContainText('この再設定は終わりました');
  await expect(page.getByRole('button', { name: '再設定する' })).toBeHidden();
});

test('nothing opens by itself on a page that has been given to somebody else', async ({ page, stack }) => {
  await stack.state(accepted);
  await page.clock.install();
  const window = new Window(page, stack);
  await window.enter(taro, 'account/');
  const other = await Window.beside(window);
  await other.enter(hanako, 'top/');
  await window.tells();
  await page.clock.runFor(31 * MINUTE);
  await window.tells();
  await window.own.click();
  await window.arrives('');
});

test('a session that ends elsewhere leaves no timer behind', async ({ page, stack, browser }) => {
  await stack.state(accepted);
  await page.clock.install();
  const window = new Window(page, stack);
  await window.enter(taro, 'account/');
  // On another device, so that no window of this browser hears of it.
  const context = await browser.newContext({ baseURL: stack.url });
  const device = new Window(await context.newPage(), stack);
  await device.enter(taro, 'account/');
  await question(device);
  await device.press('すべてログアウトさせる');
  await expect(device.page.locator('#ended')).toBeFocused();
  await context.close();
  await comesBack(page);
  await expect(window.problem).toContainText('ログインが必要です');
  await page.clock.runFor(26 * MINUTE);
  await expect(window.dialog).toBeHidden();
  await window.problem.getByRole('link', { name: 'ログイン画面へ' }).click();
  await window.arrives('');
});

test('a look that is overtaken by a change does not log anybody out', async ({ page, stack }) => {
  await stack.state(accepted);
  const window = new Window(page, stack);
  await window.enter(taro, 'account/password/');
  const other = await Window.beside(window);
  await other.open('');
  // The answer is the one from before the change, and comes after it.
  let late = null;
  const asked = new Promise((resolve) => {
    page.route('**/api/session', (route) => {
      if (late) {
        return route.continue();
      }
      late = () => route.fulfill({ status: 401, json: { type: '/problems/not-signed-in', title: '', detail: '' } });
      return resolve();
    });
  });
  await other.login(taro, 'top/');
  await asked;
  const again = page.waitForResponse('**/api/session');
  await window.field('currentPassword').fill(taro.password);
  await window.field('newPassword').fill(NEW_PASSWORD);
  await window.button('changePassword').click();
  await expect(page.locator('#changed')).toBeFocused();
  // Nobody waits for it any more.
  await late().catch(() => {});
  expect((await again).status()).toBe(200);
  await expect(window.problem).toBeHidden();
  await expect(page.locator('#changed')).toBeVisible();
});

test('while something is sent, the page does not look', async ({ page, stack }) => {
  await stack.state(accepted);
  const window = new Window(page, stack);
  await window.enter(taro, 'account/password/');
  const other = await Window.beside(window);
  await other.open('');
  let send;
  const pressed = new Promise((resolve) => {
    page.route('**/api/account/password', (route) => {
      send = () => route.continue();
      resolve();
    });
  });
  await window.field('currentPassword').fill(taro.password);
  await window.field('newPassword').fill(NEW_PASSWORD);
  await window.button('changePassword').click();
  await pressed;
  const looks = [];
  page.on('request', (request) => request.url().endsWith('/api/session') && looks.push(request));
  await other.login(hanako, 'top/');
  expect(looks).toEqual([]);
  await send();
  await window.tells();
  await expect(page.locator('#changed')).toBeHidden();
});
