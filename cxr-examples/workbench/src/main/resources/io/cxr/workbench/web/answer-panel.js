// The answer of one model to one film, drawn: probabilities with thresholds and what they are worth,
// the label set, the novelty, or the refusal.

import { bar } from './case-row.js';
import { h } from './dom.js';
import { duration, percent, probability } from './format.js';
import { isPositive } from './operating-points.js';
import { plainReason, shortReason } from './reasons.js';

/** @typedef {import('./types.js').Answer} Answer */
/** @typedef {import('./types.js').Model} Model */
/** @typedef {import('./types.js').Interval} Interval */
/** @typedef {import('./types.js').OperatingPoint} OperatingPoint */
/** @typedef {import('./operating-points.js').Aim} Aim */
/** @typedef {import('./cards.js').Card} Card */
/** @typedef {import('./dom.js').Child} Child */

const FEW = 6;

/**
 * @param {object} parts
 * @param {Answer | undefined} parts.answer
 * @param {Model} parts.model
 * @param {Aim | null} parts.aim
 * @param {Card | null} parts.card null until it is read
 * @param {() => void} parts.ask asks the model for an answer
 * @returns {Child[]}
 */
export function answerPanel({ answer, model, aim, card, ask }) {
  if (!answer) {
    return [
      h('p', { class: 'muted' }, 'This model has not seen the film.'),
      h('div', {}, h('button', { type: 'button', class: 'primary', onclick: ask }, 'Ask the model')),
    ];
  }
  if (answer.state === 'queued' || answer.state === 'running') {
    return [
      h(
        'p',
        { class: 'badge busy' },
        answer.state === 'queued' ? 'Waiting for the model' : 'The model is looking',
      ),
    ];
  }
  return [
    refusal(answer),
    probabilities(answer, model, aim, card),
    measurements(answer),
    labelSet(answer, model),
    novelty(answer),
    ...notes(answer),
  ];
}

/** @param {Answer} answer */
function refusal(answer) {
  if (answer.state === 'done') {
    return null;
  }
  return h(
    'div',
    { class: `banner ${answer.state === 'refused' ? 'refused' : 'error'}`, role: 'note' },
    h(
      'strong',
      {},
      `${answer.state === 'refused' ? 'Refused' : 'No answer'}: ${shortReason(answer)}`,
    ),
    h('p', {}, plainReason(answer)),
    answer.error !== null &&
      answer.error !== plainReason(answer) &&
      h('details', { class: 'small' }, h('summary', {}, 'What was found'), h('p', {}, answer.error)),
    answer.state === 'refused' &&
      h('p', { class: 'small muted' }, 'The model gives no probabilities for a film it refuses.'),
  );
}

/**
 * @param {Answer} answer
 * @param {Model} model
 * @param {Aim | null} aim
 * @param {Card | null} card
 */
function probabilities(answer, model, aim, card) {
  const values = answer.result?.probabilities;
  if (!values) {
    return null;
  }
  const set = new Set(answer.result?.labelSet?.labels ?? []);
  const hasSet = answer.result?.labelSet !== undefined;
  return h(
    'section',
    { class: 'probabilities' },
    h(
      'div',
      { class: 'row spread' },
      h('h2', {}, model.task === 'findings' ? 'Findings' : 'Probabilities'),
      aim && h('span', { class: 'small muted' }, `Marks: ${aim.text.toLowerCase()}`),
    ),
    model.labels
      .filter((label) => label in values)
      .map((label) => {
        const value = /** @type {number} */ (values[label]);
        const point = aim?.points.find((item) => item.label === label);
        const positive = isPositive(answer, point);
        return h(
          'div',
          { class: `probability ${answer.top?.label === label ? 'top' : ''}` },
          h('span', { class: 'probability-label' }, label),
          labelBar(value, point, card?.conformal?.labels[label]?.least, hasSet && set.has(label)),
          h('span', { class: 'numbers probability-value' }, probability(value)),
          h(
            'span',
            { class: 'probability-words' },
            positive !== null &&
              h(
                'span',
                { class: `badge ${positive ? 'positive' : 'negative'}` },
                positive ? 'Reached' : 'Not reached',
              ),
            point &&
              h('span', { class: 'small muted numbers' }, `from ${probability(point.threshold)}`),
            hasSet &&
              set.has(label) &&
              h('span', { class: 'badge in-set', title: 'In the label set' }, 'In the set'),
          ),
          // Of a model with many findings only what matters, or the panel would be all numbers.
          point && (model.labels.length <= FEW || positive) && performance(point, card),
        );
      }),
  );
}

/**
 * A bar with the threshold as a tick and, below it, how far the label set reaches.
 *
 * @param {number} value
 * @param {OperatingPoint | undefined} point
 * @param {number | undefined} least the probability from which a label belongs to the set
 * @param {boolean} inSet
 */
function labelBar(value, point, least, inSet) {
  const drawn = bar(value, point?.threshold);
  if (least !== undefined) {
    const reach = h('span', { class: `bar-set ${inSet ? 'inside' : ''}` });
    reach.style.insetInlineStart = `${least * 100}%`;
    drawn.append(reach);
    drawn.title = `Set from ${probability(least)}`;
  }
  if (point) {
    drawn.title = `Threshold ${probability(point.threshold)}${drawn.title === '' ? '' : `. ${drawn.title}`}`;
  }
  return drawn;
}

