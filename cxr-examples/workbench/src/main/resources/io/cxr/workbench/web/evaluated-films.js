// The films behind a figure of an evaluation: what the model said of each, and how they open as
// cases.

import { toastFailure } from './announce.js';
import { openDialog } from './dialog.js';
import { h } from './dom.js';
import { plural, probability } from './format.js';

/** @typedef {import('./types.js').Context} Context */
/** @typedef {import('./types.js').Evaluation} Evaluation */
/** @typedef {import('./types.js').EvaluationItem} EvaluationItem */

/** Films that are opened as cases at once. */
const AT_ONCE = 50;

/**
 * Whether a film has a label; null if that is not known.
 *
 * @param {EvaluationItem} item
 * @param {string} label
 * @returns {boolean | null}
 */
export function has(item, label) {
  if (typeof item.truth === 'string') {
    return item.truth === label;
  }
  if (item.truth.includes(label)) {
    return true;
  }
  return item.absent === undefined || item.absent.includes(label) ? false : null;
}

/**
 * Labels for reading.
 *
 * @param {string | string[] | null} labels
 */
function words(labels) {
  const all = typeof labels === 'string' ? [labels] : (labels ?? []);
  return all.length === 0 ? 'none' : all.join(', ');
}

/** @param {EvaluationItem} item */
export function confidence(item) {
  return Math.max(0, ...(item.probabilities ?? []));
}

/** @param {EvaluationItem} item */
export function isWrong(item) {
  return typeof item.predicted === 'string' && has(item, item.predicted) === false;
}

/**
 * Films as a list from which they open as cases.
 *
 * @param {Context} context
 * @param {Evaluation} evaluation
 * @param {string} title
 * @param {EvaluationItem[]} items
 * @param {(item: EvaluationItem) => number} [score] the number beside each
 */
export function showFilms(context, evaluation, title, items, score = confidence) {
  const sorted = [...items].sort((a, b) => score(b) - score(a));
  /** @param {EvaluationItem} item */
  const open = (item) =>
    context.api.post(
      `/api/evaluations/${encodeURIComponent(evaluation.id)}/items/${item.n}/open`,
    );
  const openAll = h('button', { type: 'button' }, `Open all ${sorted.length} as cases`);
  openAll.hidden = sorted.length < 2 || sorted.length > AT_ONCE;
  const { element } = openDialog({
    title: `${title}: ${plural(items.length, 'film')}`,
    wide: true,
    body: [
      sorted.length === 0
        ? h('p', {}, 'No film is here.')
        : h(
            'ul',
            { class: 'entries films' },
            sorted.map((item) => {
              const button = h('button', { type: 'button', class: 'small' }, 'Open as a case');
              button.setAttribute('aria-label', `Open ${item.name} as a case`);
              button.addEventListener('click', async () => {
                button.disabled = true;
                try {
                  const made = await open(item);
                  context.cases.add([made]);
                  element.close('');
                  context.navigate(`/case/${encodeURIComponent(made.id)}`);
                } catch (failure) {
                  toastFailure(failure);
                  button.disabled = false;
                }
              });
              return h(
                'li',
                {},
                h('span', { class: 'grow' }, item.name),
                h('span', {}, `is ${words(item.truth)}`),
                item.refused
                  ? h('span', { class: 'badge refused' }, `refused: ${item.refused}`)
                  : h(
                      'span',
                      { class: 'numbers' },
                      `said ${words(item.predicted)}, ${probability(score(item))}`,
                    ),
                button,
              );
            }),
          ),
      openAll,
    ],
  });
  openAll.addEventListener('click', async () => {
    openAll.disabled = true;
    try {
      for (const [i, item] of sorted.entries()) {
        context.cases.add([await open(item)]);
        openAll.textContent = `Opened ${i + 1} of ${sorted.length}`;
      }
      element.close('');
      context.navigate('/cases');
    } catch (failure) {
      toastFailure(failure);
      openAll.disabled = false;
    }
  });
}
