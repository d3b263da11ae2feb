// Until when the survey has to be answered: told from the first step on, if the insurer names a day.

import { accessible, at, expect, test } from './fixtures.js';
import { Journey } from './journey.js';
import { account, hanako, taro } from './people.js';

/** The one of the sample insurer. */
const DEADLINE = '被扶養者資格調査の回答期限：2027年1月29日（金）';

test('the deadline is told, and what to do when it has passed', async ({ page, stack, shot }) => {
  await stack.state({ accounts: [account(taro, { termsAccepted: '2023-09-01' })] });
  const journey = new Journey(page, stack);
  const over = page.getByText('回答期限を過ぎています');
  // The day belongs to it until its last second in Japan.
  await at(page, '2027-01-29T23:59:59+09:00');
  await journey.open('');
  await journey.login(taro, 'top/');
  await expect(page.getByText(DEADLINE)).toBeVisible();
  await expect(over).toBeHidden();
  await at(page, '2027-01-30T00:00:00+09:00');
  await journey.open('top/');
  await journey.arrives('top/');
  await expect(page.getByText(DEADLINE)).toBeVisible();
  await expect(over).toBeVisible();
  await shot('top-deadline-over');
  await accessible(page, 'the deadline that has passed');
  await over.getByRole('link', { name: 'お問い合わせ窓口' }).click();
  await journey.arrives('contact/');
});

test('who is signing up reads it, too', async ({ page, stack }) => {
  const journey = new Journey(page, stack);
  await journey.verify(taro);
  await expect(page.getByText(DEADLINE)).toBeVisible();
  await journey.create(taro);
  await expect(page.getByText(DEADLINE)).toBeVisible();
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
