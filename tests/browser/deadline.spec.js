// Until when the survey has to be answered: told from the first step on, if the insurer names a day.

import { at, expect, test } from './fixtures.js';
import { Journey } from './journey.js';
import { hanako, taro } from './people.js';
import { insurer } from './samples.js';

/** The one of the sample insurer. */
const DEADLINE = '被扶養者資格調査の回答期限：2027年1月29日（金）';

test.beforeEach(({ stack }) => stack.state(insurer()));

test('who is signing up reads it, too', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await at(page, '2026-11-16T10:00:00+09:00');
  await journey.verify(taro);
  await expect(page.getByText(DEADLINE)).toBeVisible();
  await journey.create(taro);
  await expect(page.getByText(DEADLINE)).toBeVisible();
});

test('who signs up after it is told whom to ask, as soon as it has passed', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  const over = page.getByText('回答期限を過ぎています');
  await at(page, '2027-01-29T23:59:00+09:00');
  await journey.verify(taro);
  await expect(page.getByText(DEADLINE)).toBeVisible();
  await expect(over).toBeHidden();
  await at(page, '2027-01-30T00:00:00+09:00');
  await page.reload();
  await expect(over).toBeVisible();
  await over.getByRole('link', { name: 'お問い合わせ窓口' }).click();
  await journey.arrives('contact/');
});

test('where the insurer names none, it is not spoken of', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  const anything = page.getByText('回答期限').filter({ visible: true });
  await journey.verify(hanako);
  await expect(anything).toHaveCount(0);
  await journey.create(hanako);
  await expect(anything).toHaveCount(0);
  await journey.confirm();
  await journey.login(hanako);
  await journey.accept();
  await expect(anything).toHaveCount(0);
});
