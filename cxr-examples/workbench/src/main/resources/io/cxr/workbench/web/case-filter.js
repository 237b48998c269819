// What the list shows and in which order. Pure functions of the cases, so that they are easy to
// follow; the state lives as long as the window, for the way back from a case.

import { positiveLabels } from './operating-points.js';

/** @typedef {import('./types.js').Case} Case */
/** @typedef {import('./types.js').Answer} Answer */
/** @typedef {import('./operating-points.js').Aim} Aim */

/** @typedef {'added' | 'name' | 'answer' | 'probability' | 'decision' | 'novelty' | 'second' | 'mark'} SortKey */

/**
 * @typedef {object} Lens how the cases are looked at
 * @property {string} model
 * @property {string | null} second the second model, to compare
 * @property {Aim | null} aim
 * @property {Aim | null} secondAim that of the second model
 * @property {string | null} finding the label of the probabilities; null for the top label of each
 */

/**
 * @typedef {object} Filter
 * @property {string} text
 * @property {string} label top label, or ''
 * @property {string} state 'done', 'refused', 'failed', 'waiting' or ''
 * @property {string} decision 'any', 'none', a label, or ''
 * @property {string} mark 'right', 'wrong', 'unmarked', or ''
 * @property {boolean} disagreement only where the two models differ
 */

/** @typedef {{key: SortKey, descending: boolean}} Sort */

/** @returns {Filter} */
export function noFilter() {
  return { text: '', label: '', state: '', decision: '', mark: '', disagreement: false };
}

/** @param {Filter} filter */
export function isFiltering(filter) {
  return Object.values(filter).some((value) => value !== '' && value !== false);
}

/**
 * What the model answered, in a word: the label, or the one measurement.
 *
 * @param {Answer | undefined} answer
 */
export function topLabel(answer) {
  return answer?.state === 'done' ? (answer.top?.label ?? '') : '';
}

/**
 * The probability of the finding, or of the top label; null where there is none.
 *
 * @param {Answer | undefined} answer
 * @param {string | null} finding
 */
export function probabilityOf(answer, finding) {
  if (answer?.state !== 'done') {
    return null;
  }
  return finding === null
    ? (answer.top?.probability ?? null)
    : (answer.result?.probabilities?.[finding] ?? null);
}

/** @param {Answer | undefined} answer */
export function noveltyOf(answer) {
  return answer?.result?.novelty?.score ?? null;
}

/**
 * Whether two models differ: one refuses, or the labels on top differ; of findings, which have no
 * one label, whether a finding that both know reaches its threshold.
 *
 * @param {Case} item
 * @param {Lens} lens
 */
export function disagree(item, lens) {
  const first = item.answers[lens.model];
  const second = lens.second === null ? undefined : item.answers[lens.second];
  if (!first || !second || !isOver(first) || !isOver(second)) {
    return false;
  }
  if (first.state !== second.state) {
    return true;
  }
  if (isOfFindings(first) && isOfFindings(second) && lens.aim && lens.secondAim) {
    const known = new Set(lens.secondAim.points.map((point) => point.label));
    const common = lens.aim.points.map((point) => point.label).filter((label) => known.has(label));
    const ofFirst = positiveLabels(first, lens.aim);
    const ofSecond = positiveLabels(second, lens.secondAim);
    return common.some((label) => ofFirst?.includes(label) !== ofSecond?.includes(label));
  }
  return topLabel(first) !== topLabel(second);
}

/** @param {Answer} answer */
function isOfFindings(answer) {
  return answer.result?.task === 'findings';
}

/** @param {Answer} answer */
function isOver(answer) {
  return answer.state !== 'queued' && answer.state !== 'running';
}

/**
 * @param {Case[]} items
 * @param {Lens} lens
 * @param {Filter} filter
 * @param {Sort} sort
 * @returns {Case[]} a new array
 */
export function arranged(items, lens, filter, sort) {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = items.filter((item) => passes(item, lens, filter, words));
  const value = SORT_VALUES[sort.key];
  const keys = new Map(shown.map((item) => [item, value(item, lens)]));
  const sign = sort.descending ? -1 : 1;
  return shown.sort((a, b) => {
    const left = keys.get(a) ?? null;
    const right = keys.get(b) ?? null;
    // Cases without the value come last either way.
    if (left === null || right === null) {
      return left === right ? byName(a, b) : left === null ? 1 : -1;
    }
    const order =
      typeof left === 'number' && typeof right === 'number'
        ? left - right
        : COLLATOR.compare(String(left), String(right));
    return order === 0 ? byName(a, b) : sign * order;
  });
}

const COLLATOR = new Intl.Collator('en', { numeric: true });

/**
 * @param {Case} a
 * @param {Case} b
 */
function byName(a, b) {
  return COLLATOR.compare(`${a.folder}/${a.name}`, `${b.folder}/${b.name}`);
}

/**
 * @param {Case} item
 * @param {Lens} lens
 * @param {Filter} filter
 * @param {string[]} words
 */
function passes(item, lens, filter, words) {
  const answer = item.answers[lens.model];
  if (filter.label !== '' && topLabel(answer) !== filter.label) {
    return false;
  }
  if (filter.state !== '' && stateOf(answer) !== filter.state) {
    return false;
  }
  if (filter.mark !== '' && (item.mark?.verdict ?? 'unmarked') !== filter.mark) {
    return false;
  }
  if (filter.disagreement && !disagree(item, lens)) {
    return false;
  }
  if (filter.decision !== '' && !decidedAs(answer, lens.aim, filter.decision)) {
    return false;
  }
  if (words.length > 0) {
    const text =
      `${item.folder}/${item.name} ${topLabel(answer)} ${item.mark?.remark ?? ''}`.toLowerCase();
    return words.every((word) => text.includes(word));
  }
  return true;
}

/**
 * @param {Answer | undefined} answer
 * @param {Aim | null} aim
 * @param {string} wanted
 */
function decidedAs(answer, aim, wanted) {
  const positive = positiveLabels(answer, aim);
  if (positive === null) {
    return false;
  }
  if (wanted === 'any') {
    return positive.length > 0;
  }
  return wanted === 'none' ? positive.length === 0 : positive.includes(wanted);
}

/** @param {Answer | undefined} answer */
function stateOf(answer) {
  return !answer || !isOver(answer) ? 'waiting' : answer.state;
}

const STATE_ORDER = { done: 0, running: 1, queued: 2, refused: 3, failed: 4 };

/** @type {Record<SortKey, (item: Case, lens: Lens) => number | string | null>} */
const SORT_VALUES = {
  added: (item) => item.added,
  name: (item) => `${item.folder}/${item.name}`,
  answer: (item, lens) => {
    const answer = item.answers[lens.model];
    return answer ? `${STATE_ORDER[answer.state]} ${topLabel(answer)} ${answer.reason ?? ''}` : null;
  },
  probability: (item, lens) => probabilityOf(item.answers[lens.model], lens.finding),
  decision: (item, lens) => positiveLabels(item.answers[lens.model], lens.aim)?.join(' ') ?? null,
  novelty: (item, lens) => noveltyOf(item.answers[lens.model]),
  second: (item, lens) => {
    const answer = lens.second === null ? undefined : item.answers[lens.second];
    return answer ? `${disagree(item, lens) ? 0 : 1} ${topLabel(answer)}` : null;
  },
  mark: (item) => item.mark?.verdict ?? null,
};