/**
 * What a decision at this threshold is worth, with 95 % intervals, by the model's card.
 *
 * @param {OperatingPoint} point
 * @param {Card | null} card
 */
function performance(point, card) {
  const found = card?.thresholds?.find(
    (item) =>
      item.label === point.label &&
      item.aim === point.aim &&
      (item.target ?? null) === (point.target ?? null),
  );
  const rows = /** @type {[string, Interval | undefined][]} */ ([
    ['Sensitivity', found?.sensitivity],
    ['Specificity', found?.specificity],
  ]);
  return h(
    'span',
    { class: 'performance small muted' },
    rows.map(([name, interval]) => interval && h('span', {}, h('span', {}, name), whisker(name, interval))),
  );
}

/**
 * An interval from 0 to 1 as a line with a dot.
 *
 * @param {string} name
 * @param {Interval} interval
 */
function whisker(name, { value, low, high }) {
  const words = `${percent(value, 0)} (${Math.round(low * 100)}\u2013${Math.round(high * 100)})`;
  const line = h('span', { class: 'whisker-line' });
  line.style.insetInlineStart = `${low * 100}%`;
  line.style.insetInlineEnd = `${(1 - high) * 100}%`;
  const dot = h('span', { class: 'whisker-dot' });
  dot.style.insetInlineStart = `${value * 100}%`;
  return h(
    'span',
    { class: 'whisker', title: `${name} ${words}, 95 % interval` },
    h('span', { class: 'whisker-box', 'aria-hidden': 'true' }, line, dot),
    h('span', { class: 'numbers' }, words),
  );
}

/** @param {Answer} answer */
function measurements(answer) {
  const values = answer.result?.measurements;
  return (
    values &&
    h(
      'dl',
      { class: 'facts' },
      values.flatMap(({ name, value, unit, plausible }) => [
        h('dt', {}, name),
        h(
          'dd',
          { class: 'numbers' },
          `${value} ${unit.replace(/^\{(.*)\}$/, '$1')} `,
          !plausible && h('span', { class: 'badge wrong' }, 'Not plausible'),
        ),
      ]),
    )
  );
}

/**
 * @param {Answer} answer
 * @param {Model} model
 */
function labelSet(answer, model) {
  const set = answer.result?.labelSet;
  if (!set) {
    return null;
  }
  const chosen = new Set(set.labels);
  return h(
    'section',
    { class: 'label-set' },
    h('h2', {}, `Label set, ${percent(set.coverage, 0)} coverage`),
    h(
      'div',
      { class: 'row' },
      model.labels.map((label) =>
        h(
          'span',
          { class: `set-label ${chosen.has(label) ? 'inside' : 'outside'}` },
          label,
          h(
            'span',
            { class: 'visually-hidden' },
            chosen.has(label) ? ', in the set' : ', not in the set',
          ),
        ),
      ),
    ),
    h(
      'p',
      { class: 'small muted' },
      set.labels.length === 1
        ? 'The model can tell: one label is left.'
        : set.labels.length === 0
          ? 'No finding is left.'
          : `The model cannot tell these ${set.labels.length} apart on this film.`,
    ),
  );
}

/** @param {Answer} answer */
function novelty(answer) {
  const score = answer.result?.novelty?.score;
  const threshold = answer.result?.novelty?.threshold;
  if (score === undefined) {
    return null;
  }
  const over = threshold !== undefined && score > threshold;
  const fill = h('span', { class: `gauge-fill ${over ? 'over' : ''}` });
  const mark = h('span', { class: 'gauge-mark' });
  if (threshold !== undefined) {
    // The threshold stands at two thirds; what lies beyond is squeezed into the rest.
    const share = score / threshold;
    fill.style.inlineSize = `${(share <= 1 ? share * (2 / 3) : 2 / 3 + (1 - 1 / share) / 3) * 100}%`;
    mark.style.insetInlineStart = `${(2 / 3) * 100}%`;
  }
  return h(
    'section',
    { class: 'novelty' },
    h('h2', {}, 'Novelty'),
    threshold !== undefined && h('span', { class: 'gauge', 'aria-hidden': 'true' }, fill, mark),
    h(
      'p',
      { class: 'small' },
      h('span', { class: 'numbers' }, score.toFixed(2)),
      threshold === undefined
        ? ''
        : ` of ${threshold.toFixed(2)} that the gate accepts: ${over ? 'unlike' : 'like'} the films that the model knows`,
    ),
  );
}

/** @param {Answer} answer */
function notes(answer) {
  const items = [...(answer.result?.notes ?? [])];
  const view = answer.result?.view;
  const hasMore = view !== undefined || answer.seconds !== null;
  return [
    items.length > 0 &&
      h(
        'section',
        {},
        h('h2', {}, 'Notes'),
        h(
          'ul',
          { class: 'small notes' },
          items.map((note) => h('li', {}, note)),
        ),
      ),
    hasMore &&
      h(
        'p',
        { class: 'small muted' },
        [
          view && `View: ${view.name}, ${probability(view.probability)}`,
          answer.seconds !== null && `answered in ${duration(answer.seconds)}`,
        ]
          .filter(Boolean)
          .join('; '),
      ),
  ];
}
