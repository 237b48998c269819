// Model cards, read once each.

/** @typedef {import('./types.js').Interval} Interval */

/**
 * What the case view uses of a card; the card's page shows all of it.
 *
 * @typedef {object} Card
 * @property {CardThreshold[]} [thresholds]
 * @property {{alpha: number, labels: Record<string, {least: number}>}} [conformal]
 * @property {Record<string, unknown>} [rest]
 */

/**
 * @typedef {object} CardThreshold
 * @property {string} label
 * @property {string} aim
 * @property {number} [target]
 * @property {number} threshold
 * @property {Interval} [sensitivity]
 * @property {Interval} [specificity]
 */

/** @type {Map<string, Promise<Card>>} */
const cards = new Map();

/**
 * @param {import('./api.js').Api} api
 * @param {string} model the model's id
 * @returns {Promise<Card>}
 */
export function loadCard(api, model) {
  const known = cards.get(model);
  if (known) {
    return known;
  }
  const loading = /** @type {Promise<Card>} */ (
    api.get(`/api/models/${encodeURIComponent(model)}/card`)
  );
  cards.set(model, loading);
  loading.catch(() => cards.delete(model));
  return loading;
}
