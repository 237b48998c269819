// Talks to the server. Everything but GET carries the session's CSRF token.

/** An answer of the server other than success: what it says, and a reason in one word if it has one. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} message
   * @param {string | null} [reason]
   */
  constructor(status, message, reason = null) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.reason = reason;
  }
}

/**
 * @param {number} status
 * @param {string} text
 */
function errorOf(status, text) {
  try {
    const { error, reason } = JSON.parse(text);
    return new ApiError(status, error ?? `The server answered ${status}.`, reason ?? null);
  } catch {
    return new ApiError(status, `The server answered ${status}.`);
  }
}

export class Api {
  #csrf = '';
  #onSignedOut;

  /** @param {() => void} onSignedOut called when the server no longer knows the session */
  constructor(onSignedOut) {
    this.#onSignedOut = onSignedOut;
  }

  /** @param {string} csrf */
  useToken(csrf) {
    this.#csrf = csrf;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @param {AbortSignal} [signal]
   * @returns {Promise<Response>}
   */
  async request(method, path, body, signal) {
    /** @type {Record<string, string>} */
    const headers = { Accept: 'application/json' };
    if (method !== 'GET') {
      headers['X-CSRF-Token'] = this.#csrf;
    }
    if (body !== undefined) {
      headers['Content-Type'] = 'application/json';
    }
    /** @type {Response} */
    let response;
    try {
      response = await fetch(path, {
        method,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
        credentials: 'same-origin',
        cache: 'no-store',
        signal: signal ?? null,
      });
    } catch (failure) {
      if (failure instanceof DOMException && failure.name === 'AbortError') {
        throw failure;
      }
      throw new ApiError(0, 'The workbench does not answer. Is it still running?');
    }
    if (!response.ok) {
      if (response.status === 401 && path !== '/api/login') {
        this.#onSignedOut();
      }
      throw errorOf(response.status, await response.text());
    }
    return response;
  }

  /**
   * The JSON at a path. The type of the answer is that of the contract (types.js).
   *
   * @param {string} path
   * @param {AbortSignal} [signal]
   * @returns {Promise<any>}
   */
  async get(path, signal) {
    return (await this.request('GET', path, undefined, signal)).json();
  }

  /**
   * @param {string} path
   * @param {unknown} [body]
   * @returns {Promise<any>} the JSON of the answer, or null if it has no body
   */
  async post(path, body = {}) {
    return jsonOrNull(await this.request('POST', path, body));
  }

  /**
   * @param {string} path
   * @param {unknown} body
   * @returns {Promise<any>}
   */
  async put(path, body) {
    return jsonOrNull(await this.request('PUT', path, body));
  }

  /** @param {string} path */
  async remove(path) {
    await this.request('DELETE', path);
  }

  /**
   * Uploads one file. XMLHttpRequest, because fetch has no progress of an upload.
   *
   * @param {File} file
   * @param {string} name the name with the folder that it was dropped in
   * @param {{signal: AbortSignal, onProgress: (bytes: number) => void}} options
   * @returns {Promise<import('./types.js').Case[]>}
   */
  upload(file, name, { signal, onProgress }) {
    return new Promise((resolve, reject) => {
      const form = new FormData();
      form.append('file', file, name);
      const request = new XMLHttpRequest();
      request.open('POST', '/api/cases');
      request.setRequestHeader('X-CSRF-Token', this.#csrf);
      request.upload.addEventListener('progress', (event) =>
        onProgress(Math.min(event.loaded, file.size)),
      );
      request.addEventListener('load', () => {
        if (request.status === 201) {
          resolve(JSON.parse(request.responseText).cases);
          return;
        }
        if (request.status === 401) {
          this.#onSignedOut();
        }
        reject(errorOf(request.status, request.responseText));
      });
      request.addEventListener('error', () =>
        // A file that cannot be read, such as one that was deleted meanwhile, ends here too.
        reject(new ApiError(0, 'The file could not be sent. Can it still be read?')),
      );
      request.addEventListener('abort', () =>
        reject(new DOMException('Cancelled', 'AbortError')),
      );
      signal.addEventListener('abort', () => request.abort(), { once: true });
      if (signal.aborted) {
        reject(new DOMException('Cancelled', 'AbortError'));
        return;
      }
      request.send(form);
    });
  }
}

/** @param {Response} response */
async function jsonOrNull(response) {
  const text = await response.text();
  return text === '' ? null : JSON.parse(text);
}

/**
 * What to tell the user of a failure; null if it was cancelled, which needs no words.
 *
 * @param {unknown} failure
 * @returns {string | null}
 */
export function messageOf(failure) {
  if (failure instanceof DOMException && failure.name === 'AbortError') {
    return null;
  }
  return failure instanceof Error ? failure.message : String(failure);
}
