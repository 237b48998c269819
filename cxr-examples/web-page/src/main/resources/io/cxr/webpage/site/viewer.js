// Shows one radiograph in a canvas: window and level, inversion, size, and a heatmap above it.

/** Larger canvases are shown by the device, not drawn: no screen has more pixels. */
const LONGEST_SIDE = 4096;

/** A heatmap is drawn with this many pixels at its longer side and smoothed by the canvas. */
const SIZES = [0.25, 0.5, 1, 1.5, 2, 3, 4];

export class Viewer {
  #canvas;
  #stage;
  #base = document.createElement("canvas");
  #heat = document.createElement("canvas");
  #film = null;
  #size = 1;
  #pending = false;
  /** Level and window as shares of the range of gray. */
  window = { level: 0.5, width: 1, invert: false };
  heatmap = { shown: true, label: 0, opacity: 0.55, colours: new Uint8Array(768) };

  constructor(canvas, stage) {
    this.#canvas = canvas;
    this.#stage = stage;
    new ResizeObserver(() => this.#fit()).observe(stage);
  }

  /** Shows a film with its pixels; null for none. */
  show(film) {
    this.#film = film;
    this.#canvas.hidden = film === null;
    if (film !== null) {
      this.#fit();
      this.draw();
    }
  }

  /** One step larger (1) or smaller (-1), or as it fits (0). */
  resize(step) {
    const at = SIZES.indexOf(this.#size);
    this.#size = step === 0 ? 1 : SIZES[Math.max(0, Math.min(SIZES.length - 1, at + step))];
    this.#fit();
  }

  #fit() {
    if (this.#film === null) {
      return;
    }
    const { rows, columns } = this.#film;
    const room = this.#stage.getBoundingClientRect();
    const scale = this.#size * Math.min(room.width / columns, room.height / rows);
    this.#canvas.style.width = `${Math.floor(columns * scale)}px`;
    this.#canvas.style.height = `${Math.floor(rows * scale)}px`;
  }

  /** Draws with the next frame. */
  draw() {
    if (!this.#pending) {
      this.#pending = true;
      requestAnimationFrame(() => {
        this.#pending = false;
        if (this.#film !== null) {
          this.#drawNow();
        }
      });
    }
  }

  #drawNow() {
    const { rows, columns } = this.#film;
    const step = Math.max(1, Math.ceil(Math.max(rows, columns) / LONGEST_SIDE));
    const height = Math.ceil(rows / step);
    const width = Math.ceil(columns / step);
    this.#drawBase(width, height, step);
    this.#canvas.width = width;
    this.#canvas.height = height;
    const pen = this.#canvas.getContext("2d");
    pen.drawImage(this.#base, 0, 0);
    const maps = this.#film.answer?.heatmaps;
    if (maps && this.heatmap.shown && this.#film.answer.refusal === 0) {
      this.#drawHeat(maps);
      const [top, left, regionRows, regionColumns] = this.#film.answer.region;
      pen.imageSmoothingEnabled = true;
      pen.imageSmoothingQuality = "high";
      pen.drawImage(
        this.#heat, left / step, top / step, regionColumns / step, regionRows / step);
    }
  }

  #drawBase(width, height, step) {
    const { pixels, bits, columns } = this.#film;
    const levels = 2 ** bits;
    const table = new Uint8Array(levels);
    const low = (this.window.level - this.window.width / 2) * (levels - 1);
    const scale = 255 / Math.max(1, this.window.width * (levels - 1));
    for (let i = 0; i < levels; i++) {
      const value = Math.max(0, Math.min(255, Math.round((i - low) * scale)));
      table[i] = this.window.invert ? 255 - value : value;
    }
    this.#base.width = width;
    this.#base.height = height;
    const pen = this.#base.getContext("2d");
    const image = pen.createImageData(width, height);
    const words = new Uint32Array(image.data.buffer);
    for (let y = 0, to = 0; y < height; y++) {
      for (let x = 0, from = y * step * columns; x < width; x++, from += step) {
        words[to++] = 0xff000000 | table[pixels[from]] * 0x10101;
      }
    }
    pen.putImageData(image, 0, 0);
  }

  #drawHeat(maps) {
    const { rows, columns } = maps;
    const values = maps.values[this.heatmap.label];
    // Interpolated before it is coloured, as in Java: colours in between would be none of the map's.
    const side = 16;
    const height = rows * side;
    const width = columns * side;
    this.#heat.width = width;
    this.#heat.height = height;
    const pen = this.#heat.getContext("2d");
    const image = pen.createImageData(width, height);
    for (let y = 0, at = 0; y < height; y++) {
      const row = Math.max(0, Math.min(rows - 1, (y + 0.5) / side - 0.5));
      const top = Math.min(Math.floor(row), Math.max(0, rows - 2));
      const down = row - top;
      for (let x = 0; x < width; x++, at += 4) {
        const column = Math.max(0, Math.min(columns - 1, (x + 0.5) / side - 0.5));
        const left = Math.min(Math.floor(column), Math.max(0, columns - 2));
        const across = column - left;
        const below = Math.min(rows - 1, top + 1) * columns;
        const right = Math.min(columns - 1, left + 1);
        const value = (1 - down)
            * ((1 - across) * values[top * columns + left] + across * values[top * columns + right])
          + down * ((1 - across) * values[below + left] + across * values[below + right]);
        const level = 3 * Math.round(255 * value);
        image.data[at] = this.heatmap.colours[level];
        image.data[at + 1] = this.heatmap.colours[level + 1];
        image.data[at + 2] = this.heatmap.colours[level + 2];
        image.data[at + 3] = Math.round(255 * this.heatmap.opacity * value);
      }
    }
    pen.putImageData(image, 0, 0);
  }
}
