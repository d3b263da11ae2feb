// A local stack of one's own: `local run` on free ports, in memory, gone when it is stopped. docs/local-stack.md
// describes what it answers.

import { spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root, target } from './places.js';

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 5_000;
const MAIL_TIMEOUT_MS = 5_000;
const MAIL_POLL_MS = 50;

/** A running local stack. */
export class Stack {
  /** Where the site is, as `http://localhost:40123`. */
  url = '';
  /** The same by https, with a certificate that no browser knows. */
  secureUrl = '';
  /** All that the stack printed since it was as new. */
  output = '';

  #process;
  /** The last call from before that. */
  #before = 0;
  #ended;

  /**
   * Starts a stack with the sample insurers and members.
   *
   * @param {string[]} [options] More options of `local run`, such as `--no-samples`.
   * @param {string} [checkout] Another checkout of the repository, built there.
   */
  static async start(options = [], checkout = undefined) {
    const stack = new Stack(options, checkout);
    await stack.#ready();
    return stack;
  }

  constructor(options, checkout) {
    const [cwd, built] = checkout ? [checkout, path.join(checkout, 'target')] : [root, target];
    const local = path.join(built, 'debug', 'local');
    const free = ['--port', '0', '--dynamodb-port', '0'];
    this.#process = spawn(local, ['run', ...free, ...options], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#ended = new Promise((resolve) => {
      this.#process.once('exit', (code, signal) => resolve(`it ended with ${signal ?? code}`));
      this.#process.once('error', (error) => resolve(`${error.message}: run 'cargo build --workspace'`));
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => {
        this.output += text;
      });
    }
    process.once('exit', this.#kill);
  }

  /** Stops it, and waits until it is gone. */
  async stop() {
    this.#process.kill('SIGINT');
    const timer = setTimeout(this.#kill, STOP_TIMEOUT_MS);
    await this.#ended;
    clearTimeout(timer);
    process.off('exit', this.#kill);
  }

  /** The mails, newest first, as soon as there are this many. */
  async mailbox(atLeast = 0, isWanted = () => true) {
    for (let waited = 0; ; waited += MAIL_POLL_MS) {
      const mails = (await this.#call('GET', '/mailbox.json')).filter(isWanted);
      if (mails.length >= atLeast) {
        return mails;
      }
      if (waited >= MAIL_TIMEOUT_MS) {
        throw new Error(`${mails.length} mails were sent, not ${atLeast}`);
      }
      await sleep(MAIL_POLL_MS);
    }
  }

  /** The digits of the newest code, as soon as this many mails were sent. */
  async code(mails = 1) {
    // Notices come between the codes, such as that of an account that was made.
    const written = /認証番号：(\d{6,8})/;
    const [newest] = await this.mailbox(mails, ({ text }) => written.test(text));
    return newest.text.match(written)[1];
  }

  /** Adds a fault, such as `{ function: 'login', service: 'dynamodb', kind: 'internalError' }`. */
  fault(fault) {
    return this.#call('POST', '/_local/faults', fault);
  }

  /** Takes all faults away. */
  clearFaults() {
    return this.#call('DELETE', '/_local/faults');
  }

  /** Puts the stack into a state, such as `{ accounts: [{ … }] }`. */
  state(state) {
    return this.#call('POST', '/_local/state', state);
  }

  /** All calls that the functions made to DynamoDB and SES since the stack was as new. */
  async calls() {
    const calls = await this.#call('GET', '/_local/calls');
    return calls.filter(({ sequence }) => sequence > this.#before);
  }

  /** Makes it as new, once all that is under way is done; only the functions stay warm. */
  async reset() {
    await this.#call('POST', '/_local/reset', {});
    const calls = await this.#call('GET', '/_local/calls');
    this.#before = calls.at(-1)?.sequence ?? 0;
    this.output = '';
  }

  async #ready() {
    const timeout = AbortSignal.timeout(START_TIMEOUT_MS);
    const addresses = new Promise((resolve, reject) => {
      timeout.addEventListener('abort', () => reject(new Error(`no address after ${START_TIMEOUT_MS} ms`)));
      this.#ended.then((why) => reject(new Error(why)));
      this.#process.stdout.on('data', () => {
        // All of the introduction is there: what is printed from here on is a complaint.
        const [, ...urls] =
          this.output.match(/^ *Site +(http:\S+)\/\n(?: *https +(\S+)\/ .*\n)?(?:.*\n)*? *DynamoDB/m) ?? [];
        if (urls.length > 0) {
          resolve(urls);
        }
      });
    });
    try {
      [this.url, this.secureUrl] = await addresses;
    } catch (error) {
      this.#kill();
      throw new Error(`The local stack did not start: ${error.message}\n${this.output}`);
    }
  }

  #kill = () => {
    this.#process.kill('SIGKILL');
  };

  async #call(method, place, body) {
    const response = await fetch(this.url + place, {
      method,
      headers: body && { 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    const answer = await response.text();
    if (!response.ok) {
      throw new Error(`${method} ${place}: ${response.status} ${answer}`);
    }
    return answer ? JSON.parse(answer) : undefined;
  }
}
