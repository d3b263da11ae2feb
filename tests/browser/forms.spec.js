// What people type: understood, or asked back, or told before. The rules are the API's; here is what a page adds to them.

import { accessible, expect, test } from './fixtures.js';
import { ENGLISH, Journey } from './journey.js';
import { Visitor } from './pages.js';
import { taro } from './people.js';

test.describe('The birth date', () => {
  const born = { era: '昭和', year: '55', month: '1', day: '1' };
  const nobody = { era: '昭和', year: '', month: '', day: '' };

  /** What the fields hold. */
  const held = async (journey) => ({
    era: await journey.page.locator('[name="era"]:checked').inputValue(),
    year: await journey.field('year').inputValue(),
    month: await journey.field('month').inputValue(),
    day: await journey.field('day').inputValue(),
  });

  test('with a western year of two digits is asked back, not echoed', async ({ page, stack, shot }) => {
    const journey = new Journey(page, stack);
    await journey.open('signup.ibss');
    await journey.fillIdentity({ ...taro, birth: { ...born, era: '西暦' } });
    await expect(page.locator('[data-echo]')).toHaveText('');
    await expect(page.getByText('西暦なら4桁で入力するか、元号をお選びください')).toBeVisible();
    const offer = page.getByRole('button', { name: '「昭和55年1月1日」にする' });
    await shot('birth-date-asked');
    await accessible(page, 'a birth date without its era');
    await offer.click();
    expect(await held(journey)).toEqual(born);
    await expect(page.locator('[data-echo]')).toHaveText('1980年1月1日 = 昭和55年1月1日');
    await expect(offer).toBeHidden();
    await journey.button('verify').click();
    await journey.arrives('user/');
  });

  test('that the API asks back can be taken from the field', async ({ page, stack }) => {
    const journey = new Journey(page, stack);
    await journey.open('signup.ibss');
    await journey.fillIdentity({ ...taro, birth: { ...born, era: '西暦' } });
    await journey.button('verify').click();
    await expect(journey.problem.getByRole('link')).toContainText('「昭和55年」ですか。');
    await page.getByRole('button', { name: '「昭和55年1月1日」にする' }).click();
    await expect(journey.problem).toBeHidden();
    await expect(journey.field('year')).toBeFocused();
    await expect(page.locator('[aria-invalid]')).toHaveCount(0);
    await journey.button('verify').click();
    await journey.arrives('user/');
  });

  test('of a year that two eras had is asked for, and nothing is guessed', async ({ page, stack }) => {
    const journey = new Journey(page, stack);
    await journey.open('signup.ibss');
    await journey.fillIdentity({ ...taro, birth: { era: '西暦', year: '10', month: '1', day: '1' } });
    await expect(page.getByText('元号をお選びください')).toBeVisible();
    await expect(page.locator('[data-suggest]:visible')).toHaveCount(0);
    await journey.button('verify').click();
    await expect(journey.problem.getByRole('link')).toContainText('「昭和10年」「平成10年」のどれかですか。');
  });

  test('is understood when it is typed whole into the year', async ({ page, stack }) => {
    const journey = new Journey(page, stack);
    await journey.open('signup.ibss');
    for (const [text, expected] of [
      ['昭和55年1月1日', born],
      ['S55.1.1', born],
      ['昭和55年1月1日生', born],
      ['生年月日：昭和55年1月1日', born],
      ['１９８０／１／１', { ...born, era: '西暦', year: '1980' }],
      ['19800101', { ...born, era: '西暦', year: '1980' }],
    ]) {
      await journey.fillIdentity({ ...taro, birth: nobody });
      await journey.field('year').fill(text);
      await journey.field('nameKana').focus();
      expect(await held(journey), text).toEqual(expected);
    }
    // Also when Enter follows at once.
    await journey.fillBirth(nobody);
    await journey.field('year').pressSequentially('昭和55年1月1日');
    await journey.button('verify').click();
    await journey.arrives('user/');
  });

  test('is understood with the era, or the unit, typed into the year', async ({ page, stack }) => {
    const journey = new Journey(page, stack);
    await journey.open('signup.ibss');
    for (const [era, year] of [
      ['昭和', '昭和55'],
      ['昭和', '55年'],
      ['平成', 'S55'],
      ['西暦', '昭和５５年'],
    ]) {
      await journey.fillIdentity({ ...taro, birth: { ...born, era, year } });
      const { era: chosen, year: left } = await held(journey);
      expect([chosen, left.normalize('NFKC')], `${era} ${year}`).toEqual(['昭和', '55']);
    }
    await journey.button('verify').click();
    await journey.arrives('user/');
  });

  test('takes four digits from an input method for a western year', async ({ page, stack }) => {
    const journey = new Journey(page, stack);
    await journey.open('signup.ibss');
    await page.getByRole('radio', { name: '昭和' }).check();
    await journey.field('year').evaluate((input) => {
      input.value = '１９８０';
      input.dispatchEvent(new InputEvent('input', { isComposing: true, bubbles: true }));
      input.dispatchEvent(new CompositionEvent('compositionend', { data: '１９８０', bubbles: true }));
    });
    await expect(page.getByRole('radio', { name: '西暦' })).toBeChecked();
  });

  test('is echoed in English in one order, whatever the browser makes of Japanese dates', async ({ page, stack }) => {
    const journey = new Journey(page, stack, ENGLISH);
    await journey.open('signup.ibss');
    await journey.fillBirth({ era: '昭和', year: '64', month: '1', day: '7' });
    await journey.field('nameKana').focus();
    await expect(page.locator('[data-echo]')).toHaveText('7 January 1989 = 7 January Shōwa 64');
  });
});

