// What axe, the checker of accessibility, finds fault with on a page. The site has no frames and nothing of another host, so
// axe runs in the page itself; and its half a megabyte is put there once for all measurements of a document.

import axe from 'axe-core';

/**
 * The violations of the page as it is now.
 *
 * @param {import('@playwright/test').Page} page
 * @param {{ type: 'tag' | 'rule', values: string[] }} runOnly Which rules are meant.
 */
export async function violations(page, runOnly) {
  if (!(await page.evaluate(() => 'axe' in window))) {
    await page.evaluate(axe.source);
  }
  return page.evaluate(
    async (options) => {
      const { violations } = await window.axe.run(document, options);
      // What is found holds elements, too, which stay in the page.
      return violations.map(({ id, help, helpUrl, nodes }) => ({
        id,
        help,
        helpUrl,
        nodes: nodes.map(({ target, html, failureSummary, any }) => ({
          target,
          html,
          failureSummary,
          any: any.map(({ message }) => ({ message })),
        })),
      }));
    },
    { runOnly, resultTypes: ['violations'] },
  );
}
