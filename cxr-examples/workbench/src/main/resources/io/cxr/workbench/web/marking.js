// Marking a case right or wrong.

import { announce, toastFailure } from './announce.js';

/** @typedef {import('./types.js').Case} Case */
/** @typedef {import('./types.js').Mark} Mark */

/** @type {Mark} */
export const NO_MARK = { verdict: null, labels: null, remark: '' };

/**
 * The last change of each case that is on its way. The server keeps a mark as a whole, so one
 * change waits for the one before it, which it would undo.
 *
 * @type {Map<string, Promise<void>>}
 */
const saving = new Map();

/**
 * @param {Pick<import('./types.js').Context, 'api' | 'cases'>} context
 * @param {Case} item
 * @param {(current: Mark) => Partial<Mark>} change
 * @param {string | undefined} model whose answer is right or wrong
 */
export async function mark(context, item, change, model) {
  const before = saving.get(item.id) ?? Promise.resolve();
  const saved = before.then(() => save(context, item, change, model));
  saving.set(item.id, saved);
  await saved;
  if (saving.get(item.id) === saved) {
    saving.delete(item.id);
  }
}

/**
 * @param {Pick<import('./types.js').Context, 'api' | 'cases'>} context
 * @param {Case} item
 * @param {(current: Mark) => Partial<Mark>} change
 * @param {string | undefined} model
 */
async function save({ api, cases }, item, change, model) {
  const current = (cases.get(item.id) ?? item).mark ?? NO_MARK;
  /** @type {Mark} */
  const wanted = { ...current, ...change(current) };
  try {
    const kept = await api.put(`/api/cases/${item.id}/mark`, { ...wanted, model });
    cases.put([{ ...(cases.get(item.id) ?? item), mark: kept ?? wanted }]);
    announce(wanted.verdict === null ? 'Mark removed' : `Marked ${wanted.verdict}`);
  } catch (failure) {
    toastFailure(failure);
  }
}

/**
 * Marks with a verdict, or takes it back if it is there already. Labels are not kept: those of a
 * right answer are the model's, those of a wrong one are still to be named.
 *
 * @param {Pick<import('./types.js').Context, 'api' | 'cases'>} context
 * @param {Case} item
 * @param {'right' | 'wrong'} verdict
 * @param {string | undefined} model whose answer is right or wrong
 */
export function toggleMark(context, item, verdict, model) {
  return mark(
    context,
    item,
    (current) => ({ verdict: current.verdict === verdict ? null : verdict, labels: null }),
    model,
  );
}
