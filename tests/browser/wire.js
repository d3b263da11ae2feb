// What goes over the network for a page, by the browser's own account: for the tools that count and measure.

/** A slow network: the milliseconds until an answer begins, and the bytes a second both ways. */
const BYTES_A_SECOND = 50_000;

/** Listens to a page, until its context is closed. */
export class Wire {
  #session;
  #requests = new Map();
  #statuses = new Map();
  #lengths = new Map();

  /** @param {import('@playwright/test').Page} page */
  static async of(page) {
    const wire = new Wire();
    await wire.#listen(page);
    return wire;
  }

  async #listen(page) {
    this.#session = await page.context().newCDPSession(page);
    this.#session.on('Network.requestWillBeSent', ({ requestId, request }) => this.#requests.set(requestId, request));
    // Comes for what was answered over the network only, and knows a 304 that the page sees as the cached 200.
    this.#session.on('Network.responseReceivedExtraInfo', ({ requestId, statusCode }) =>
      this.#statuses.set(requestId, statusCode),
    );
    this.#session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) =>
      this.#lengths.set(requestId, encodedDataLength),
    );
    await this.#session.send('Network.enable');
  }

  /** Slows the network of the page down. */
  slow(roundTrip) {
    return this.#session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: roundTrip,
      downloadThroughput: BYTES_A_SECOND,
      uploadThroughput: BYTES_A_SECOND,
    });
  }

  /**
   * What reached the network since the last call: requests with their status, the bytes down with headers, and the
   * bytes of the body up.
   *
   * @returns {{method: string, path: string, status: number, down: number, up: number}[]}
   */
  take() {
    const all = [...this.#statuses].flatMap(([id, status]) => {
      const request = this.#requests.get(id);
      if (!request) {
        return [];
      }
      const { method, postData, url } = request;
      const up = postData ? Buffer.byteLength(postData) : 0;
      return [{ method, path: new URL(url).pathname, status, down: this.#lengths.get(id) ?? 0, up }];
    });
    for (const map of [this.#requests, this.#statuses, this.#lengths]) {
      map.clear();
    }
    return all;
  }
}
