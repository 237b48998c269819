// The cases of this user as the browser knows them: read once, then kept current by the events.

/** @typedef {import('./types.js').Case} Case */
/** @typedef {import('./types.js').QueueProgress} QueueProgress */

export class Cases {
  #api;
  /** @type {Map<string, Case>} */
  #byId = new Map();
  /** @type {Set<() => void>} */
  #listeners = new Set();
  /** @type {QueueProgress} */
  #progress = { queued: 0, running: 0, done: 0 };
  #scheduled = false;
  /** For each reading of all cases that is under way, those that events told of since it began. */
  #heard = /** @type {Set<Set<string>>} */ (new Set());
  /** Deleted here, so that an event that was under way does not bring them back. */
  #deleted = /** @type {Set<string>} */ (new Set());
  /**
   * The cases of the list in the order that it shows them, for "next" and "previous".
   *
   * @type {string[]}
   */
  order = [];

  /**
   * @param {import('./api.js').Api} api
   * @param {import('./events.js').Events} events
   */
  constructor(api, events) {
    this.#api = api;
    events.on('open', () => void this.load().catch(() => undefined));
    events.on('case', (item) => this.put([item]));
    events.on('progress', (progress) => {
      this.#progress = progress;
      this.#changed();
    });
  }

  /** Reads all cases anew. What an event tells meanwhile is newer than what is read. */
  async load() {
    /** @type {Set<string>} */
    const heard = new Set();
    this.#heard.add(heard);
    try {
      const { cases } = await this.#api.get('/api/cases');
      const read = new Map(cases.map((/** @type {Case} */ item) => [item.id, item]));
      for (const id of heard) {
        const known = this.#byId.get(id);
        if (known) {
          read.set(id, known);
        }
      }
      this.#deleted.forEach((id) => read.delete(id));
      this.#byId = read;
      this.#changed();
    } finally {
      this.#heard.delete(heard);
    }
  }

  get progress() {
    return this.#progress;
  }

  /** @returns {Case[]} */
  all() {
    return [...this.#byId.values()];
  }

  /** @param {string} id */
  get(id) {
    return this.#byId.get(id);
  }

  get size() {
    return this.#byId.size;
  }

  /** @param {Case[]} items */
  put(items) {
    for (const item of items) {
      if (!this.#deleted.has(item.id)) {
        this.#byId.set(item.id, item);
        this.#heard.forEach((heard) => heard.add(item.id));
      }
    }
    this.#changed();
  }

  /**
   * Adds cases that were just made. An event may have told of one already, even of its answer; that
   * is newer.
   *
   * @param {Case[]} items as the answer to the request that made them has them
   */
  add(items) {
    this.put(items.filter((item) => !this.#byId.has(item.id)));
  }

  /** @param {string[]} ids */
  async remove(ids) {
    await this.#api.post('/api/cases/delete', { ids });
    for (const id of ids) {
      this.#deleted.add(id);
      this.#byId.delete(id);
    }
    this.#changed();
  }

  clear() {
    this.#byId.clear();
    this.#progress = { queued: 0, running: 0, done: 0 };
    this.#changed();
  }

  /**
   * Calls the listener after changes, at most once a frame: hundreds of events become one.
   *
   * @param {() => void} listener
   * @param {AbortSignal} [signal]
   */
  onChange(listener, signal) {
    this.#listeners.add(listener);
    signal?.addEventListener('abort', () => this.#listeners.delete(listener), { once: true });
  }

  #changed() {
    if (this.#scheduled) {
      return;
    }
    this.#scheduled = true;
    // A timer and not a frame: a hidden tab has no frames, and its title still counts.
    setTimeout(() => {
      this.#scheduled = false;
      for (const listener of [...this.#listeners]) {
        listener();
      }
    }, 40);
  }
}
