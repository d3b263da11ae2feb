// `make screenshots`: a picture of each of the manual's seven steps on a phone, for the README, as
// docs/screenshots/<number>-<step>.png. At a moment that does not change, so that only what changed makes another file.

import path from 'node:path';
import { launch, phone } from './chromium.js';
import { at } from './fixtures.js';
import { Journey } from './journey.js';
import { taro } from './people.js';
import { root } from './places.js';
import { insurer } from './samples.js';
import { Stack } from './stack.js';

const MOMENT = '2026-11-16T10:00:00+09:00';

const stack = await Stack.start();
await stack.state(insurer());
const browser = await launch();
try {
  const context = await browser.newContext({ ...phone, baseURL: stack.url, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await at(page, MOMENT);
  await walk(new Journey(page, stack), async (name) => {
    const file = path.join(root, 'docs', 'screenshots', `${name}.png`);
    await page.screenshot({ path: file, animations: 'disabled', caret: 'hide', scale: 'css' });
    console.log(path.relative(process.cwd(), file));
  });
} finally {
  await browser.close();
  await stack.stop();
}

/** Goes the whole way, and takes a picture of each step. */
async function walk(journey, shot) {
  const { page } = journey;
  await journey.open('signup.ibss');
  await shot('1-open');

  await journey.fillIdentity(taro);
  await page.getByRole('group', { name: '生年月日' }).scrollIntoViewIfNeeded();
  await shot('2-verify-member');
  await journey.button('verify').click();

  await journey.arrives('user/');
  await journey.fillUser(taro);
  await page.locator('.rules').scrollIntoViewIfNeeded();
  await shot('3-create-user');
  await journey.button('create').click();

  await journey.arrives('code/');
  await page.getByRole('dialog').waitFor();
  await shot('4-code-sent');
  await page.getByRole('button', { name: 'OK' }).click();
  await journey.field('code').fill(await journey.stack.code());
  await shot('4-confirm-code');
  await journey.button('confirm').click();

  await journey.arrives('');
  await shot('5-login');
  await journey.login(taro);

  await page.getByLabel(journey.words.agree).check();
  await shot('6-accept-terms');
  await journey.button('next').click();

  await journey.arrives('top/');
  await page.evaluate(() => scrollTo(0, 0));
  await shot('7-top');
}
