// A heatmap as a canvas: its values are interpolated first and coloured then, so that every colour
// is one of the map.

/** @typedef {import('./types.js').HeatmapGrid} HeatmapGrid */
/** @typedef {import('./types.js').ColorMap} ColorMap */

const LONGEST = 448;

/**
 * @param {HeatmapGrid} grid
 * @param {ColorMap} colors
 */
export function heatmapCanvas(grid, colors) {
  const factor = Math.max(1, Math.floor(LONGEST / Math.max(grid.rows, grid.columns)));
  const width = grid.columns * factor;
  const height = grid.rows * factor;
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  const image = context.createImageData(width, height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const value = bilinear(grid, (x + 0.5) / factor - 0.5, (y + 0.5) / factor - 0.5);
      const level = Math.max(0, Math.min(255, Math.round(value * 255)));
      const [red, green, blue] = colors[level] ?? [0, 0, 0];
      const at = 4 * (y * width + x);
      image.data[at] = red;
      image.data[at + 1] = green;
      image.data[at + 2] = blue;
      image.data[at + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/**
 * @param {HeatmapGrid} grid
 * @param {number} x
 * @param {number} y
 */
function bilinear({ rows, columns, values }, x, y) {
  const left = Math.max(0, Math.min(columns - 1, Math.floor(x)));
  const top = Math.max(0, Math.min(rows - 1, Math.floor(y)));
  const right = Math.min(columns - 1, left + 1);
  const bottom = Math.min(rows - 1, top + 1);
  const across = Math.max(0, Math.min(1, x - left));
  const down = Math.max(0, Math.min(1, y - top));
  const at = (/** @type {number} */ row, /** @type {number} */ column) =>
    values[row * columns + column] ?? 0;
  return (
    (1 - down) * ((1 - across) * at(top, left) + across * at(top, right)) +
    down * ((1 - across) * at(bottom, left) + across * at(bottom, right))
  );
}

/**
 * The scale of a colour map, from 0 on the left to 1 on the right.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {ColorMap} colors
 */
export function drawScale(canvas, colors) {
  canvas.width = 256;
  canvas.height = 1;
  const context = canvas.getContext('2d');
  for (const [index, [red, green, blue]] of colors.entries()) {
    if (context) {
      context.fillStyle = `rgb(${red} ${green} ${blue})`;
      context.fillRect(index, 0, 1, 1);
    }
  }
}
