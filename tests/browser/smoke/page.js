// A page in a browser that WebDriver drives, with as much of Playwright's page as the journeys use: so the same journey is
// gone in Chromium, Firefox and WebKit.

import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const TIMEOUT_MS = 15_000;
const POLL_MS = 50;
/** The key of a reference to an element (W3C WebDriver). */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
/** What WebDriver says of an element that the page took away, moved or hid just now. */
const AGAIN = ['stale element reference', 'element not interactable', 'element click intercepted', 'no such element'];

/** The window of a driver. */
export class Page {
  #driver;
  #base;

  /**
   * @param {import('./driver.js').Driver} driver
   * @param {string} base Where addresses that have no host begin.
   */
  constructor(driver, base) {
    this.#driver = driver;
    this.#base = base;
  }

  goto(address) {
    return this.#driver.send('POST', '/url', { url: new URL(address, this.#base).href });
  }

  goBack() {
    return this.#driver.send('POST', '/back');
  }

  goForward() {
    return this.#driver.send('POST', '/forward');
  }

  reload() {
    return this.#driver.send('POST', '/refresh');
  }

  /** Waits until the address is one that `fits`. */
  waitForURL(fits) {
    return until(
      async () => fits(new URL(await this.#driver.send('GET', '/url'))) || null,
      async () => `the address is still ${await this.#driver.send('GET', '/url')}`,
    );
  }

  locator(selector) {
    return new Locator(this.#driver).locator(selector);
  }

  getByLabel(name) {
    return new Locator(this.#driver).getByLabel(name);
  }

  getByRole(role, options) {
    return new Locator(this.#driver).getByRole(role, options);
  }

  getByText(text) {
    return new Locator(this.#driver).getByText(text);
  }

  /** What `script` returns, a function's body. */
  evaluate(script) {
    return this.#driver.send('POST', '/execute/sync', { script, args: [] });
  }

  /** Takes a picture of what the window shows. */
  async screenshot(file) {
    writeFileSync(file, await this.#driver.send('GET', '/screenshot'), 'base64');
  }
}

/** The element that these steps lead to, looked for each time that it is needed. */
class Locator {
  #driver;
  #steps;

  constructor(driver, steps = []) {
    this.#driver = driver;
    this.#steps = steps;
  }

  #then(step) {
    return new Locator(this.#driver, [...this.#steps, step]);
  }

  locator(selector) {
    return this.#then({ selector });
  }

  getByLabel(name) {
    return this.#then({ selector: 'input, select, textarea', by: 'label', name: pattern(name, true) });
  }

  getByRole(role, { name, exact = false } = {}) {
    return this.#then({ selector: SELECTORS[role], by: 'text', name: name && pattern(name, exact) });
  }

  /** The innermost element with this text. */
  getByText(text) {
    return this.#then({ selector: '*', by: 'innermost', name: pattern(text, false) });
  }

  fill(value) {
    return this.#act(async (element) => {
      await this.#driver.send('POST', `/element/${element}/clear`);
      if (value !== '') {
        await this.#driver.send('POST', `/element/${element}/value`, { text: value });
      }
    });
  }

  click() {
    return this.#act((element) => this.#driver.send('POST', `/element/${element}/click`));
  }

  check() {
    return this.#act(async (element) => {
      if (!(await this.#driver.send('GET', `/element/${element}/selected`))) {
        await this.#driver.send('POST', `/element/${element}/click`);
      }
    });
  }

  /** Waits until it can be seen; or, `{ state: 'hidden' }`, until nothing of it can. */
  waitFor({ state = 'visible' } = {}) {
    return until(
      async () => {
        const seen = await this.#find();
        return (state === 'visible' ? seen.length > 0 : seen.length === 0) || null;
      },
      () => `${this} is not ${state}`,
    );
  }

  textContent() {
    return this.#property('textContent');
  }

  inputValue() {
    return this.#property('value');
  }

  /** A property of the element, such as `type`. */
  async #property(name) {
    return this.#act((element) => this.#driver.send('GET', `/element/${element}/property/${name}`));
  }

  /** Does something with the one element, and once more when it was just about to change. */
  #act(what) {
    let why = '';
    return until(
      async () => {
        const found = await this.#find();
        if (found.length !== 1) {
          return null;
        }
        try {
          // Not every driver scrolls to what it is about to use.
          await this.#driver.send('POST', '/execute/sync', {
            script: 'arguments[0].scrollIntoView({ block: "center", behavior: "instant" })',
            args: [{ [ELEMENT]: found[0] }],
          });
          return { value: await what(found[0]) };
        } catch (error) {
          if (AGAIN.includes(error.name)) {
            why = error.message;
            return null;
          }
          throw error;
        }
      },
      async () => `of ${this} there are ${(await this.#find()).length} to be seen; ${why}`,
    ).then(({ value }) => value);
  }

  /** The references of those that can be seen. */
  async #find() {
    try {
      const found = await this.#driver.send('POST', '/execute/sync', {
        script: `return (${find})(arguments[0])`,
        args: [this.#steps],
      });
      return found.map((reference) => reference[ELEMENT]);
    } catch (error) {
      // The page was left meanwhile.
      if (error.name === 'javascript error' || AGAIN.includes(error.name)) {
        return [];
      }
      throw error;
    }
  }

  toString() {
    return this.#steps
      .map(({ selector, name }) => (name ? `${selector} “${name.source ?? name.text}”` : selector))
      .join(' > ');
  }
}

/** The elements of a role, as far as the site has them. */
const SELECTORS = {
  button: 'button',
  dialog: 'dialog',
  heading: 'h1, h2, h3',
  link: 'a[href]',
  radio: 'input[type="radio"]',
};

/** A name as it can be sent. Without `exact` a text may be a part of it, as with Playwright. */
function pattern(name, exact) {
  return name instanceof RegExp ? { source: name.source, flags: name.flags } : { text: name, exact };
}

/** Asks `what` until it gives something. */
async function until(what, complaint) {
  for (let waited = 0; waited < TIMEOUT_MS; waited += POLL_MS) {
    const value = await what();
    if (value !== null) {
      return value;
    }
    await sleep(POLL_MS);
  }
  throw new Error(`${await complaint()} after ${TIMEOUT_MS} ms`);
}

/** Runs in the browser: the elements that these steps lead to and that can be seen. */
function find(steps) {
  const textOf = (element) => element.textContent.replace(/\s+/g, ' ').trim();
  const isCalled = (text, { source, flags, text: name, exact }) =>
    source ? new RegExp(source, flags).test(text) : exact ? text === name : text.includes(name);
  const names = {
    label: (element) => [...element.labels].map(textOf),
    text: (element) => (element.labels?.length ? [...element.labels].map(textOf) : [textOf(element)]),
    innermost: (element) =>
      [...element.children].length === 0
        ? [textOf(element)]
        : [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map(textOf),
  };
  let found = [document];
  for (const { selector, by, name } of steps) {
    const inside = [...new Set(found.flatMap((element) => [...element.querySelectorAll(selector)]))];
    found = name ? inside.filter((element) => names[by](element).some((text) => isCalled(text, name))) : inside;
  }
  return found.filter((element) => element.checkVisibility({ visibilityProperty: true }));
}
