// What one evaluation found: key figures, confusion matrix, curves, and figures by label.

import { confusionMatrix } from './confusion-matrix.js';
import { h } from './dom.js';
import { isWrong, showFilms } from './evaluated-films.js';
import { interval, intervals, numbers, withInterval } from './plots.js';
import { reliabilityDiagram } from './reliability-diagram.js';
import { rocCurve } from './roc-curve.js';

/** @typedef {import('./types.js').Context} Context */
/** @typedef {import('./types.js').Evaluation} Evaluation */
/** @typedef {import('./types.js').EvaluationItem} EvaluationItem */
/** @typedef {import('./types.js').Model} Model */

/** @param {Evaluation} evaluation */
function byLabel(evaluation) {
  const perLabel = evaluation.perLabel ?? [];
  if (perLabel.length === 0) {
    return null;
  }
  /** @type {['auroc' | 'sensitivity' | 'specificity', string][]} */
  const kinds = [['auroc', 'AUROC'], ['sensitivity', 'Sensitivity'], ['specificity', 'Specificity']];
  const known = kinds.filter(([key]) => perLabel.some((each) => interval(each[key]) !== null));
  return h(
    'section',
    { class: 'panel' },
    h('h2', {}, 'By label'),
    h(
      'div',
      { class: 'plots' },
      known.map(([key, name]) =>
        h(
          'figure',
          { class: 'plot-figure' },
          intervals(
            perLabel.map((each) => ({ name: each.label, value: each[key] })),
            name,
            key === 'auroc' ? 0.5 : undefined,
          ),
        ),
      ),
    ),
    numbers(
      'By label, with 95 % intervals',
      ['Label', ...known.map(([, name]) => name)],
      perLabel.map((each) => [each.label, ...known.map(([key]) => withInterval(each[key]))]),
    ),
  );
}

/**
 * @param {Context} context
 * @param {Evaluation} evaluation
 * @param {Model | undefined} model
 * @param {string} title
 */
export function evaluationResults(context, evaluation, model, title) {
  /**
   * @param {string} name
   * @param {EvaluationItem[]} items
   * @param {(item: EvaluationItem) => number} [score]
   */
  const show = (name, items, score) => showFilms(context, evaluation, name, items, score);
  const refused = evaluation.items.filter((item) => item.refused);
  const wrong = evaluation.items.filter(isWrong);
  /**
   * @param {string} name
   * @param {import('./dom.js').Child} text
   */
  const figure = (name, text) => h('div', {}, h('dt', {}, name), h('dd', {}, text));
  return h(
    'div',
    { class: 'sheet-part' },
    h(
      'section',
      { class: 'panel' },
      h('h2', { tabindex: -1 }, title),
      h(
        'dl',
        { class: 'key-figures' },
        figure('Films', evaluation.items.length),
        evaluation.accuracy && figure('Accuracy (95 % interval)', withInterval(evaluation.accuracy)),
        evaluation.auroc && figure('AUROC (95 % interval)', withInterval(evaluation.auroc)),
        evaluation.ece && figure('Expected calibration error', withInterval(evaluation.ece)),
      ),
      h(
        'div',
        { class: 'row' },
        wrong.length > 0
          && h('button', { type: 'button', onclick: () => show('Wrong', wrong) }, `Wrong: ${wrong.length}`),
        refused.length > 0
          && h('button', { type: 'button', onclick: () => show('Refused', refused) }, `Refused: ${refused.length}`),
      ),
    ),
    (evaluation.confusion ?? []).length > 0 && confusionMatrix(evaluation, show),
    h('div', { class: 'columns' }, rocCurve(evaluation, model, show), reliabilityDiagram(evaluation, show)),
    byLabel(evaluation),
  );
}
