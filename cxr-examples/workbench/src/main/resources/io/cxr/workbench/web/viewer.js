// The canvas that shows one film in a view: window, zoom, pan and magnifier, with heatmap and
// outlines. What else is around it is the toolbar's.

import { h } from './dom.js';
import { FilmGestures } from './film-gestures.js';
import { FilmPainter } from './film-painter.js';
import { bounded, fullWindow, presetWindow } from './gray-window.js';

/** @typedef {import('./pixels.js').Pixels} Pixels */
/** @typedef {import('./gray-window.js').GrayWindow} GrayWindow */
/** @typedef {import('./types.js').Outline} Outline */

/**
 * What two viewers share.
 *
 * @typedef {object} View
 * @property {number} x the point of the film in the middle of the viewer
 * @property {number} y
 * @property {number} zoom relative to the whole film in the viewer, so that viewers of different
 *     sizes show the same
 * @property {GrayWindow} window
 * @property {boolean} inverted
 * @property {boolean} magnifier
 * @property {{x: number, y: number} | null} pointer the point of the film under the pointer
 */

const LEAST_ZOOM = 0.25;
const MOST_SCALE = 20;
const STEP = 1.25;

export class Viewer {
  /** @type {'window' | 'move'} what dragging does */
  tool = 'window';
  /** @type {(view: View) => void} called when the user changes the view */
  onView = () => {};
  /** @type {(text: string) => void} called with the value under the pointer, '' outside */
  onValue = () => {};

  #canvas = h('canvas', {});
  #painter = new FilmPainter(this.#canvas);
  #gestures;
  /** @type {View} */
  #view = {
    x: 0,
    y: 0,
    zoom: 1,
    window: { center: 128, width: 256 },
    inverted: false,
    magnifier: false,
    pointer: null,
  };
  #frame = 0;

  /**
   * @param {string} label what a screen reader calls it
   * @param {AbortSignal} signal
   */
  constructor(label, signal) {
    this.element = h(
      'div',
      {
        class: 'viewer',
        tabindex: 0,
        // Its keys are its own: arrows, plus, minus.
        role: 'application',
        'aria-label': label,
        'aria-roledescription': 'radiograph',
      },
      this.#canvas,
    );
    const observer = new ResizeObserver(() => this.#resize());
    observer.observe(this.element);
    signal.addEventListener('abort', () => observer.disconnect(), { once: true });
    this.#gestures = new FilmGestures(this);
  }

  /** @param {Pixels} pixels */
  showPixels(pixels) {
    this.#painter.showPixels(pixels);
    this.#view = {
      ...this.#view,
      x: pixels.width / 2,
      y: pixels.height / 2,
      zoom: 1,
      window: fullWindow(pixels),
    };
    this.#changed();
  }

  get pixels() {
    return this.#painter.pixels;
  }

  get view() {
    return this.#view;
  }

  /**
   * Takes over a view without telling of it.
   *
   * @param {View} view
   */
  follow(view) {
    this.#view = { ...view };
    this.draw();
  }

  /** @param {Partial<View>} change */
  change(change) {
    const { pixels } = this;
    const view = { ...this.#view, ...change };
    if (pixels) {
      view.window = bounded(view.window, pixels);
      const most = MOST_SCALE / this.#painter.fitScale;
      view.zoom = Math.max(LEAST_ZOOM, Math.min(Math.max(most, 1), view.zoom));
      view.x = Math.max(0, Math.min(pixels.width, view.x));
      view.y = Math.max(0, Math.min(pixels.height, view.y));
    }
    this.#view = view;
    this.#changed();
  }

  /** @param {string} id of a preset; another for the window of the file */
  preset(id) {
    if (this.pixels) {
      this.change({ window: presetWindow(this.pixels, id) });
    }
  }

  fit() {
    if (this.pixels) {
      this.change({ x: this.pixels.width / 2, y: this.pixels.height / 2, zoom: 1 });
    }
  }

  /** One pixel of the film for one of the screen. */
  actualSize() {
    this.change({ zoom: 1 / this.#painter.fitScale });
  }

  /** @param {number} factor */
  zoomBy(factor) {
    this.change({ zoom: this.#view.zoom * factor });
  }

  /** Pixels of the screen for one of the film. */
  get scale() {
    return this.#painter.scaleOf(this.#view);
  }

  /**
   * @param {HTMLCanvasElement | null} canvas null to take the heatmap away
   * @param {import('./film-painter.js').Region} region
   */
  showHeatmap(canvas, region) {
    this.#painter.showHeatmap(canvas, region);
    this.draw();
  }

  /** @param {number} opacity from 0 to 1 */
  showOpacity(opacity) {
    this.#painter.showOpacity(opacity);
    this.draw();
  }

  /** @param {Outline[]} outlines in pixels of the film */
  showOutlines(outlines) {
    this.#painter.showOutlines(outlines);
    this.draw();
  }

  #changed() {
    this.draw();
    this.onView(this.#view);
  }

  #resize() {
    const ratio = window.devicePixelRatio;
    this.#canvas.width = Math.max(1, Math.round(this.element.clientWidth * ratio));
    this.#canvas.height = Math.max(1, Math.round(this.element.clientHeight * ratio));
    // At once, since a canvas is empty after a change of size.
    this.#drawNow();
    if (this.pixels) {
      this.onView(this.#view);
    }
  }

  draw() {
    if (this.#frame === 0) {
      this.#frame = requestAnimationFrame(() => this.#drawNow());
    }
  }

  #drawNow() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#painter.paint(this.#view, this.#gestures.dragging);
  }

  /**
   * The point of the film under a point of the window.
   *
   * @param {{clientX: number, clientY: number}} event
   */
  filmPoint(event) {
    const box = this.element.getBoundingClientRect();
    const ratio = window.devicePixelRatio;
    return {
      x: this.#view.x + ((event.clientX - box.left) * ratio - this.#canvas.width / 2) / this.scale,
      y: this.#view.y + ((event.clientY - box.top) * ratio - this.#canvas.height / 2) / this.scale,
    };
  }

  /**
   * The shortcuts of the picture, wherever the focus is in the page.
   *
   * @param {string} key
   * @returns {boolean} whether the key was one
   */
  shortcut(key) {
    const actions = /** @type {Record<string, () => void>} */ ({
      '+': () => this.zoomBy(STEP),
      '=': () => this.zoomBy(STEP),
      '-': () => this.zoomBy(1 / STEP),
      f: () => this.fit(),
      1: () => this.actualSize(),
      a: () => this.preset('auto'),
      0: () => this.preset('file'),
      i: () => this.change({ inverted: !this.#view.inverted }),
      m: () => this.change({ magnifier: !this.#view.magnifier }),
    });
    const action = actions[key];
    action?.();
    return action !== undefined;
  }
}
