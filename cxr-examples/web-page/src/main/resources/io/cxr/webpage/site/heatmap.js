// What is shown of an activation map: the film's part of it, from 0 to 1.

/** As a heatmap is shown: negative values are 0, the greatest is 1. */
export function normalised(values) {
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  return most > 0 ? values.map((value) => Math.max(0, value) / most) : values.map(() => 0);
}

/** The two cells around a place between the middles of cells, and how far it is from the first. */
function around(place, count) {
  const first = Math.max(0, Math.min(count - 1, Math.floor(place)));
  return {
    first,
    second: Math.min(count - 1, first + 1),
    share: Math.max(0, Math.min(1, place - first)),
  };
}

/**
 * What a map shows of the film where the model pads its input: as many cells, of that part,
 * interpolated linearly.
 *
 * @param {Float32Array} map values row by row
 * @param {number} rows
 * @param {number} columns
 * @param {number[]} visible the part's top, left, bottom and right, from 0 to 1 of the map
 */
export function visiblePart(map, rows, columns, [top, left, bottom, right]) {
  if (top === 0 && left === 0 && bottom === 1 && right === 1) {
    return map;
  }
  const part = new Float32Array(map.length);
  for (let row = 0; row < rows; row++) {
    const y = around((top + (bottom - top) * (row + 0.5) / rows) * rows - 0.5, rows);
    for (let column = 0; column < columns; column++) {
      const x = around(
        (left + (right - left) * (column + 0.5) / columns) * columns - 0.5, columns);
      const along = (line) =>
        map[line * columns + x.first] * (1 - x.share) + map[line * columns + x.second] * x.share;
      part[row * columns + column] = along(y.first) * (1 - y.share) + along(y.second) * y.share;
    }
  }
  return part;
}
