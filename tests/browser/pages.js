// The pages of the site, as they are assembled, and how to get to each as somebody who may see it.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { tooWide } from './looks.js';
import { site } from './places.js';

/** What is served for an address that does not exist. */
const NOT_FOUND = '/404.html';

/**
 * All pages: the `file` of the assembled site, the `address` it is seen at, whether it is about no language in particular
 * (`front`), else its `language`, and whether it needs its script (`form`).
 */
export const pages = readdirSync(site, { recursive: true })
  // What pages read, and is none, is among the assets.
  .filter((file) => /\.(html|ibss)$/.test(file) && !file.startsWith('assets/'))
  .sort()
  .map((file) => {
    const address = `/${file.replace(/(?<=^|\/)index\.html$/, '')}`;
    const front = !address.startsWith('/portal/');
    return {
      file,
      address: address === NOT_FOUND ? '/portal/no-such-page/' : address,
      status: address === NOT_FOUND ? 404 : 200,
      front,
      language: address.startsWith('/portal/en/') ? 'en' : 'ja',
      form: read(file).includes('id="problem"'),
    };
  });

/** The pages by language, each group as many as one test can look at. */
export const groups = Object.entries(
  Object.groupBy(pages, ({ front, language }) => (front ? 'no language' : language)),
);

/** Files of the assembled site whose names end so. */
export function files(ending) {
  return readdirSync(site, { recursive: true }).filter((file) => file.endsWith(ending));
}

/** The text of a file of the assembled site. */
export function read(file) {
  return readFileSync(path.join(site, file), 'utf8');
}

/** Gives the browser the cookies of these names, each with a token. */
export function carry(page, tokens) {
  return page.context().addCookies(
    Object.entries(tokens).map(([name, value]) => ({
      name: `__Host-${name}`,
      value,
      url: 'https://localhost/',
      httpOnly: true,
      secure: true,
      sameSite: 'Strict',
    })),
  );
}

/** Tokens that only need to look like one. */
const REGISTRATION = 'registration-for-the-browser-tests--------A';
const TO_ACCEPT = 'session-for-the-browser-tests-------------A';
const ACCEPTED = 'session-for-the-browser-tests-------------E';
/** Of another device of the same member. */
const OTHER = 'session-for-the-browser-tests-------------I';

/** Visits pages as somebody for whom they show what they are for: in the middle of signing up, or signed in. */
export class Visitor {
  #page;

  /** Puts the stack into a state where every page has something to show. */
  static async on(page, stack) {
    const now = new Date().toISOString();
    const password = 'hanami-2026';
    const [taro, shoko, tsuruyo] = ['jvc0211', 'jvc0212', 'jvc0213'].map((number) => ['jkc', '01', number]);
    const account = { password, email: 'shoko@example.jp', createdAt: '2026-04-01T00:00:00Z' };
    const termsAccepted = '2023-09-01';
    await stack.state({
      registrations: [
        {
          token: REGISTRATION,
          member: taro,
          verifiedAt: now,
          chosen: { userId: 'taro', password, email: 'taro@example.jp' },
          code: { code: '611898', sentAt: now },
          sentAt: [now],
        },
      ],
      accounts: [
        { ...account, userId: 'shoko', member: shoko },
        {
          ...account,
          userId: 'tsuruyo',
          member: tsuruyo,
          termsAccepted,
          sessions: [ACCEPTED, OTHER].map((token) => ({ token, signedInAt: now })),
        },
      ],
      sessions: [
        { token: TO_ACCEPT, userId: 'shoko', member: shoko, signedInAt: now },
        ...[ACCEPTED, OTHER].map((token) => ({
          token,
          userId: 'tsuruyo',
          member: tsuruyo,
          signedInAt: now,
          termsAccepted,
        })),
      ],
    });
    return new Visitor(page);
  }

  constructor(page) {
    this.#page = page;
  }

  /** Goes to a page, and waits until it shows what it has to show. */
  async visit(address) {
    await this.identify(address);
    // Whom the page before showed may be another.
    await this.#page.evaluate(() => globalThis.sessionStorage?.clear()).catch(() => {});
    const answer = await this.#page.goto(address);
    await this.#page.locator('[data-loading]:visible').waitFor({ state: 'detached' });
    return answer;
  }

  /** Comes to the page of a new password, for which a code has been mailed. */
  async beginReset(address) {
    await this.visit(address.replace('reset-password', 'forgot-password'));
    await this.#page.locator('#userId').fill('tsuruyo');
    await this.#page.locator('#email').fill('shoko@example.jp');
    await this.#page.locator('button.primary').click();
    await this.#page.waitForURL(`**${address}`);
  }

  /** Gives the browser the cookies of somebody who may see this page. */
  async identify(address) {
    const session = address.endsWith('/terms/') ? TO_ACCEPT : ACCEPTED;
    await carry(this.#page, { registration: REGISTRATION, session });
  }

  /** Shows all that the page may show at some time, at once. */
  unfold() {
    return this.#page.evaluate(() => {
      for (const folded of document.querySelectorAll('details, dialog')) {
        folded.open = true;
      }
      for (const element of document.querySelectorAll('[hidden]')) {
        element.hidden = false;
      }
    });
  }

  /** What sticks out to the right. */
  tooWide() {
    return this.#page.evaluate(tooWide);
  }

  /** The elements that can be seen. */
  seen() {
    return this.#page.evaluate(() =>
      [...document.querySelectorAll('body *')]
        .filter((element) => element.checkVisibility({ visibilityProperty: true }))
        .map(({ outerHTML }) => outerHTML.slice(0, 80)),
    );
  }
}