test.describe('The address', () => {
  test('with commas is told what to put in their place', async ({ page, stack }) => {
    const journey = new Journey(page, stack);
    await journey.verify(taro);
    await journey.fillUser({ ...taro, email: 'taro@mail,example,jp' });
    await journey.button('create').click();
    await expect(journey.problem.getByRole('link')).toContainText('「,」を「.」（ドット）に直してください');
    await expect(journey.field('email')).toHaveValue('taro@mail,example,jp');
  });

  test('with a slip in its domain is asked back, and can be taken as it was meant', async ({ page, stack, shot }) => {
    const journey = new Journey(page, stack);
    await journey.verify(taro);
    await journey.fillUser({ ...taro, email: 'taro@example.con' });
    await journey.button('create').click();
    await expect(journey.problem.getByRole('link')).toContainText('「example.com」ではありませんか。');
    await shot('address-asked');
    await accessible(page, 'an address that is asked back');
    await page.getByRole('button', { name: '「taro@example.com」に直す' }).click();
    await expect(journey.field('email')).toHaveValue('taro@example.com');
    await expect(journey.field('email')).toBeFocused();
    await expect(journey.problem).toBeHidden();
    await expect(journey.field('password')).toHaveValue(taro.password);
    await journey.button('create').click();
    await journey.arrives('code/');
    await expect(page.locator('[data-email]').first()).toHaveText('taro@example.com');
  });

  test('is asked back once: who insists goes on, and another slip is asked about again', async ({ page, stack }) => {
    const journey = new Journey(page, stack);
    await journey.verify(taro);
    await journey.fillUser({ ...taro, email: 'taro@example.con' });
    await journey.button('create').click();
    await expect(journey.problem).toContainText('「example.com」ではありませんか。');
    await journey.field('email').fill('taro@example.cmo');
    await journey.button('create').click();
    await expect(journey.problem).toContainText('「example.com」ではありませんか。');
    await journey.button('create').click();
    await journey.arrives('code/');
    await expect(page.locator('[data-email]').first()).toHaveText('taro@example.cmo');
    // Corrected there, it is asked back as well.
    await page.getByRole('button', { name: 'OK' }).click();
    await page.getByText('メールアドレスを訂正する', { exact: true }).click();
    await page.locator('#email').fill('taro@example.xom');
    await page.getByRole('button', { name: '訂正して送信する' }).click();
    await expect(journey.problem).toContainText('「example.com」ではありませんか。');
  });
});

test('the mail’s own line is taken for the code', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.create(taro);
  await page.getByRole('button', { name: 'OK' }).click();
  await journey.field('code').fill(`認証番号：${await stack.code()}`);
  await journey.button('confirm').click();
  await journey.arrives('');
});

