// The pages are for everybody: with a screen reader, in the dark, on a narrow screen, in large letters, in colours of
// one's own, without motion, without style, without scripts, and on paper.

import { accessible, expect, test } from './fixtures.js';
import { groups, pages, Visitor } from './pages.js';

const forms = pages.filter(({ form }) => form);

for (const [kind, group] of groups) {
  test(`every page can be read by everybody: ${kind}`, async ({ page, stack, expectComplaint }) => {
    if (group.some(({ status }) => status === 404)) {
      expectComplaint(/status of 404 .*no-such-page/);
    }
    const visitor = await Visitor.on(page, stack);
    const { viewport } = test.info().project.use;
    for (const { address, form } of group) {
      await test.step(address, async () => {
        await page.setViewportSize(viewport);
        await visitor.visit(address);
        // The forms are looked at on the journey, filled and with errors.
        if (!form) {
          await accessible(page, address);
        }

        // What a page fetches by and by, such as the contact, is there in both.
        await page.waitForLoadState('networkidle');
        const seen = await visitor.seen();
        await style(page, false);
        const unstyled = await visitor.seen();
        expect.soft(difference(unstyled, seen), `what is seen of ${address} without style only`).toEqual([]);
        expect.soft(difference(seen, unstyled), `what is not seen of ${address} without style`).toEqual([]);
        expect
          .soft(
            unstyled.find((element) => /^<h\d/.test(element)),
            `the first heading of ${address}`,
          )
          .toMatch(/^<h1/);
        await style(page, true);

        await visitor.unfold();
        await page.setViewportSize({ width: 320, height: 640 });
        expect.soft(await visitor.tooWide(), `what is too wide on ${address}`).toEqual([]);
        await page.evaluate(() => {
          document.documentElement.style.fontSize = '200%';
        });
        expect.soft(await visitor.tooWide(), `what is too wide on ${address} in large letters`).toEqual([]);
      });
    }
  });
}

test('in colours of one’s own everything is told by shapes', async ({ page, stack, shot }) => {
  const visitor = await Visitor.on(page, stack);
  await page.emulateMedia({ forcedColors: 'active' });
  for (const path of ['signup.ibss', 'user/', 'code/', 'top/', 'account/']) {
    const address = `/portal/${path}`;
    await test.step(address, async () => {
      await visitor.visit(address);
      await visitor.unfold();
      await shot(`forced-colours${address.replace(/\/$|\.ibss/g, '').replaceAll('/', '-')}`);
      const flat = await page.evaluate(() =>
        [...document.querySelectorAll('button, input, .problem, .notice, .panel, .choice')]
          .filter((element) => element.checkVisibility())
          .filter((element) => {
            const { appearance, borderTopStyle, borderTopWidth } = getComputedStyle(element);
            const isDrawn = borderTopStyle === 'solid' && Number.parseFloat(borderTopWidth) > 0;
            return !isDrawn && appearance === 'none';
          })
          .map(({ outerHTML }) => outerHTML.slice(0, 80)),
      );
      expect(flat, `what has no edge on ${address}`).toEqual([]);
    });
  }
  const primary = page.locator('.primary:visible').first();
  await visitor.visit('/portal/');
  const [ink, paper] = await primary.evaluate((button) => {
    const { color, backgroundColor } = getComputedStyle(button);
    return [color, backgroundColor];
  });
  expect(ink).not.toBe(paper);
  // A field that is wrong has an edge that the others do not have.
  await primary.click();
  await expect(page.locator('.wrong').first()).toHaveCSS('border-left-width', '4px');
});

test('who asks for less motion sees none', async ({ page, stack }) => {
  const visitor = await Visitor.on(page, stack);
  const moving = () =>
    page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === 'running').length);
  await visitor.visit('/portal/');
  // What moves is the sign that something is being sent.
  const form = page.locator('form').first();
  await form.evaluate((element) => element.setAttribute('aria-busy', 'true'));
  expect(await moving()).toBe(1);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  expect(await moving()).toBe(0);
});

test('when the script does not come, the page says so after a while', async ({ page, stack, expectComplaint }) => {
  expectComplaint(/ERR_FAILED .*\.js/);
  await page.route('**/*.js', (route) => route.abort());
  const visitor = await Visitor.on(page, stack);
  for (const { address } of forms) {
    await test.step(address, async () => {
      await visitor.identify(address);
      await page.goto(address);
      const notice = page.locator('.starting');
      await expect(notice).toBeHidden();
      await notice.evaluate((element) => {
        const [appearing] = element.getAnimations();
        appearing.currentTime = appearing.effect.getComputedTiming().endTime;
      });
      await expect(notice).toBeVisible();
      await expect(notice.getByRole('link')).toHaveAttribute('href', /contact\/$/);
      await expect(page.locator('noscript')).toBeHidden();
    });
  }
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('the page says what to do, and nothing else', async ({ page, shot }) => {
    for (const { address } of forms) {
      await test.step(address, async () => {
        await page.goto(address);
        const notice = page.locator('noscript .notice');
        await expect(notice).toBeVisible();
        await expect(notice.getByRole('link')).toHaveAttribute('href', /contact\/$/);
        await expect(notice).toContainText('JavaScript');
        // Also what would come after a while.
        const others = await page.evaluate(() =>
          ['.starting', '[data-loading]', '[data-loaded]', '.problem', '.told'].filter((words) =>
            [...document.querySelectorAll(words)].some((element) => getComputedStyle(element).display !== 'none'),
          ),
        );
        expect.soft(others, `what ${address} says besides`).toEqual([]);
      });
    }
    await shot('without-scripts');
  });
});

test('the terms can be printed', async ({ page, stack }) => {
  const visitor = await Visitor.on(page, stack);
  await page.emulateMedia({ media: 'print' });
  for (const address of ['/portal/terms/', '/portal/terms/2023-09-01/', '/portal/en/terms/']) {
    await test.step(address, async () => {
      await visitor.visit(address);
      await expect(page.getByText('日本システム技術株式会社（以下、「当社」といいます。）')).toBeVisible();
      await expect(page.getByRole('heading', { name: '第2条' })).toBeVisible();
      for (const useless of ['nav', 'button', 'form', 'input', 'dialog', 'a.skip']) {
        await expect(page.locator(`${useless}:visible`), useless).toHaveCount(0);
      }
      const paper = await page.pdf({ format: 'A4' });
      expect(paper.subarray(0, 5).toString()).toBe('%PDF-');
    });
  }
});

function difference(all, others) {
  return all.filter((element) => !others.includes(element));
}

function style(page, isOn) {
  return page.evaluate((on) => {
    for (const sheet of document.styleSheets) {
      sheet.disabled = !on;
    }
  }, isOn);
}
