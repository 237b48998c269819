// What pointers, the wheel and arrow keys do to the view of a film: window, zoom and pan.

/** @typedef {import('./viewer.js').Viewer} Viewer */

export class FilmGestures {
  #viewer;
  #dragging = false;
  /** @type {Map<number, {x: number, y: number}>} */
  #pointers = new Map();

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.#viewer = viewer;
    const box = viewer.element;
    box.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    box.addEventListener('pointerdown', (event) => this.#down(event));
    box.addEventListener('pointermove', (event) => this.#move(event));
    for (const type of /** @type {const} */ (['pointerup', 'pointercancel'])) {
      box.addEventListener(type, (event) => this.#up(event));
    }
    box.addEventListener('pointerleave', () => this.#leave());
    box.addEventListener('dblclick', () => viewer.fit());
    box.addEventListener('contextmenu', (event) => event.preventDefault());
    box.addEventListener('keydown', (event) => this.#key(event));
  }

  /** Whether the view changes with each movement. */
  get dragging() {
    return this.#dragging;
  }

  /**
   * Zooms and keeps the point under the pointer where it is.
   *
   * @param {{clientX: number, clientY: number}} event
   * @param {number} factor
   */
  #zoomAt(event, factor) {
    const before = this.#viewer.filmPoint(event);
    this.#viewer.zoomBy(factor);
    const after = this.#viewer.filmPoint(event);
    const { x, y } = this.#viewer.view;
    this.#viewer.change({ x: x + before.x - after.x, y: y + before.y - after.y });
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    event.preventDefault();
    // Lines and pages become about as many pixels.
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : 30;
    this.#zoomAt(event, Math.exp(Math.max(-200, Math.min(200, -event.deltaY * unit)) * 0.0022));
  }

  /** @param {PointerEvent} event */
  #down(event) {
    this.#viewer.element.focus({ preventScroll: true });
    this.#viewer.element.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (event.button === 1) {
      // The middle button pans; without this the browser scrolls.
      event.preventDefault();
    }
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const point = this.#viewer.filmPoint(event);
    this.#tellValue(point);
    const last = this.#pointers.get(event.pointerId);
    if (!last) {
      if (this.#viewer.view.magnifier) {
        this.#viewer.change({ pointer: point });
      }
      return;
    }
    const now = { x: event.clientX, y: event.clientY };
    const others = [...this.#pointers].filter(([id]) => id !== event.pointerId);
    const other = others[0]?.[1];
    this.#pointers.set(event.pointerId, now);
    this.#dragging = true;
    if (other) {
      this.#pinch(last, now, other);
    } else if (this.#viewer.tool === 'move' || event.buttons !== 1 || event.shiftKey) {
      this.#pan(now.x - last.x, now.y - last.y);
    } else {
      this.#dragWindow(now.x - last.x, now.y - last.y);
    }
    if (this.#viewer.view.magnifier) {
      this.#viewer.change({ pointer: this.#viewer.filmPoint(event) });
    }
  }

  /**
   * @param {{x: number, y: number}} last
   * @param {{x: number, y: number}} now
   * @param {{x: number, y: number}} other
   */
  #pinch(last, now, other) {
    const before = Math.hypot(last.x - other.x, last.y - other.y);
    const after = Math.hypot(now.x - other.x, now.y - other.y);
    this.#pan((now.x - last.x) / 2, (now.y - last.y) / 2);
    if (before > 0) {
      this.#zoomAt(
        { clientX: (now.x + other.x) / 2, clientY: (now.y + other.y) / 2 },
        after / before,
      );
    }
  }

  /**
   * @param {number} right in pixels of the page
   * @param {number} down
   */
  #pan(right, down) {
    const unit = window.devicePixelRatio / this.#viewer.scale;
    const { x, y } = this.#viewer.view;
    this.#viewer.change({ x: x - right * unit, y: y - down * unit });
  }

  /**
   * Right widens, down brightens, as workstations do.
   *
   * @param {number} right in pixels of the page
   * @param {number} down
   */
  #dragWindow(right, down) {
    const pixels = this.#viewer.pixels;
    if (!pixels) {
      return;
    }
    const { center, width } = this.#viewer.view.window;
    const unit = (pixels.max + 1) / 512;
    this.#viewer.change({ window: { center: center - down * unit, width: width + right * unit } });
  }

  /** @param {PointerEvent} event */
  #up(event) {
    this.#pointers.delete(event.pointerId);
    if (this.#dragging && this.#pointers.size === 0) {
      this.#dragging = false;
      this.#viewer.draw();
    }
  }

  #leave() {
    this.#viewer.onValue('');
    if (this.#viewer.view.magnifier && this.#viewer.view.pointer) {
      this.#viewer.change({ pointer: null });
    }
  }

  /** @param {{x: number, y: number}} point */
  #tellValue({ x, y }) {
    const value = this.#viewer.pixels?.at(x, y) ?? null;
    this.#viewer.onValue(value === null ? '' : `x ${Math.floor(x)}  y ${Math.floor(y)}  value ${value}`);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const arrows = /** @type {Record<string, [number, number]>} */ ({
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    });
    const arrow = arrows[event.key];
    if (!arrow) {
      return;
    }
    event.preventDefault();
    const [right, down] = arrow;
    if (event.shiftKey) {
      this.#dragWindow(right * 8, down * 8);
    } else {
      this.#pan(-right * 40, -down * 40);
    }
  }
}
