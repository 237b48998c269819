// The receiver operating characteristic of one label at a time, with a threshold to move: what the
// model would have got right and wrong at each.

import { h, replace } from './dom.js';
import { has } from './evaluated-films.js';
import { number, numbers, roc, wilson, withInterval } from './plots.js';

/** @typedef {import('./types.js').Evaluation} Evaluation */
/** @typedef {import('./types.js').EvaluationItem} EvaluationItem */
/** @typedef {import('./types.js').Model} Model */

/**
 * ROC of one label at a time, with a threshold to move.
 *
 * @param {Evaluation} evaluation
 * @param {Model | undefined} model
 * @param {(title: string, items: EvaluationItem[], score: (item: EvaluationItem) => number) => void} show
 */
export function rocCurve(evaluation, model, show) {
  const labels = evaluation.labels.filter((label) => (evaluation.roc[label] ?? []).length > 0);
  if (labels.length === 0) {
    return null;
  }
  const select = h('select', {}, labels.map((label) => h('option', { value: label }, label)));
  const slider = h('input', { type: 'range', min: 0, max: 1, step: 0.001 });
  const points = h('select', { 'aria-label': 'Operating point of the model' });
  const value = h('output', { class: 'numbers' });
  const drawing = h('div');
  const table = h('div');
  const counts = h('div', { class: 'four-fold' });
  const rates = h('p', { class: 'numbers', role: 'status' });
  /** @type {(falsePositives: number, truePositives: number) => void} */
  let mark = () => {};

  /** The exact threshold of an operating point, between two steps of the slider. */
  let chosen = /** @type {number | null} */ (null);

  const threshold = () => {
    const label = select.value;
    const at = chosen ?? slider.valueAsNumber;
    const place = evaluation.labels.indexOf(label);
    /** @param {EvaluationItem} item */
    const score = (item) => item.probabilities?.[place] ?? 0;
    const known = evaluation.items.filter((item) => !item.refused && has(item, label) !== null);
    /** @type {[string, EvaluationItem[]][]} */
    const cells = [
      ['True positives', known.filter((item) => has(item, label) && score(item) >= at)],
      ['False negatives', known.filter((item) => has(item, label) && score(item) < at)],
      ['False positives', known.filter((item) => !has(item, label) && score(item) >= at)],
      ['True negatives', known.filter((item) => !has(item, label) && score(item) < at)],
    ];
    const [tp = 0, fn = 0, fp = 0, tn = 0] = cells.map(([, items]) => items.length);
    value.textContent = at.toFixed(3);
    mark(fp + tn === 0 ? 0 : fp / (fp + tn), tp + fn === 0 ? 0 : tp / (tp + fn));
    /**
     * @param {number} hits
     * @param {number} all
     */
    const share = (hits, all) =>
      all === 0 ? '–' : withInterval({ value: hits / all, ...wilson(hits, all) }, 2);
    rates.textContent = `Sensitivity ${share(tp, tp + fn)}, specificity ${share(tn, fp + tn)}`;
    const focused = [...counts.children].indexOf(/** @type {Element} */ (document.activeElement));
    replace(
      counts,
      cells.map(([name, items]) =>
        h(
          'button',
          {
            type: 'button',
            onclick: () => show(`${name} of ${label} at ${at.toFixed(3)}`, items, score),
          },
          h('b', {}, items.length),
          h('span', { class: 'small' }, name),
        ),
      ),
    );
    if (focused >= 0) {
      /** @type {HTMLElement} */ (counts.children[focused]).focus();
    }
  };
  const draw = () => {
    const label = select.value;
    const curve = evaluation.roc[label] ?? [];
    const plot = roc(label, curve);
    mark = plot.mark;
    replace(drawing, plot.picture);
    replace(
      table,
      numbers(
        `ROC of ${label}`,
        ['Threshold', 'Sensitivity', 'Specificity'],
        thinned(curve).map(([fpr, tpr, at]) => [number(at), number(tpr), number(1 - fpr)]),
      ),
    );
    const own = (model?.operatingPoints ?? []).filter((point) => point.label === label);
    replace(
      points,
      h('option', { value: '' }, 'Threshold by hand'),
      own.map((point) =>
        h(
          'option',
          { value: point.threshold },
          `${point.aim} ${point.target ?? ''} (${point.threshold.toFixed(3)})`,
        ),
      ),
    );
    points.hidden = own.length === 0;
    chosen = own[0]?.threshold ?? null;
    slider.value = String(chosen ?? 0.5);
    points.value = chosen === null ? '' : String(chosen);
    threshold();
  };
  select.addEventListener('change', draw);
  slider.addEventListener('input', () => {
    points.value = '';
    chosen = null;
    threshold();
  });
  points.addEventListener('change', () => {
    if (points.value !== '') {
      chosen = Number(points.value);
      slider.value = points.value;
      threshold();
    }
  });
  draw();
  return h(
    'section',
    { class: 'panel' },
    h(
      'div',
      { class: 'row spread' },
      h('h2', {}, 'ROC'),
      h('label', { class: 'row' }, h('span', { class: 'small muted' }, 'Label'), select),
    ),
    h('figure', { class: 'plot-figure' }, drawing, table),
    h(
      'label',
      { class: 'field threshold' },
      h('span', {}, 'Threshold: positive from this probability on'),
      h('span', { class: 'row' }, slider, value),
    ),
    points,
    rates,
    counts,
  );
}

/**
 * At most some fifty points of a curve, for reading.
 *
 * @param {[number, number, number | null][]} points
 */
function thinned(points) {
  const step = Math.ceil(points.length / 50);
  return points.filter((_, i) => i % step === 0 || i === points.length - 1);
}
