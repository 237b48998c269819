// A film as a canvas, drawn anew only when its window or its size on the screen changes.

import { lookupTable } from './gray-window.js';

/** @typedef {import('./pixels.js').Pixels} Pixels */

/** More pixels than this are drawn at half the size while a window is dragged. */
const QUICK = 2_500_000;

export class Raster {
  #pixels;
  #canvas = document.createElement('canvas');
  #shown = '';
  /** @type {Uint32Array | null} */
  #table = null;
  #tableOf = '';

  /** @param {Pixels} pixels */
  constructor(pixels) {
    this.#pixels = pixels;
  }

  /**
   * @param {import('./gray-window.js').GrayWindow} window
   * @param {boolean} inverted
   * @param {number} scale pixels of the screen for one of the film
   * @param {boolean} quick whether the user drags, so that speed counts more than sharpness
   * @returns {HTMLCanvasElement} the whole film, at this or a smaller size
   */
  draw(window, inverted, scale, quick) {
    let depth = Math.max(0, Math.floor(Math.log2(1 / Math.max(scale, 1e-6)) + 0.2));
    let level = this.#pixels.level(depth);
    if (quick && level.width * level.height > QUICK) {
      depth += 1;
      level = this.#pixels.level(depth);
    }
    const table = `${window.center} ${window.width} ${inverted}`;
    const wanted = `${level.width} ${table}`;
    if (wanted === this.#shown) {
      return this.#canvas;
    }
    if (!this.#table || table !== this.#tableOf) {
      this.#table = lookupTable(window, this.#pixels.max, inverted);
      this.#tableOf = table;
    }
    const { width, height, values } = level;
    this.#canvas.width = width;
    this.#canvas.height = height;
    const context = /** @type {CanvasRenderingContext2D} */ (
      this.#canvas.getContext('2d', { alpha: false })
    );
    const image = context.createImageData(width, height);
    const colours = new Uint32Array(image.data.buffer);
    const lookup = this.#table;
    const last = lookup.length - 1;
    for (let index = 0; index < values.length; index += 1) {
      const value = /** @type {number} */ (values[index]);
      colours[index] = /** @type {number} */ (lookup[value > last ? last : value]);
    }
    context.putImageData(image, 0, 0);
    this.#shown = wanted;
    return this.#canvas;
  }
}
