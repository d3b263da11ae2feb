// Invented members of the sample roster (infra/local/samples/roster.csv), and what each chooses.

const password = 'hanami-2026';

/** What a member changes to. */
export const NEW_PASSWORD = 'momiji-2026';
export const NEW_EMAIL = 'kenpo.taro@example.com';

/** The manual's example. */
export const taro = {
  insurerCode: 'jkc',
  symbol: '01',
  number: 'jvc0211',
  birth: { era: '昭和', year: '55', month: '1', day: '1' },
  nameKana: 'けんぽ たろう',
  name: '健保 太郎',
  userId: 'taro',
  password,
  email: 'taro@example.jp',
};

/** A member of an insurer without 記号. */
export const hanako = {
  insurerCode: 'demo',
  symbol: '',
  number: '100001',
  birth: { era: '西暦', year: '1983', month: '3', day: '3' },
  nameKana: 'ミホン ハナコ',
  name: '見本 花子',
  userId: 'hanako',
  password,
  email: 'hanako@example.jp',
};

/** The entry of a state (docs/local-stack.md) that gives `member` an account. */
export function account(member, more = {}) {
  const { insurerCode, symbol, number, userId, email } = member;
  const createdAt = '2026-04-01T00:00:00Z';
  return { userId, password, email, member: [insurerCode, symbol, number], createdAt, ...more };
}
