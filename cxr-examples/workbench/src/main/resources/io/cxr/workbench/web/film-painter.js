// What a viewer draws: a film through its window, and over it the heatmap, outlines and the
// magnifier.

import { Raster } from './raster.js';

/** @typedef {import('./pixels.js').Pixels} Pixels */
/** @typedef {import('./types.js').Outline} Outline */
/** @typedef {import('./viewer.js').View} View */

/** @typedef {{x: number, y: number, width: number, height: number}} Region in pixels of the film */

const LENS_RADIUS = 110;
const LENS_FACTOR = 2.5;

export class FilmPainter {
  #canvas;
  /** @type {Pixels | null} */
  #pixels = null;
  /** @type {Raster | null} */
  #raster = null;
  /** @type {{canvas: HTMLCanvasElement, region: Region} | null} */
  #heatmap = null;
  #opacity = 0;
  /** @type {Outline[]} */
  #outlines = [];

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
  }

  get pixels() {
    return this.#pixels;
  }

  /** @param {Pixels} pixels */
  showPixels(pixels) {
    this.#pixels = pixels;
    this.#raster = new Raster(pixels);
  }

  /**
   * @param {HTMLCanvasElement | null} canvas null to take the heatmap away
   * @param {Region} region
   */
  showHeatmap(canvas, region) {
    this.#heatmap = canvas ? { canvas, region } : null;
  }

  /** @param {number} opacity from 0 to 1 */
  showOpacity(opacity) {
    this.#opacity = opacity;
  }

  /** @param {Outline[]} outlines in pixels of the film */
  showOutlines(outlines) {
    this.#outlines = outlines;
  }

  /** Pixels of the screen for one of the film where the whole film is seen. */
  get fitScale() {
    const pixels = this.#pixels;
    if (!pixels) {
      return 1;
    }
    return Math.min(this.#canvas.width / pixels.width, this.#canvas.height / pixels.height) || 1;
  }

  /**
   * Pixels of the screen for one of the film.
   *
   * @param {View} view
   */
  scaleOf(view) {
    return view.zoom * this.fitScale;
  }

  /**
   * @param {View} view
   * @param {boolean} dragging whether speed counts more than how it looks
   */
  paint(view, dragging) {
    const context = this.#canvas.getContext('2d', { alpha: false });
    if (!context) {
      return;
    }
    const { width, height } = this.#canvas;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = '#000';
    context.fillRect(0, 0, width, height);
    if (!this.#pixels) {
      return;
    }
    const scale = this.scaleOf(view);
    const left = width / 2 - view.x * scale;
    this.#drawFilm(context, scale, left, height / 2 - view.y * scale, view, dragging);
    if (view.magnifier) {
      this.#drawLens(context, view, dragging);
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} scale
   * @param {number} left of the film on the canvas
   * @param {number} top
   * @param {View} view
   * @param {boolean} dragging
   */
  #drawFilm(context, scale, left, top, view, dragging) {
    const pixels = this.#pixels;
    const raster = this.#raster;
    if (!pixels || !raster) {
      return;
    }
    const film = raster.draw(view.window, view.inverted, this.scaleOf(view), dragging);
    context.imageSmoothingEnabled = scale < 6;
    context.imageSmoothingQuality = 'high';
    context.drawImage(film, left, top, pixels.width * scale, pixels.height * scale);
    context.imageSmoothingEnabled = true;
    if (this.#heatmap && this.#opacity > 0) {
      const { canvas, region } = this.#heatmap;
      context.globalAlpha = this.#opacity;
      context.drawImage(
        canvas,
        left + region.x * scale,
        top + region.y * scale,
        region.width * scale,
        region.height * scale,
      );
      context.globalAlpha = 1;
    }
    for (const outline of this.#outlines) {
      traceOutline(context, outline, scale, left, top);
      // Dark below light, so that it is seen on lung and bone.
      context.lineWidth = 3 * window.devicePixelRatio;
      context.strokeStyle = 'rgb(0 0 0 / 60%)';
      context.stroke();
      context.lineWidth = 1.4 * window.devicePixelRatio;
      context.strokeStyle = '#7fe0d0';
      context.stroke();
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {View} view
   * @param {boolean} dragging
   */
  #drawLens(context, view, dragging) {
    const own = this.scaleOf(view);
    const point = view.pointer ?? { x: view.x, y: view.y };
    const { width, height } = this.#canvas;
    const centerX = width / 2 + (point.x - view.x) * own;
    const centerY = height / 2 + (point.y - view.y) * own;
    const radius = Math.min(LENS_RADIUS * window.devicePixelRatio, width / 3, height / 3);
    const scale = own * LENS_FACTOR;
    context.save();
    context.beginPath();
    context.arc(centerX, centerY, radius, 0, 2 * Math.PI);
    context.clip();
    context.fillStyle = '#000';
    context.fillRect(centerX - radius, centerY - radius, 2 * radius, 2 * radius);
    const left = centerX - point.x * scale;
    this.#drawFilm(context, scale, left, centerY - point.y * scale, view, dragging);
    context.restore();
    context.beginPath();
    context.arc(centerX, centerY, radius, 0, 2 * Math.PI);
    context.lineWidth = 2 * window.devicePixelRatio;
    context.strokeStyle = '#9aa6b2';
    context.stroke();
  }
}

/**
 * Traces a closed outline with a curve through the middles of its sides, since its corners are
 * those of the mask's pixels.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Outline} outline
 * @param {number} scale
 * @param {number} left
 * @param {number} top
 */
function traceOutline(context, outline, scale, left, top) {
  const middle = (/** @type {number} */ index) => {
    const [x, y] = corner(outline, index);
    const [nextX, nextY] = corner(outline, index + 1);
    return /** @type {const} */ ([
      left + ((x + nextX) / 2) * scale,
      top + ((y + nextY) / 2) * scale,
    ]);
  };
  context.beginPath();
  context.moveTo(...middle(0));
  for (let index = 1; index <= outline.length; index += 1) {
    const [x, y] = corner(outline, index);
    context.quadraticCurveTo(left + x * scale, top + y * scale, ...middle(index));
  }
  context.closePath();
}

/**
 * @param {Outline} outline
 * @param {number} index which may run over the end
 */
function corner(outline, index) {
  return outline[index % outline.length] ?? /** @type {const} */ ([0, 0]);
}
