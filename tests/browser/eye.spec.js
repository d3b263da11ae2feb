// What the eye meets: colours that can be read, words that are not split, and signs that mean one thing.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from './fixtures.js';
import { read } from './pages.js';
import { root } from './places.js';

/** The contrast of text, as WCAG 2.2 has it at level AAA (1.4.6), which the statement of accessibility promises. */
const CONTRAST = 7;

/** What text stands on, by its colour. */
const PAIRS = {
  ink: ['paper', 'wash', 'error-wash', 'good-wash'],
  quiet: ['paper', 'wash', 'error-wash', 'good-wash'],
  link: ['paper', 'wash', 'error-wash', 'good-wash'],
  error: ['paper', 'error-wash'],
  good: ['paper', 'good-wash'],
  brand: ['paper'],
  'on-brand': ['brand', 'brand-strong'],
};

test('hints, errors and all other text have a contrast of 7 to 1, in light and in dark', () => {
  const style = readFileSync(path.join(root, 'site/assets/style.css'), 'utf8');
  const colours = (block) => Object.fromEntries([...block.matchAll(/--([\w-]+): (#\w+);/g)].map(([, ...pair]) => pair));
  const [light, dark] = [...style.matchAll(/:root \{([^}]*)\}/g)].map(([, block]) => colours(block));
  for (const [scheme, named] of Object.entries({ light, dark: { ...light, ...dark } })) {
    for (const [ink, papers] of Object.entries(PAIRS)) {
      for (const paper of papers) {
        const ratio = contrast(named[ink], named[paper]);
        expect
          .soft(ratio, `${scheme}: ${ink} ${named[ink]} on ${paper} ${named[paper]}`)
          .toBeGreaterThanOrEqual(CONTRAST);
      }
    }
  }
  // What is promised is what is measured.
  for (const page of ['portal/accessibility/index.html', 'portal/en/accessibility/index.html']) {
    expect(read(page)).toContain(`${CONTRAST}:1`);
    for (const measured of ['WCAG 2.2', '320', '200%', '44', 'axe-core']) {
      expect(read(page), page).toContain(measured);
    }
  }
});

for (const width of [375, 320]) {
  test(`the name of the site is not split in large letters: ${width}`, async ({ page }) => {
    await page.setViewportSize({ width, height: 700 });
    for (const address of ['/portal/', '/portal/en/']) {
      await page.goto(address);
      await page.evaluate(() => {
        document.documentElement.style.fontSize = '175%';
      });
      // A word that is on one line has one box.
      const boxes = await page.locator('.logo').evaluate((logo) => {
        const { childNodes } = logo;
        return [...childNodes]
          .filter((node) => node.textContent.trim())
          .map((node) => {
            const range = document.createRange();
            return (node.textContent.match(/\S+/g) ?? []).map((word) => {
              const text = node.nodeType === Node.TEXT_NODE ? node : node.firstChild;
              const start = text.data.indexOf(word);
              range.setStart(text, start);
              range.setEnd(text, start + word.length);
              return range.getClientRects().length;
            });
          });
      });
      expect(boxes.flat(), address).toEqual(boxes.flat().map(() => 1));
    }
  });
}

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('the notice is in the colour of trouble, not of success', async ({ page }) => {
    await page.goto('/portal/signup.ibss');
    const notice = page.locator('noscript .notice');
    await expect(notice).toHaveClass(/trouble/);
    await expect(notice).toHaveCSS('border-top-color', 'rgb(160, 18, 26)');
  });
});

/** The contrast ratio of two colours (WCAG 2.2). */
function contrast(...colours) {
  const [dark, bright] = colours.map(luminance).sort((one, other) => one - other);
  return (bright + 0.05) / (dark + 0.05);
}

function luminance(colour) {
  const digits =
    colour.length === 4 ? [...colour.slice(1)].map((digit) => digit + digit) : colour.slice(1).match(/../g);
  const [red, green, blue] = digits.map((part) => {
    const value = Number.parseInt(part, 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
