// Window and level: which gray values become black and white (DICOM PS3.3, C.11.2.1.2).

/** @typedef {import('./pixels.js').Pixels} Pixels */

/** @typedef {{center: number, width: number}} GrayWindow in values of the film */

/**
 * Windows that a user chooses by name. A film has no absolute scale as a CT has, so each is between
 * two quantiles of its own values.
 *
 * @type {{id: string, text: string, low: number, high: number}[]}
 */
export const PRESETS = [
  { id: 'auto', text: 'Automatic', low: 0.01, high: 0.99 },
  { id: 'lungs', text: 'Lungs', low: 0.02, high: 0.7 },
  { id: 'mediastinum', text: 'Mediastinum', low: 0.45, high: 0.999 },
  { id: 'bones', text: 'Bones and lines', low: 0.3, high: 0.93 },
];

/**
 * The window of the file: all values, of which the server has applied the file's own window.
 *
 * @param {Pixels} pixels
 * @returns {GrayWindow}
 */
export function fullWindow(pixels) {
  return { center: (pixels.max + 1) / 2, width: pixels.max + 1 };
}

/**
 * @param {Pixels} pixels
 * @param {string} id
 * @returns {GrayWindow}
 */
export function presetWindow(pixels, id) {
  const preset = PRESETS.find((item) => item.id === id);
  if (!preset) {
    return fullWindow(pixels);
  }
  const low = pixels.quantile(preset.low);
  const high = Math.max(low + 1, pixels.quantile(preset.high));
  return { center: (low + high + 1) / 2, width: high - low + 1 };
}

/**
 * @param {GrayWindow} wanted
 * @param {Pixels} pixels
 * @returns {GrayWindow} within what makes sense for the film
 */
export function bounded({ center, width }, pixels) {
  return {
    center: Math.max(0, Math.min(pixels.max, center)),
    width: Math.max(1, Math.min(2 * (pixels.max + 1), width)),
  };
}

/**
 * The colour of each value, as a canvas holds it: red in the lowest byte, opaque.
 *
 * @param {GrayWindow} window
 * @param {number} max the greatest value
 * @param {boolean} inverted
 */
export function lookupTable({ center, width }, max, inverted) {
  const table = new Uint32Array(max + 1);
  const middle = center - 0.5;
  const span = Math.max(1, width - 1);
  for (let value = 0; value <= max; value += 1) {
    const share = Math.max(0, Math.min(1, (value - middle) / span + 0.5));
    const gray = Math.round((inverted ? 1 - share : share) * 255);
    table[value] = (0xff000000 | (gray << 16) | (gray << 8) | gray) >>> 0;
  }
  return table;
}
