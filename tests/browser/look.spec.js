// The look of every page, on every device: a picture, nothing to scroll sideways, everything large enough for a finger.

import { expect, test } from './fixtures.js';
import { groups, Visitor } from './pages.js';

/** A finger's width, in CSS pixels. */
const FINGER = 44;

for (const [kind, group] of groups) {
  test(`every page fits its screen, and what is pressed a finger: ${kind}`, async ({
    page,
    stack,
    shot,
    expectComplaint,
  }) => {
    // The page that is not found is one of them.
    if (group.some(({ status }) => status === 404)) {
      expectComplaint(/status of 404 .*no-such-page/);
    }
    const visitor = await Visitor.on(page, stack);
    for (const { file, address, form, status } of group) {
      await test.step(address, async () => {
        const answer = await visitor.visit(address);
        expect(answer.status(), address).toBe(status);
        const named = file.replace(/\/index\.html$|\..*$/, '').replaceAll('/', '-');
        // The journey takes pictures of the forms.
        if (!form) {
          await shot(`page-${named}`);
        }
        await visitor.unfold();
        // All that it may show at some time, at once.
        await shot(`all-of-${named}`);
        expect.soft(await visitor.tooWide(), `what is too wide on ${address}`).toEqual([]);
        expect.soft(await page.evaluate(small, FINGER), `what is small on ${address}`).toEqual([]);
      });
    }
  });
}

/** Runs in the browser: what can be pressed and is smaller than it should be. */
function small(finger) {
  /** Whether it stands in running text, where it may be as high as the line. */
  const inText = (element) => {
    const isInline = (candidate) => getComputedStyle(candidate).display === 'inline';
    let block = element;
    while (isInline(block)) {
      block = block.parentElement;
    }
    const links = [...block.querySelectorAll('a')].map((link) => link.textContent);
    return isInline(element) && links.reduce((text, link) => text.replace(link, ''), block.textContent).trim() !== '';
  };
  return [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
    .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !inText(element))
    .map((element) => [element, (element.closest('label') ?? element).getBoundingClientRect()])
    .filter(([, { width, height }]) => Math.min(width, height) < finger - 0.01)
    .map(([element, { width, height }]) => {
      const name = element.textContent.trim() || element.id;
      return `${element.localName} ${name}: ${Math.round(width)}×${Math.round(height)}`;
    });
}