test('who is not matched gets one checklist, the same whatever is wrong', async ({ page, stack, shot }) => {
  const journey = new Journey(page, stack);
  const told = [];
  for (const wrong of [
    { number: 'jvc0211-00' },
    { symbol: '', number: '01-jvc0211' },
    { nameKana: 'たろう けんぽ' },
    { birth: { ...taro.birth, day: '2' } },
  ]) {
    await journey.open('signup.ibss');
    await journey.fillIdentity({ ...taro, ...wrong });
    await journey.button('verify').click();
    await expect(journey.problem).toContainText('ご本人の情報を確認できませんでした');
    // The contact comes with the insurer, a little later.
    await expect(journey.problem.getByRole('link', { name: '050-2018-3292' })).toBeVisible();
    told.push(await journey.problem.innerText());
  }
  expect(new Set(told).size).toBe(1);
  for (const point of ['枝番', '別々の欄', '姓、名の順', '被保険者ご本人', '保険者番号']) {
    expect(told[0]).toContain(point);
  }
  await shot('signup-checklist');
  await accessible(page, 'the checklist of who is not matched');
});

test('a panel offers one contact: the insurer’s when that is known, else the list of all', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  const contacts = () => journey.problem.getByRole('link', { name: /050-2018-3292|お問い合わせ窓口/ });
  await journey.open('signup.ibss');
  await journey.fillIdentity({ ...taro, number: 'jvc9999' });
  await journey.button('verify').click();
  await expect(contacts()).toHaveText(['050-2018-3292']);
  await journey.field('insurerCode').fill('nobody');
  await journey.button('verify').click();
  await expect(contacts()).toHaveText(['お問い合わせ窓口']);
});

test('every rule of a password stands there before it is refused', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  for (const [words, path] of [
    ['広く使われているパスワード', '/portal/'],
    ['passwords that many people use', '/portal/en/'],
  ]) {
    const visitor = await Visitor.on(page, stack);
    for (const page_ of ['user/', 'reset-password/', 'account/password/']) {
      await visitor.visit(path + page_);
      await expect(page.getByText(words), path + page_).toBeVisible();
    }
  }
  // The visitor's registration would go on.
  await page.context().clearCookies();
  await journey.verify(taro);
  await journey.fillUser({ ...taro, password: 'Password1!' });
  await expect(page.locator('.rules .met')).toHaveCount(4);
  await journey.button('create').click();
  await expect(journey.problem).toContainText('推測されやすいため、使用できません');
});

test('password managers know what a password has to be, and where it is changed', async ({ page, stack, request }) => {
  const visitor = await Visitor.on(page, stack);
  for (const path of ['user/', 'reset-password/', 'account/password/']) {
    await visitor.visit(`/portal/${path}`);
    const rules = await page.getByLabel(/^(新しい)?パスワード$/).getAttribute('passwordrules');
    expect(rules, path).toMatch(/^minlength: 8; maxlength: 20; required: lower, upper; required: digit; required: \[/);
    // What it makes keeps to the rules that the page ticks.
    const symbols = /\[(.*)\]/.exec(rules)[1];
    const patterns = await page
      .locator('[data-pattern]')
      .evaluateAll((all) => all.map(({ dataset }) => dataset.pattern));
    for (const symbol of symbols) {
      expect(
        patterns.every((pattern) => new RegExp(pattern).test(`abcde12${symbol}`)),
        symbol,
      ).toBe(true);
    }
  }
  const moved = await request.get('/.well-known/change-password', { maxRedirects: 0 });
  expect([moved.status(), moved.headers().location]).toEqual([302, '/portal/account/password/']);
  const none = await request.get('/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200');
  expect(none.status()).toBe(404);
});

test('phones correct nothing in what has to be exact, and Enter leads to the next field', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await journey.open('signup.ibss');
  for (const name of ['insurerCode', 'symbol', 'number', 'nameKana']) {
    await expect(journey.field(name), name).toHaveAttribute('autocorrect', 'off');
  }
  await journey.field('insurerCode').fill('jkc');
  await journey.field('insurerCode').press('Enter');
  await expect(journey.field('symbol')).toBeFocused();
  await journey.field('number').fill('jvc0211');
  await expect(journey.problem).toBeHidden();
  // The last one sends.
  await journey.field('nameKana').press('Enter');
  await expect(journey.problem).toBeVisible();
});

