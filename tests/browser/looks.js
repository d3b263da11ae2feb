// How a page looks in each state that a test takes a picture of: on a phone, on a narrow one and on a computer, with the
// text of 100 and of 175 per cent, in light and in dark. It is measured each time; `make contact-sheets` keeps a picture
// of each look, too.

import path from 'node:path';
import { expect } from '@playwright/test';
import { violations } from './axe.js';
import { artefacts } from './places.js';

const WIDTHS = [375, 320, 1280];
/** The sizes of text, in per cent of the browser's. */
const SIZES = [100, 175];
const SCHEMES = ['light', 'dark'];

/** Where the pictures are, a folder for each look: `375-100-light/login.png`. */
export const looksFolder = path.join(artefacts, 'looks');
const keeps = process.env.LOOKS === 'keep';

/** Fails where the page does not fit, splits a word, or has text that is hard to read. `name` says what it shows. */
export async function looksWell(page, name) {
  const before = page.viewportSize();
  const complaints = [];
  for (const scheme of SCHEMES) {
    await page.emulateMedia({ colorScheme: scheme });
    await settled(page);
    complaints.push(...(await faint(page)).map((complaint) => `${scheme}: ${complaint}`));
    // Colours change nothing of the measures.
    for (const width of keeps || scheme === SCHEMES[0] ? WIDTHS : []) {
      for (const size of SIZES) {
        const look = `${width}-${size}-${scheme}`;
        await page.setViewportSize({ width, height: before.height });
        await setSize(page, size);
        const out = await page.evaluate(tooWide);
        const split = await page.evaluate(splitWords);
        complaints.push(...out.map((element) => `${look}: too wide: ${element}`));
        complaints.push(...split.map((word) => `${look}: split: ${word}`));
        if (keeps) {
          const file = path.join(looksFolder, look, `${name}.png`);
          await page.screenshot({ path: file, fullPage: true, animations: 'disabled', scale: 'css' });
        }
      }
    }
    await setSize(page, null);
    await page.setViewportSize(before);
  }
  await page.emulateMedia({ colorScheme: null });
  expect.soft(complaints.join('\n'), `the look of ${name}`).toBe('');
}

/** Ends transitions, so that colours are measured as they stay. */
export function settled(page) {
  return page.evaluate(() => {
    for (const animation of document.getAnimations()) {
      if (animation.effect.getComputedTiming().endTime !== Number.POSITIVE_INFINITY) {
        animation.finish();
      }
    }
  });
}

/** Text whose contrast is less than 7 to 1, or 4.5 where it is large: WCAG 2.2, 1.4.6, as axe measures it. */
async function faint(page) {
  // In colours of one's own none is ours.
  if (await page.evaluate(() => matchMedia('(forced-colors: active)').matches)) {
    return [];
  }
  const found = await violations(page, { type: 'rule', values: ['color-contrast-enhanced'] });
  return found.flatMap(({ nodes }) =>
    nodes.map(({ target, any }) => `${target.join(' ')}: ${any.map(({ message }) => message).join(' ')}`),
  );
}

function setSize(page, percent) {
  return page.evaluate((size) => {
    document.documentElement.style.fontSize = size ? `${size}%` : '';
  }, percent);
}

/** Runs in the browser: what sticks out to the right. A phone zooms out to show it, anything else scrolls sideways. */
export function tooWide() {
  const width = document.documentElement.clientWidth;
  const isOut = (element) => element.checkVisibility() && element.getBoundingClientRect().right > width + 0.5;
  const out = [...document.querySelectorAll('body *')].filter(isOut);
  return out.filter((element) => ![...element.children].some(isOut)).map(({ outerHTML }) => outerHTML.slice(0, 80));
}

/** Runs in the browser: words in Latin letters, and numbers, that stand on more than one line. */
function splitWords() {
  const words = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    if (!text.parentElement.checkVisibility({ visibilityProperty: true })) {
      continue;
    }
    for (const { 0: word, index } of text.data.matchAll(/[A-Za-z0-9\u00C0-\u024F]+/g)) {
      range.setStart(text, index);
      range.setEnd(text, index + word.length);
      const tops = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
      if (tops.size > 1) {
        words.push(`${word} in “${text.data.trim().slice(0, 60)}”`);
      }
    }
  }
  return words;
}
