// Numbers and sizes in words.

/**
 * A probability as the list writes it: 0.8731.
 *
 * @param {number} value
 */
export function probability(value) {
  return value.toFixed(value < 0.0005 && value > 0 ? 4 : 3);
}

/**
 * @param {number} share from 0 to 1
 * @param {number} [digits]
 */
export function percent(share, digits = 1) {
  return `${(share * 100).toFixed(digits)} %`;
}

/** @param {number} count */
export function bytes(count) {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** @param {number} total in seconds */
export function duration(total) {
  if (total < 1) {
    return `${Math.round(total * 1000)} ms`;
  }
  if (total < 60) {
    return `${total.toFixed(total < 10 ? 1 : 0)} s`;
  }
  const minutes = Math.floor(total / 60);
  return minutes < 60
    ? `${minutes} min ${Math.round(total % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/**
 * "1 case", "2 cases".
 *
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export function plural(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}

/** @param {string} instant in ISO 8601 */
export function time(instant) {
  const date = new Date(instant);
  return Number.isNaN(date.getTime()) ? instant : date.toLocaleString();
}
