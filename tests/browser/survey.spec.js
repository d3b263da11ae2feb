// The survey, which all of this is for: the top page leads to it while it is open, and says when it opens, how it is
// answered without an address, and whom to call once it has closed.

import { accessible, at, expect, test } from './fixtures.js';
import { ENGLISH, Journey } from './journey.js';
import { account, hanako, taro } from './people.js';
import { insurer } from './samples.js';

const MINUTE = 60_000;

/** Where the sample insurer has its survey, which is nobody's. */
const ADDRESS = 'https://survey.example.jp/jkc';
const LEFT = /another host: GET https:\/\/survey\.example\.jp\//;

const ahead = (page) => page.getByText('から回答できます');
const answer = (page) => page.getByRole('link', { name: '回答へ進む' });
const closed = (page) => page.getByText('回答の受付は終了しました');
const elsewhere = (page) => page.getByText('回答の方法は、健康保険組合からお知らせします');

/** Only these of the four are shown. */
async function tells(page, ...shown) {
  for (const one of [ahead, answer, closed, elsewhere]) {
    await expect(one(page)).toBeVisible({ visible: shown.includes(one) });
  }
}

test.beforeEach(({ stack }) => stack.state(insurer()));

/** Logs a member in at a moment, and waits for the top page. */
async function arrives(page, stack, moment, { member = taro, words } = {}) {
  await stack.state({ accounts: [account(member, { termsAccepted: '2023-09-01' })] });
  const journey = new Journey(page, stack, words);
  await at(page, moment);
  await journey.open('');
  await journey.login(member, 'top/');
  return journey;
}

test('before its first day the page says from when on it is answered', async ({ page, stack, shot }) => {
  const journey = await arrives(page, stack, '2026-11-01T23:59:00+09:00');
  await tells(page, ahead);
  await expect(ahead(page)).toHaveText('2026年11月2日（月）から回答できます。');
  await expect(page.getByText('被扶養者資格調査の回答期限：2027年1月29日（金）')).toBeVisible();
  await expect(page.getByText('この画面に「回答へ進む」が表示されます')).toBeVisible();
  await shot('top-survey-ahead');
  await accessible(page, 'the survey that has not opened');
  await at(page, '2026-11-02T00:00:00+09:00');
  await journey.open('top/');
  await tells(page, answer);
});

test('while it is open the page leads to it, and tells it nothing of where from', async ({
  page,
  stack,
  shot,
  expectComplaint,
}) => {
  expectComplaint(LEFT);
  await page.route(`${ADDRESS}**`, (route) => route.fulfill({ contentType: 'text/html', body: 'the survey' }));
  await arrives(page, stack, '2027-01-29T23:59:00+09:00');
  await tells(page, answer);
  await expect(page.getByText('回答用の別のサイト（survey.example.jp）へ移動します。')).toBeVisible();
  await shot('top-survey-open');
  await accessible(page, 'the survey that is open');
  const left = page.waitForRequest(`${ADDRESS}**`);
  await answer(page).click();
  const request = await left;
  expect(await request.allHeaders()).not.toHaveProperty('referer');
  expect(request.url()).toBe(ADDRESS);
  await expect(page.getByText('the survey')).toBeVisible();
  // The same window: back is back, and the member is still signed in.
  expect(page.context().pages()).toHaveLength(1);
  expect(await page.evaluate(() => document.referrer)).toBe('');
  await page.goBack();
  await tells(page, answer);
});

test('after its last day the page says that it is closed, and whom to call', async ({ page, stack, shot }) => {
  await arrives(page, stack, '2027-01-30T00:00:00+09:00');
  await tells(page, closed);
  const survey = page.locator('.survey');
  await expect(survey.getByRole('link', { name: '050-2018-3292' })).toHaveAttribute('href', 'tel:050-2018-3292');
  await expect(survey.getByText('平日10時から17時')).toBeVisible();
  await shot('top-survey-closed');
  await accessible(page, 'the survey that has closed');
});

test('a page that stays open over midnight opens the survey, and closes it', async ({ page, stack }) => {
  await stack.state({ accounts: [account(taro, { termsAccepted: '2023-09-01' })] });
  const journey = new Journey(page, stack);
  for (const [day, before, after] of [
    ['2026-11-01', ahead, answer],
    ['2027-01-29', answer, closed],
  ]) {
    const moment = `${day}T23:58:00+09:00`;
    await page.context().clearCookies();
    await at(page, moment);
    await journey.open('');
    await journey.login(taro, 'top/');
    await page.clock.install({ time: moment });
    await journey.open('top/');
    await tells(page, before);
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.clock.runFor(3 * MINUTE);
    await tells(page, after);
    // By itself: to ask would put the end of the session off.
    expect(asked).toEqual([]);
    page.removeAllListeners('request');
  }
});

test('without an address the page says how it will be answered', async ({ page, stack, shot }) => {
  await stack.state(insurer({ surveyAddress: undefined }));
  const journey = await arrives(page, stack, '2026-11-01T12:00:00+09:00');
  await tells(page, ahead, elsewhere);
  await at(page, '2026-11-02T12:00:00+09:00');
  await journey.open('');
  await journey.login(taro, 'top/');
  await tells(page, elsewhere);
  await shot('top-survey-elsewhere');
  await at(page, '2027-01-30T12:00:00+09:00');
  await journey.open('');
  await journey.login(taro, 'top/');
  await tells(page, closed);
});

test('where the insurer has said nothing yet, the page says so much', async ({ page, stack }) => {
  await arrives(page, stack, '2026-11-02T12:00:00+09:00', { member: hanako });
  await tells(page, elsewhere);
});

test('who reads English has all of it in English', async ({ page, stack, shot }) => {
  const journey = await arrives(page, stack, '2026-11-01T12:00:00+09:00', { words: ENGLISH });
  const says = (text) => expect(page.locator('.survey').getByText(text)).toBeVisible();
  await says('You can answer from 2 November 2026 (Mon).');
  await shot('english-top-survey-ahead');
  await at(page, '2026-11-02T12:00:00+09:00');
  await journey.open('');
  await journey.login(taro, 'top/');
  await expect(page.getByRole('link', { name: 'Answer the survey' })).toHaveAttribute('href', ADDRESS);
  await says('This takes you to another website (survey.example.jp).');
  await shot('english-top-survey-open');
  await at(page, '2027-01-30T12:00:00+09:00');
  await journey.open('');
  await journey.login(taro, 'top/');
  await says('The survey has closed.');
  await says('weekdays 10:00–17:00');
  await shot('english-top-survey-closed');
});
