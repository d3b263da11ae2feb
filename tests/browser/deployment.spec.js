// A deployment while members are in the middle of something: what changes in the site's folder is deployed at once, as the
// local stack assembles it anew; what was named by its content stays, as it does in the bucket for thirty days.

import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test as base, expect } from './fixtures.js';
import { Journey } from './journey.js';
import { taro } from './people.js';
import { root } from './places.js';

const test = base.extend({
  /** A copy of the site that can be changed. */
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from the pattern
  copy: async ({}, use) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'site-'));
    cpSync(path.join(root, 'site'), folder, { recursive: true });
    await use(folder);
    rmSync(folder, { recursive: true });
  },
  stackOptions: async ({ copy }, use) => use(['--site', copy]),
});

/** Deploys another script, style and title: every file gets another name. */
function deploy(copy) {
  appendFileSync(path.join(copy, 'assets/style.css'), '\nh1 { letter-spacing: 1px; }\n');
  appendFileSync(path.join(copy, 'assets/api.js'), "\nexport const DEPLOYED = 'again';\n");
  const change = (file, from, to) => {
    const text = readFileSync(path.join(copy, file), 'utf8');
    expect(text).toContain(from);
    writeFileSync(path.join(copy, file), text.replaceAll(from, to));
  };
  change('portal/user/index.html', 'ユーザーID作成', 'ユーザーIDの新しい作成');
}

test('a page that was open works through a deployment, and the next one is the new one', async ({
  page,
  stack,
  copy,
}) => {
  const journey = new Journey(page, stack);
  await journey.open('signup.ibss');
  const [before] = await named(page);
  deploy(copy);
  await journey.fillIdentity(taro);
  await expect(page.locator('.echo [data-insurer]')).toHaveText('JVCケンウッド健康保険組合');
  await journey.button('verify').click();
  await journey.arrives('user/');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('ユーザーIDの新しい作成');
  const [after] = await named(page);
  expect(after).not.toBe(before);
  // What the page before was made of is there still, for those who have it open.
  const answer = await page.request.get(before);
  expect([answer.status(), answer.headers()['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable']);
  await journey.create(taro);
  await journey.confirm();
});

test('a page that was fetched before a deployment goes on with what it was made of', async ({ page, stack, copy }) => {
  const journey = new Journey(page, stack);
  await journey.open('signup.ibss');
  const fetched = page.waitForResponse((response) => new URL(response.url()).pathname === '/portal/user/');
  await journey.fillIdentity(taro);
  await (await fetched).finished();
  deploy(copy);
  await journey.button('verify').click();
  await journey.arrives('user/');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('ユーザーID作成');
  await journey.create(taro);
  await journey.confirm();
});

test('what cannot be assembled is told, and what is mended shows at the next load', async ({
  page,
  copy,
  expectComplaint,
}) => {
  expectComplaint(/status of 500/);
  const shell = path.join(copy, 'parts/page.html');
  const text = readFileSync(shell, 'utf8');
  writeFileSync(shell, `${text}{{ nobody }}`);
  await page.goto('/portal/');
  await expect(page.locator('body')).toContainText('page.html');
  writeFileSync(shell, text);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('ログイン');
});

/** The script and the style of the page. */
function named(page) {
  return page.locator('script[src], link[rel="stylesheet"]').evaluateAll((elements) =>
    elements
      .map(({ src, href }) => new URL(src || href).pathname)
      .sort()
      .reverse(),
  );
}