test('the buttons stand as in the manual: back, then create', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await expect(page.locator('main form .actions button')).toHaveText(['戻る', '作成する']);
});

test.describe('Before the scripts have come', () => {
  /** Opens a page whose script waits until it is let go. */
  async function slow(page, address) {
    let letGo;
    const held = new Promise((resolve) => {
      letGo = resolve;
    });
    await page.route('**/assets/site.*.js', async (route) => {
      await held;
      await route.fallback();
    });
    await page.goto(address, { waitUntil: 'commit' });
    await page.locator('.colophon').waitFor();
    return letGo;
  }

  test('a press waits, says so, and is done when they are there', async ({ page, stack }) => {
    const journey = new Journey(page, stack);
    const letGo = await slow(page, '/portal/signup.ibss');
    await journey.fillIdentity(taro);
    await journey.button('verify').click();
    await expect(page.getByText('送信しています。')).toBeVisible();
    await expect(page).toHaveURL(/signup\.ibss$/);
    letGo();
    await journey.arrives('user/');
  });

  test('Enter waits as well, however often it is pressed', async ({ page, stack }) => {
    const journey = new Journey(page, stack);
    const sent = [];
    page.on('request', (request) => request.url().endsWith('/api/members/verify') && sent.push(request));
    const letGo = await slow(page, '/portal/signup.ibss');
    await journey.fillIdentity(taro);
    await journey.field('nameKana').press('Enter');
    await journey.field('nameKana').press('Enter');
    letGo();
    await journey.arrives('user/');
    expect(sent).toHaveLength(1);
  });

  test('a button that sends nothing waits as well', async ({ page }) => {
    const letGo = await slow(page, '/portal/');
    await page.getByRole('button', { name: '表示' }).click();
    letGo();
    await expect(page.getByLabel('パスワード', { exact: true })).toHaveAttribute('type', 'text');
  });
});

test('a password that comes back is hidden, and its rules are those of the field', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await journey.field('password').fill(taro.password);
  await page.getByRole('button', { name: '表示' }).click();
  await expect(page.locator('.rules .met')).toHaveCount(4);
  // As Safari does: the field is emptied while the page is away, and no `input` is told.
  await page.evaluate(() => {
    dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
    document.getElementById('password').value = '';
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
  });
  await expect(journey.field('password')).toHaveAttribute('type', 'password');
  await expect(page.getByRole('button', { name: '表示' })).toHaveAttribute('aria-pressed', 'false');
  await expect(page.locator('.rules .met')).toHaveCount(0);
});

test('a browser that is too old is told so, and nothing loads for ever', async ({ page, stack, shot }) => {
  await page.addInitScript(() => {
    delete globalThis.HTMLDialogElement;
  });
  const visitor = await Visitor.on(page, stack);
  for (const path of ['top/', 'account/', 'code/', 'terms/', 'signup.ibss']) {
    await visitor.visit(`/portal/${path}`);
    await expect(page.getByText('iOS・iPadOS 15.4以降に更新'), path).toBeVisible();
    await expect(page.getByText('読み込んでいます。'), path).toBeHidden();
  }
  await shot('outdated');
  await page.goto('/portal/announcements/browsers/');
  await expect(page.getByText('iOS・iPadOS 15.4以降')).toBeVisible();
});

test('who reads English has English in the mail with the code, below the Japanese', async ({ page, stack }) => {
  const journey = new Journey(page, stack, ENGLISH);
  await journey.verify(taro);
  await journey.create(taro);
  const [{ subject, text }] = await stack.mailbox(1);
  const code = await stack.code();
  expect(subject).toBe('【ユーザーID作成用認証番号のお知らせ】 Your verification code');
  expect(text.indexOf(`Your verification code: ${code}`)).toBeGreaterThan(text.indexOf(`認証番号：${code}`));
  // The whole mail is taken for the code, too.
  await page.getByRole('button', { name: 'OK' }).click();
  await journey.field('code').fill(text.replaceAll('\n', ' '));
  await journey.button('confirm').click();
  await journey.arrives('');
});
