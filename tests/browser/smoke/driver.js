// The programs that drive Firefox and WebKit by W3C WebDriver: geckodriver, and WebKitWebDriver on a screen of its own.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const START_TIMEOUT_MS = 20_000;
const POLL_MS = 50;
/** How much of what a program complained of is kept, in characters. */
const COMPLAINTS = 2_000;

/** What each browser is driven with. The stack's certificate is one of its own making. */
const BROWSERS = {
  firefox: {
    program: process.env.GECKODRIVER ?? 'geckodriver',
    options: (port) => [`--port=${port}`, '--log=error'],
    screen: false,
    capabilities: {
      browserName: 'firefox',
      acceptInsecureCerts: true,
      'moz:firefoxOptions': {
        binary: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
        args: ['-headless'],
        prefs: { 'intl.accept_languages': 'ja,en', 'intl.locale.requested': 'ja' },
      },
    },
  },
  webkit: {
    program: process.env.WEBKIT_DRIVER ?? '/usr/bin/WebKitWebDriver',
    options: (port) => [`--port=${port}`],
    screen: true,
    capabilities: { browserName: 'MiniBrowser', acceptInsecureCerts: true },
  },
};

/** A browser that is open, as one session of WebDriver. */
export class Driver {
  #session = '';
  #url = '';
  #folder = mkdtempSync(path.join(tmpdir(), 'smoke-'));
  #processes = [];

  /** Opens a browser: `firefox` or `webkit`. It knows nothing of sessions before. */
  static async open(name) {
    const driver = new Driver();
    try {
      await driver.#open(BROWSERS[name]);
    } catch (error) {
      await driver.close();
      throw error;
    }
    return driver;
  }

  async #open({ program, options, screen, capabilities }) {
    // A home of its own: no settings, no cookies, nothing to restore.
    const env = { ...process.env, HOME: this.#folder, TZ: 'Asia/Tokyo', LANG: 'C.UTF-8', LANGUAGE: 'ja' };
    if (screen) {
      env.DISPLAY = `:${await this.#screen()}`;
    }
    const port = await freePort();
    const ended = this.#start(program, options(port), { env });
    this.#url = `http://127.0.0.1:${port}`;
    await Promise.race([this.#answers(), ended]);
    const { sessionId } = await this.#call('POST', '/session', { capabilities: { alwaysMatch: capabilities } });
    this.#session = `/session/${sessionId}`;
  }

  /** Starts a screen that nobody sees, and gives its number. */
  #screen() {
    const options = ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'];
    const ended = this.#start('Xvfb', options);
    const number = new Promise((resolve) => {
      this.#processes
        .at(-1)
        .stdio[3].setEncoding('utf8')
        .once('data', (text) => resolve(text.trim()));
    });
    return Promise.race([number, ended]);
  }

  /** Starts a program; what it gives fails when the program ends, with what that complained of. */
  #start(program, options, how) {
    const child = spawn(program, options, { ...how, stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
    this.#processes.push(child);
    let complaints = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      complaints = (complaints + text).slice(-COMPLAINTS);
    });
    const ended = new Promise((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`${program} ended with ${signal ?? code}\n${complaints}`)));
    });
    ended.catch(() => {});
    return ended;
  }

  async #answers() {
    for (let waited = 0; waited < START_TIMEOUT_MS; waited += POLL_MS) {
      try {
        const { ready } = await this.#call('GET', '/status');
        if (ready) {
          return;
        }
      } catch {
        // It does not listen yet.
      }
      await sleep(POLL_MS);
    }
    throw new Error(`the driver was not ready after ${START_TIMEOUT_MS} ms`);
  }

  /** Sends a command to the session, such as `('POST', '/url', { url })`, and gives its value. */
  send(method, command, body = method === 'POST' ? {} : undefined) {
    return this.#call(method, this.#session + command, body);
  }

  async #call(method, command, body) {
    const headers = body && { 'content-type': 'application/json' };
    const answer = await fetch(this.#url + command, { method, headers, body: body && JSON.stringify(body) });
    const { value } = await answer.json();
    if (!answer.ok) {
      throw Object.assign(new Error(`${value.error}: ${value.message}`), { name: value.error });
    }
    return value;
  }

  /** Closes the browser, and ends what was started for it. */
  async close() {
    if (this.#session) {
      await this.send('DELETE', '').catch(() => {});
    }
    for (const child of this.#processes.reverse()) {
      if (child.exitCode === null && child.signalCode === null && child.pid) {
        const gone = new Promise((resolve) => {
          child.once('exit', resolve);
        });
        child.kill('SIGTERM');
        await gone;
      }
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A port that is free now. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
