// Sends files a few at a time. One for the whole workbench: leaving the list does not end it.

import { messageOf } from './api.js';

/** @typedef {import('./dropped-files.js').NamedFile} NamedFile */

/**
 * @typedef {object} UploadState
 * @property {number} files all that were asked for since the last time that none was left
 * @property {number} sent
 * @property {number} bytes
 * @property {number} sentBytes
 * @property {{name: string, message: string}[]} failures
 * @property {boolean} active
 * @property {boolean} cancelled
 */

/** With the stream of events, within the six connections that a browser opens to one server. */
const AT_ONCE = 3;

export class Uploads {
  #api;
  #cases;
  /** @type {NamedFile[]} */
  #waiting = [];
  /** @type {Map<NamedFile, number>} */
  #running = new Map();
  #doneBytes = 0;
  #cancel = new AbortController();
  /** @type {Set<() => void>} */
  #listeners = new Set();
  /** @type {UploadState} */
  #state = empty();

  /**
   * @param {import('./api.js').Api} api
   * @param {import('./cases.js').Cases} cases
   */
  constructor(api, cases) {
    this.#api = api;
    this.#cases = cases;
  }

  get state() {
    return this.#state;
  }

  /**
   * @param {() => void} listener
   * @param {AbortSignal} signal
   */
  onChange(listener, signal) {
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => this.#listeners.delete(listener), { once: true });
  }

  /**
   * @param {NamedFile[]} files
   * @param {import('./types.js').Limits} limits
   */
  add(files, limits) {
    if (files.length === 0) {
      return;
    }
    if (!this.#state.active) {
      this.#state = empty();
      this.#doneBytes = 0;
      this.#cancel = new AbortController();
    }
    const state = this.#state;
    state.active = true;
    for (const named of files) {
      state.files += 1;
      if (named.file.size > limits.maxFileBytes) {
        // Known before a byte is sent; the server holds the same limit.
        state.sent += 1;
        state.failures.push({ name: named.name, message: 'The file is larger than the limit.' });
      } else {
        state.bytes += named.file.size;
        this.#waiting.push(named);
      }
    }
    this.#startMore();
    this.#tell();
  }

  /** Gives up what is not sent yet. What was sent stays. */
  cancel() {
    this.#state.cancelled = true;
    this.#waiting = [];
    this.#cancel.abort();
    this.#finishIfEmpty();
  }

  /** Forgets the last upload, whose panel was closed. */
  dismiss() {
    if (!this.#state.active) {
      this.#state = empty();
      this.#tell();
    }
  }

  #startMore() {
    while (this.#running.size < AT_ONCE && this.#waiting.length > 0) {
      const named = /** @type {NamedFile} */ (this.#waiting.shift());
      this.#running.set(named, 0);
      void this.#send(named);
    }
    this.#finishIfEmpty();
  }

  /** @param {NamedFile} named */
  async #send(named) {
    const state = this.#state;
    try {
      const cases = await this.#api.upload(named.file, named.name, {
        signal: this.#cancel.signal,
        onProgress: (bytes) => {
          this.#running.set(named, bytes);
          this.#tell();
        },
      });
      this.#cases.add(cases);
      state.sent += 1;
    } catch (failure) {
      const message = messageOf(failure);
      if (message !== null) {
        state.sent += 1;
        state.failures.push({ name: named.name, message });
      }
    }
    this.#running.delete(named);
    this.#doneBytes += named.file.size;
    this.#startMore();
    this.#tell();
  }

  #finishIfEmpty() {
    if (this.#running.size === 0 && this.#waiting.length === 0) {
      this.#state.active = false;
    }
    this.#tell();
  }

  #tell() {
    let bytes = this.#doneBytes;
    for (const part of this.#running.values()) {
      bytes += part;
    }
    this.#state.sentBytes = Math.min(bytes, this.#state.bytes);
    for (const listener of [...this.#listeners]) {
      listener();
    }
  }
}

/** @returns {UploadState} */
function empty() {
  return {
    files: 0,
    sent: 0,
    bytes: 0,
    sentBytes: 0,
    failures: [],
    active: false,
    cancelled: false,
  };
}
