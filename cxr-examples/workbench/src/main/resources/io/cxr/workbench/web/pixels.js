// The pixels of a film, their histogram, and smaller copies for quick drawing.

/**
 * @typedef {object} Level
 * @property {number} width
 * @property {number} height
 * @property {Uint8Array | Uint16Array} values row by row
 */

export class Pixels {
  /** @type {Level[]} each half as wide and high as the one before */
  #levels;
  /** @type {Uint32Array} */
  #histogram;

  /**
   * @param {Level} full
   * @param {number} bits
   */
  constructor(full, bits) {
    this.width = full.width;
    this.height = full.height;
    this.bits = bits;
    /** The greatest value that the bits can hold. */
    this.max = 2 ** bits - 1;
    this.#levels = [full];
    this.#histogram = new Uint32Array(this.max + 1);
    for (const value of full.values) {
      const bin = Math.min(value, this.max);
      this.#histogram[bin] = (this.#histogram[bin] ?? 0) + 1;
    }
  }

  /**
   * Reads the film of a case.
   *
   * @param {import('./api.js').Api} api
   * @param {string} id
   * @param {AbortSignal} signal
   */
  static async load(api, id, signal) {
    const response = await api.request('GET', `/api/cases/${id}/pixels`, undefined, signal);
    const buffer = await response.arrayBuffer();
    const width = Number(response.headers.get('X-Width'));
    const height = Number(response.headers.get('X-Height'));
    const bits = Number(response.headers.get('X-Bits'));
    const bytes = bits <= 8 ? 1 : 2;
    if (!(width > 0 && height > 0) || buffer.byteLength !== width * height * bytes) {
      throw new Error('The film did not arrive whole. Open the case again.');
    }
    // Little-endian, as every processor that runs a browser today.
    const values = bytes === 1 ? new Uint8Array(buffer) : new Uint16Array(buffer);
    return new Pixels({ width, height, values }, bits);
  }

  /**
   * The value of a pixel; null outside the film.
   *
   * @param {number} x
   * @param {number} y
   */
  at(x, y) {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) {
      return null;
    }
    return this.#levels[0]?.values[Math.floor(y) * this.width + Math.floor(x)] ?? null;
  }

  /**
   * The value below which a share of the pixels lies.
   *
   * @param {number} share from 0 to 1
   */
  quantile(share) {
    const wanted = share * this.width * this.height;
    let sum = 0;
    for (let value = 0; value <= this.max; value += 1) {
      sum += this.#histogram[value] ?? 0;
      if (sum >= wanted && sum > 0) {
        return value;
      }
    }
    return this.max;
  }

  /**
   * The film at 1 / 2^depth of its size, or at the smallest size there is.
   *
   * @param {number} depth from 0
   * @returns {Level}
   */
  level(depth) {
    let level = /** @type {Level} */ (this.#levels[0]);
    for (let index = 1; index <= depth; index += 1) {
      if (Math.min(level.width, level.height) < 64) {
        return level;
      }
      const smaller = this.#levels[index] ?? halved(level);
      this.#levels[index] = smaller;
      level = smaller;
    }
    return level;
  }
}

/**
 * @param {Level} level
 * @returns {Level}
 */
function halved({ width, height, values }) {
  const half = { width: width >> 1, height: height >> 1 };
  const smaller =
    values instanceof Uint8Array
      ? new Uint8Array(half.width * half.height)
      : new Uint16Array(half.width * half.height);
  for (let y = 0; y < half.height; y += 1) {
    let above = 2 * y * width;
    let below = above + width;
    const end = (y + 1) * half.width;
    for (let target = y * half.width; target < end; target += 1) {
      smaller[target] =
        (/** @type {number} */ (values[above]) +
          /** @type {number} */ (values[above + 1]) +
          /** @type {number} */ (values[below]) +
          /** @type {number} */ (values[below + 1]) +
          2) >>
        2;
      above += 2;
      below += 2;
    }
  }
  return { ...half, values: smaller };
}
