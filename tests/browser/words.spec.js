// The words: those of the manual stand where the manual has them, a page leads to itself in the other language, and
// every link leads somewhere. That both languages are one page, the assembly checks.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from './fixtures.js';
import { Journey } from './journey.js';
import { pages, read, Visitor } from './pages.js';
import { taro } from './people.js';
import { root } from './places.js';

/** The manual's texts, by screen. */
const { screens } = JSON.parse(readFileSync(path.join(import.meta.dirname, 'manual/screen_texts.json'), 'utf8'));

/** What of the manual is not in the seed, and nobody may invent. */
const MISSING = ['missing'];
/** What the manual has on paper, and the guide has too, whatever screen it is about. */
const ON_PAPER = ['text', 'rule', 'note', 'caption'];

/**
 * The items that are not on the screen that the manual tells them of, or not what they are there: whether the `guide`
 * alone has them, what they are looked for `as`, the `text` they have, and why.
 */
const ELSEWHERE = {
  'v.howto1': { guide: true, why: 'who reads the screen has come there already' },
  'v.howto2': { guide: true, why: 'likewise' },
  'v.url_first': {
    guide: true,
    as: 'address',
    why: 'only the address is a link, and a copy of the site leads to itself',
  },
  'v.url_next': { guide: true, as: 'address', why: 'likewise' },
  'v.qr_first': { guide: true, why: 'it belongs to the letter' },
  'v.qr_next': { guide: true, why: 'likewise' },
  'v.l_birth': { as: 'group', why: 'an era and three fields have one name' },
  'u.l_kigo': { as: 'term', why: 'it is shown, not typed' },
  'u.l_bango': { as: 'term', why: 'likewise' },
  'm.caption': { guide: true, why: 'only the sample is called a sample' },
  'm.body': {
    text: (text) => text.replace('ご注意ください\n', 'ご注意ください。\n'),
    why: 'the manual lost its full stop',
  },
  'l.howto': { guide: true, why: 'the screen says its part of it, and only to who was just verified' },
  't.howto': { guide: true, why: 'who reads the screen has logged in already' },
};

/** How an item of each kind is found on the page, or in the mail. */
const FINDERS = {
  text: shown('body'),
  note: shown('body'),
  rule: shown('main'),
  caption: shown('main'),
  value: shown('main'),
  terms: shown('article'),
  dialog: shown('dialog'),
  logo: shown('header'),
  heading: named('heading'),
  button: named('button'),
  checkbox: named('checkbox'),
  group: named('group'),
  label: (page, { text }) => expect(page.getByLabel(text, { exact: true }), text).toBeEditable(),
  link: async (page, { text, date }) => {
    await expect(page.getByRole('link', { name: text, exact: true }), text).toBeVisible();
    if (date) {
      await expect(page.getByRole('listitem').filter({ hasText: text }), text).toHaveText(`${date} ${text}`);
    }
  },
  address: async (page, { text, url }) => {
    await shown('main')(page, { text });
    const link = page.getByRole('link', { name: url, exact: true });
    expect(await link.evaluate(({ pathname }) => pathname), text).toBe(new URL(url).pathname);
  },
  term: async (page, { text, sample }) => {
    const term = page.locator('dt').filter({ hasText: new RegExp(`^${text}$`) });
    await expect(term, text).toBeVisible();
    await expect(term.locator('xpath=following-sibling::dd[1]'), text).toHaveText(sample);
  },
  mail_subject: (_, { text }, { subject, body }) => expect([subject, body.split('\n')[0]]).toEqual([text, text]),
  mail_body: (_, { text }, { code, body }) => expect(plain(body)).toContain(plain(text.replace('{code}', code))),
};

function shown(where) {
  return async (page, { text }) => {
    const texts = await page.locator(where).filter({ visible: true }).allInnerTexts();
    expect(plain(texts.join('')), text).toContain(plain(text));
  };
}

function named(role) {
  return async (page, { text }) => {
    const letters = [...plain(text)].map((letter) => RegExp.escape(letter));
    await expect(page.getByRole(role, { name: new RegExp(`^${letters.join('\\s*')}$`) }), text).toBeVisible();
  };
}

/** White space does not count, and the sample insurers have addresses that belong to nobody. */
function plain(text) {
  return text.replace(/\s/g, '').replace(/(?<=@)ibss\.jp/g, 'ibss.example.jp');
}

