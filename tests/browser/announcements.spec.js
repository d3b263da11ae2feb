// サイトからのお知らせ: from their day on, until their day, for whom they are.

import { at, expect, test } from './fixtures.js';
import { Journey } from './journey.js';
import { account, taro } from './people.js';

const ENTRIES = `
  <li><time datetime="2026-06-01">2026.06.01</time> <a href="/portal/announcements/later/">From June on</a></li>
  <li data-until="2026-05-31"><time datetime="2026-04-02">2026.04.02</time> <a href="/portal/announcements/spring/">Until May</a></li>
  <li data-insurer-code="jkc"><time datetime="2026-04-01">2026.04.01</time> <a href="/portal/announcements/jkc/">For jkc</a></li>
  <li data-insurer-code="demo"><time datetime="2026-04-01">2026.04.01</time> <a href="/portal/announcements/demo/">For demo</a></li>`;

/** Puts these announcements into the pages that have them. */
async function announced(page, entries) {
  await page.route(/\/portal\/(top\/|announcements\/)?$/, async (route) => {
    const response = await route.fetch();
    const list = (await response.text()).replace(/(<ul class="news"[^>]*>).*?(<\/ul>)/s, `$1${entries}$2`);
    await route.fulfill({ response, body: list });
  });
}

test('before the login those for everybody are shown, afterwards those for the insurer, too', async ({
  page,
  stack,
}) => {
  await stack.state({ accounts: [account(taro, { termsAccepted: '2023-09-01' })] });
  await announced(page, ENTRIES);
  const journey = new Journey(page, stack);
  const shown = page.locator('[data-news] a:visible');
  for (const [moment, everybody, members, folder] of [
    // The last second of a day in Japan belongs to it, the first of a day begins it.
    ['2026-05-31T23:59:59+09:00', ['Until May'], ['Until May', 'For jkc'], 'spring'],
    ['2026-06-01T00:00:00+09:00', ['From June on'], ['From June on', 'For jkc'], 'later'],
  ]) {
    await at(page, moment);
    await journey.open('');
    await expect(shown, moment).toHaveText(everybody);
    await journey.login(taro, 'top/');
    await expect(shown, moment).toHaveText(members);
    await expect(shown.first()).toHaveJSProperty('href', `${stack.url}/portal/announcements/${folder}/`);
  }
  await journey.open('announcements/');
  await expect(page.getByRole('listitem').filter({ hasText: 'Until May' })).toBeHidden();
  await expect(page.getByRole('listitem').filter({ hasText: 'From June on' })).toBeVisible();
});

test('without any the login works as ever', async ({ page, stack }) => {
  await stack.state({ accounts: [account(taro, { termsAccepted: '2023-09-01' })] });
  await announced(page, '');
  const journey = new Journey(page, stack);
  await journey.open('');
  await expect(page.locator('[data-news]')).toBeHidden();
  await expect(page.getByRole('link', { name: 'お知らせの一覧' })).toBeVisible();
  await journey.login(taro, 'top/');
  await expect(page.getByText(taro.name)).toBeVisible();
});
