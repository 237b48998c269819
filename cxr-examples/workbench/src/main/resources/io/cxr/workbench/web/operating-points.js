// Operating points: the thresholds of a model's card, one for each label, that were chosen for one
// aim. The user chooses the aim; the thresholds of the labels follow.

import { percent } from './format.js';

/** @typedef {import('./types.js').Model} Model */
/** @typedef {import('./types.js').Answer} Answer */
/** @typedef {import('./types.js').OperatingPoint} OperatingPoint */

/**
 * @typedef {object} Aim
 * @property {string} id such as 'sensitivity-0.95'
 * @property {string} text such as 'Sensitivity 95 %'
 * @property {OperatingPoint[]} points one for each label that has one
 */

/**
 * The aims of a model, in the order of its card.
 *
 * @param {Model | undefined} model
 * @returns {Aim[]}
 */
export function aimsOf(model) {
  /** @type {Map<string, Aim>} */
  const aims = new Map();
  for (const point of model?.operatingPoints ?? []) {
    const target = point.target ?? null;
    const id = target === null ? point.aim : `${point.aim}-${target}`;
    const word = point.aim.charAt(0).toUpperCase() + point.aim.slice(1);
    const aim = aims.get(id) ?? {
      id,
      text: target === null ? word : `${word} ${percent(target, target * 100 % 1 === 0 ? 0 : 1)}`,
      points: [],
    };
    aims.set(id, aim);
    aim.points.push(point);
  }
  return [...aims.values()];
}

/**
 * The aim with this id, else that of the session's operating point, else the first.
 *
 * @param {Model | undefined} model
 * @param {string | null} chosen
 * @param {string | null} [ofSession]
 * @returns {Aim | null}
 */
export function aimOf(model, chosen, ofSession = null) {
  const aims = aimsOf(model);
  return (
    aims.find((aim) => aim.id === chosen) ??
    aims.find(
      (aim) => aim.id === ofSession || aim.points.some((point) => point.id === ofSession),
    ) ??
    aims[0] ??
    null
  );
}

/**
 * Whether a label reaches its threshold; null without an answer or a threshold. The server's
 * decision counts, which compares unrounded numbers.
 *
 * @param {Answer | undefined} answer
 * @param {OperatingPoint | undefined} point
 * @returns {boolean | null}
 */
export function isPositive(answer, point) {
  if (!point || answer?.state !== 'done') {
    return null;
  }
  const decision = answer.decisions?.find((item) => item.id === point.id);
  if (decision) {
    return decision.positive;
  }
  const value = answer.result?.probabilities?.[point.label];
  return value === undefined ? null : value >= point.threshold;
}

/**
 * The labels that reach their threshold; null without an answer or thresholds.
 *
 * @param {Answer | undefined} answer
 * @param {Aim | null} aim
 * @returns {string[] | null}
 */
export function positiveLabels(answer, aim) {
  if (!aim || answer?.state !== 'done') {
    return null;
  }
  return aim.points.filter((point) => isPositive(answer, point)).map((point) => point.label);
}