test('every word of the manual stands where the manual has it', async ({ page, stack }) => {
  const items = screens.flatMap(({ screen, items }) => items.map((item) => ({ ...item, screen })));
  const found = [];
  /** Looks for the items that are chosen; where they are said to be, and nowhere else. */
  const look = async (name, choose, mail) => {
    await test.step(name, async () => {
      for (const item of items.filter((candidate) => !MISSING.includes(candidate.kind) && choose(candidate))) {
        const { as = item.kind, text = (same) => same } = ELSEWHERE[item.id] ?? {};
        await FINDERS[as](page, { ...item, text: text(item.text) }, mail);
        found.push(item.id);
      }
    });
  };
  const of = (number, kinds) => (item) =>
    item.screen.startsWith(number) && !ELSEWHERE[item.id]?.guide && (!kinds || kinds.includes(item.kind));
  const journey = new Journey(page, stack);

  // As the letter's reader has it: for the insurer whose code is in the address.
  await page.goto('/portal/guide/?jkc');
  await expect(page.getByText('「jkc」')).toBeVisible();
  await look('the guide, in its own words', of('00'));
  await look('the guide, for other screens', (item) => ELSEWHERE[item.id]?.guide);
  await look('the guide is all of the paper', (item) => ON_PAPER.includes(item.kind));
  await page.goto('/portal/contact/');
  await look('the contact', (item) => ['c.outsourced', 'c.tel', 'c.mail'].includes(item.id));

  await journey.open('signup.ibss');
  await look('first login', of('01'));
  await journey.verify(taro);
  await look('user ID', of('02'));
  await journey.create(taro);
  await look('the dialog of the code', of('03', ['dialog', 'button']));
  await page.getByRole('button', { name: 'OK' }).click();
  await look('the code', of('03', ['text', 'label']));
  const [{ subject, text: body }] = await stack.mailbox(1);
  const code = await stack.code();
  await look('the mail', of('04'), { subject, body, code });
  await journey.field('code').fill(code);
  await journey.button('confirm').click();
  await journey.arrives('');
  await look('login', of('05'));
  await journey.login(taro);
  await look('terms', of('06'));
  await look('what comes after them', of('07'));

  const all = items.filter(({ kind }) => !MISSING.includes(kind)).map(({ id }) => id);
  expect([...new Set(found)].sort()).toEqual(all.sort());
});

test('every page leads to itself in the other language', async ({ page }) => {
  const surveyed = await survey(page);
  for (const { file, address, language, front, twin } of surveyed) {
    // The text of the terms exists in Japanese only: it is the authority.
    if (!front && language === 'ja' && !/^portal\/terms\/\d/.test(file)) {
      const english = surveyed.find((other) => other.file === file.replace('portal/', 'portal/en/'));
      expect([twin, english?.twin], file).toEqual([english?.address, address]);
    }
  }
});

