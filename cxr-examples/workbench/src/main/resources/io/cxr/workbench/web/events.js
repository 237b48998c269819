// The server's events. The browser reconnects by itself; whoever listens to 'open' reads anew what
// may have been missed meanwhile.

/** @typedef {'case' | 'progress' | 'job' | 'evaluation' | 'models' | 'open' | 'lost'} EventName */

const SENT = /** @type {const} */ (['case', 'progress', 'job', 'evaluation', 'models']);

export class Events {
  /** @type {EventSource | null} */
  #source = null;
  /** @type {Map<EventName, Set<(data: any) => void>>} */
  #listeners = new Map();
  #wanted = false;

  constructor() {
    // A browser has six connections to one server for all its tabs, and each stream holds one. A
    // hidden tab gives its own back.
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) {
        this.#disconnect();
      } else if (this.#wanted) {
        this.#connect();
      }
    });
  }

  /**
   * Calls the listener with the data of each event of this name: an object of the contract, or null
   * for 'open' (connected, possibly again) and 'lost'.
   *
   * @param {EventName} name
   * @param {(data: any) => void} listener
   * @param {AbortSignal} [signal] ends the listening; a page passes its context's
   */
  on(name, listener, signal) {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    signal?.addEventListener('abort', () => listeners.delete(listener), { once: true });
  }

  start() {
    this.#wanted = true;
    if (!document.hidden) {
      this.#connect();
    }
  }

  stop() {
    this.#wanted = false;
    this.#disconnect();
  }

  #connect() {
    if (this.#source && this.#source.readyState !== EventSource.CLOSED) {
      return;
    }
    const source = new EventSource('/api/events');
    this.#source = source;
    source.addEventListener('open', () => this.#tell('open', null));
    source.addEventListener('error', () => {
      this.#tell('lost', null);
      // The browser gives up after an answer that is no stream, such as a restart's; we do not.
      if (source.readyState === EventSource.CLOSED && this.#source === source) {
        setTimeout(() => {
          if (this.#wanted && this.#source === source && !document.hidden) {
            this.#connect();
          }
        }, 2000);
      }
    });
    for (const name of SENT) {
      source.addEventListener(name, (event) => {
        this.#tell(name, JSON.parse(/** @type {MessageEvent<string>} */ (event).data));
      });
    }
  }

  #disconnect() {
    this.#source?.close();
    this.#source = null;
  }

  /**
   * @param {EventName} name
   * @param {unknown} data
   */
  #tell(name, data) {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      listener(data);
    }
  }
}