test('no script has words of its own', () => {
  // Names of eras are what the API reads, and stand in the pages, too; the others are what is dropped when it is typed along.
  const allowed = { 'portal/birth-date.js': ['西暦', '元', '年', '月', '日', '生年月日', '生', 'まれ'] };
  const sources = readdirSync(path.join(root, 'site'), { recursive: true }).filter((file) => file.endsWith('.js'));
  for (const file of sources) {
    const words = readFileSync(path.join(root, 'site', file), 'utf8')
      .replace(TOKEN, (token) => (/^\/[/*]/.test(token) ? '' : token))
      .match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\u30fb\u30fc\uff00-\uffef]+/gu);
    expect(
      (words ?? []).filter((word) => !allowed[file]?.includes(word)),
      file,
    ).toEqual([]);
  }
});

test('the contacts are those of the sample insurers', async ({ page }) => {
  const insurers = JSON.parse(readFileSync(path.join(root, 'infra/local/samples/insurers.json'), 'utf8'));
  for (const language of ['ja', 'en']) {
    await page.goto(language === 'ja' ? '/portal/contact/' : '/portal/en/contact/');
    for (const { code, name, telephone, hours, mail } of insurers) {
      const contact = page.locator(`#insurer-${code}`);
      await expect(contact.getByRole('heading')).toContainText(name);
      await expect(contact.getByRole('link', { name: telephone, exact: true })).toHaveAttribute(
        'href',
        `tel:${telephone}`,
      );
      await expect(contact.getByRole('link', { name: mail, exact: true })).toHaveAttribute('href', `mailto:${mail}`);
      await expect(contact).toContainText(language === 'ja' ? `「${code}」` : `“${code}”`);
      if (language === 'ja') {
        await expect(contact).toContainText(`（${hours}）`);
      }
    }
    await expect(page.locator('[id^="insurer-"]:not(h2)')).toHaveCount(insurers.length);
  }
});

test('every page says what it is, and every link leads somewhere', async ({ page, stack }) => {
  const surveyed = await survey(page);
  const titles = {};
  const addresses = new Set();
  for (const { file, address, language, title, headings, lang, description, links } of surveyed) {
    expect(headings, `the h1 of ${file}`).toHaveLength(1);
    expect(lang.split('-')[0], `the language of ${file}`).toBe(language);
    expect(description, `the description of ${file}`).toMatch(/\S/);
    expect(title, `the title of ${file}`).toMatch(/\S \| iBss$/);
    expect(titles[language + title], `who else has the title of ${file}`).toBeUndefined();
    titles[language + title] = file;
    for (const link of links) {
      const { protocol, host, pathname, hash } = new URL(link, stack.url);
      if (!['tel:', 'mailto:'].includes(protocol)) {
        expect(host, `the host of ${link} in ${file}`).toBe(new URL(stack.url).host);
        if (pathname !== address) {
          addresses.add(pathname);
        }
        if (hash) {
          const target = surveyed.find((other) => other.address === pathname);
          expect(target?.ids, `what ${link} in ${file} leads to`).toContain(hash.slice(1));
        }
      }
    }
  }
  const answers = [...addresses].map(async (pathname) => {
    const { status } = await fetch(stack.url + pathname, { method: 'HEAD', redirect: 'manual' });
    return [pathname, status];
  });
  const broken = (await Promise.all(answers)).filter(([, status]) => status !== 200);
  expect(broken, 'links that lead nowhere, or somewhere else').toEqual([]);
});

test('the rules of a password are ticked as the API sees them', async ({ page, stack, expectComplaint }) => {
  // Not sent by the page itself.
  expectComplaint(/does not say whom its page shows/);
  // What the rules on the page are about; what else is wrong with a password is said when it is sent.
  const told = ['too_short', 'too_long', 'no_letter', 'no_digit', 'no_symbol', 'full_width', 'not_allowed'];
  const visitor = await Visitor.on(page, stack);
  await visitor.visit('/portal/user/');
  const field = page.getByLabel('パスワード', { exact: true });
  for (const [password, expected] of [
    ['hanami-2026', 'good'],
    ['hanam-26', 'good'],
    ['hanami-2026-hanami-2', 'good'],
    ['password-1', 'good'],
    ['1!aaaaaa', 'good'],
    ['~`{}[]|a1', 'good'],
    ['hana-26', 'too_short'],
    ['hanami-2026-hanami-20', 'too_long'],
    ['20262026-', 'no_letter'],
    ['hanami-hanami', 'no_digit'],
    ['hanami2026', 'no_symbol'],
    ['hanami-2026 ', 'not_allowed'],
    ['hanami-2026é', 'not_allowed'],
    ['hanami-2026花', 'full_width'],
    ['ｈａｎａｍｉ－２０２６', 'full_width'],
  ]) {
    await field.fill(password);
    const ticked = (await page.locator('.rules li:not(.met)').count()) === 0;
    // Nothing happens but the check: the address is missing.
    const codes = await page.evaluate(async (sent) => {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ userId: 'taro', password: sent, email: '' });
      const answer = await fetch('/api/users', { method: 'POST', headers, body });
      const { errors } = await answer.json();
      return errors.filter(({ field: about }) => about === 'password').map(({ code }) => code);
    }, password);
    const refused = codes.filter((code) => told.includes(code));
    expect.soft({ password, refused, ticked }).toEqual({
      password,
      refused: expected === 'good' ? [] : [expected],
      ticked: expected === 'good',
    });
  }
});

/** A comment, a text, a template or a pattern of JavaScript, as simple as the site's scripts are. */
const TOKEN = new RegExp(
  [
    String.raw`\/\/.*|\/\*[^]*?\*\/`,
    String.raw`'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"`,
    String.raw`${'`'}(?:\\.|[^${'`'}\\])*${'`'}`,
    String.raw`(?<=[(,=:[!&|?{};]\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/`,
  ].join('|'),
  'g',
);

/** Reads all pages, as the browser understands them without running them. */
function survey(page) {
  const sources = pages.map((known) => ({ ...known, source: read(known.file) }));
  return page.evaluate(surveyed, sources);
}

/** Runs in the browser. */
function surveyed(sources) {
  return sources.map(({ source, ...known }) => {
    const document = new DOMParser().parseFromString(source, 'text/html');
    const base = `http://site.example${known.address}`;
    const resolved = (link) => new URL(link, base).href.replace('http://site.example', '');
    const linked = [...document.querySelectorAll('[href], [src]')];
    const twin = document.querySelector('.language a');
    return {
      ...known,
      title: document.title,
      headings: [...document.querySelectorAll('h1')].map((heading) => heading.textContent),
      lang: document.documentElement.lang,
      description: document.querySelector('meta[name="description"]')?.content,
      ids: [...document.querySelectorAll('[id]')].map(({ id }) => id),
      links: linked
        .map((element) => element.getAttribute('href') ?? element.getAttribute('src'))
        // What stands behind their `#` tells the next page something, and is no place in it.
        .concat(Object.values(document.body.dataset).map((lead) => lead.split('#')[0]))
        .map(resolved),
      twin: twin && resolved(twin.getAttribute('href')),
    };
  });
}
