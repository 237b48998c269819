// One row of the list.

import {
  disagree,
  noveltyOf,
  probabilityOf,
  topLabel,
} from './case-filter.js';
import { h, replace } from './dom.js';
import { probability } from './format.js';
import { positiveLabels } from './operating-points.js';
import { plainReason, shortReason } from './reasons.js';

/** @typedef {import('./types.js').Case} Case */
/** @typedef {import('./types.js').Answer} Answer */
/** @typedef {import('./case-filter.js').Lens} Lens */
/** @typedef {import('./dom.js').Child} Child */

/** @typedef {'select' | 'picture' | import('./case-filter.js').SortKey} ColumnKey */

/** @type {{key: ColumnKey, text: string, sortable: boolean}[]} */
export const COLUMNS = [
  { key: 'select', text: 'Selected', sortable: false },
  { key: 'picture', text: 'Film', sortable: false },
  { key: 'name', text: 'Name', sortable: true },
  { key: 'answer', text: 'Answer', sortable: true },
  { key: 'probability', text: 'Probability', sortable: true },
  { key: 'decision', text: 'Decision', sortable: true },
  { key: 'novelty', text: 'Novelty', sortable: true },
  { key: 'second', text: 'Second model', sortable: true },
  { key: 'mark', text: 'Mark', sortable: true },
];

/** A row that is built once for its case and brought up to date. */
export class CaseRow {
  /** @type {Map<ColumnKey, HTMLElement>} */
  #cells = new Map();
  #checkbox;
  /** What the cells show, so that an unchanged row costs nothing. */
  #shown = '';

  /** @param {Case} item */
  constructor(item) {
    this.id = item.id;
    this.#checkbox = h('input', { type: 'checkbox', tabindex: -1, 'aria-label': `Select ${item.name}` });
    this.element = h('div', { class: 'case-row', role: 'row', tabindex: -1, 'data-id': item.id });
    for (const [index, { key }] of COLUMNS.entries()) {
      const cell = h('div', {
        class: `cell cell-${key}`,
        role: 'gridcell',
        'aria-colindex': index + 1,
      });
      this.#cells.set(key, cell);
      this.element.append(cell);
    }
    replace(this.#cell('select'), this.#checkbox);
    replace(
      this.#cell('picture'),
      h('img', {
        src: `/api/cases/${item.id}/thumbnail`,
        alt: '',
        loading: 'lazy',
        decoding: 'async',
        onerror: (/** @type {Event} */ event) =>
          /** @type {HTMLElement} */ (event.target).classList.add('missing'),
      }),
    );
    replace(
      this.#cell('name'),
      h('a', { href: `#/case/${item.id}`, tabindex: -1, title: item.name }, item.name),
      item.folder !== '' && h('span', { class: 'small muted', title: item.folder }, item.folder),
    );
  }

  /** @param {ColumnKey} key */
  #cell(key) {
    return /** @type {HTMLElement} */ (this.#cells.get(key));
  }

  /**
   * @param {Case} item
   * @param {Lens} lens
   * @param {boolean} selected
   */
  show(item, lens, selected) {
    this.#checkbox.checked = selected;
    this.element.setAttribute('aria-selected', String(selected));
    const answer = item.answers[lens.model];
    const second = lens.second === null ? undefined : item.answers[lens.second];
    const now = JSON.stringify([answer, second, item.mark, lens]);
    if (now === this.#shown) {
      return;
    }
    this.#shown = now;
    replace(this.#cell('answer'), answerWords(answer));
    replace(this.#cell('probability'), probabilityBar(answer, lens));
    replace(this.#cell('decision'), decisionWords(answer, lens));
    replace(this.#cell('novelty'), noveltyBar(answer));
    replace(this.#cell('second'), second ? secondWords(item, second, lens) : null);
    replace(this.#cell('mark'), markWords(item));
  }
}

/**
 * @param {Answer | undefined} answer
 * @returns {Child[]}
 */
function answerWords(answer) {
  if (!answer) {
    return [h('span', { class: 'muted small' }, 'Not asked')];
  }
  switch (answer.state) {
    case 'queued':
      return [h('span', { class: 'badge' }, 'Waiting')];
    case 'running':
      return [h('span', { class: 'badge busy' }, 'Looking')];
    case 'refused':
    case 'failed':
      return [
        h(
          'span',
          { class: `badge ${answer.state}`, title: plainReason(answer) },
          answer.state === 'refused' ? 'Refused' : 'Failed',
        ),
        h('span', { class: 'small', title: plainReason(answer) }, shortReason(answer)),
      ];
    default:
      return [h('span', { class: 'label' }, topLabel(answer) || measurementWords(answer))];
  }
}

/** @param {Answer} answer */
function measurementWords(answer) {
  const first = answer.result?.measurements?.[0];
  return first ? `${first.name} ${first.value} ${first.unit}` : 'No finding';
}

/**
 * @param {Answer | undefined} answer
 * @param {Lens} lens
 * @returns {Child[]}
 */
function probabilityBar(answer, lens) {
  const value = probabilityOf(answer, lens.finding);
  if (value === null) {
    return [];
  }
  const label = lens.finding ?? topLabel(answer);
  const threshold = lens.aim?.points.find((point) => point.label === label)?.threshold;
  return [bar(value, threshold), h('span', { class: 'numbers' }, probability(value))];
}

/**
 * @param {number} share from 0 to 1
 * @param {number} [mark]
 */
export function bar(share, mark) {
  const fill = h('span', { class: 'bar-fill' });
  fill.style.inlineSize = `${Math.max(0, Math.min(1, share)) * 100}%`;
  const tick = mark === undefined ? null : h('span', { class: 'bar-mark' });
  if (tick && mark !== undefined) {
    tick.style.insetInlineStart = `${mark * 100}%`;
  }
  return h('span', { class: 'bar', 'aria-hidden': 'true' }, fill, tick);
}

/**
 * @param {Answer | undefined} answer
 * @param {Lens} lens
 * @returns {Child[]}
 */
function decisionWords(answer, lens) {
  const positive = positiveLabels(answer, lens.aim);
  if (positive === null) {
    return [];
  }
  return positive.length === 0
    ? [h('span', { class: 'badge negative' }, 'None reached')]
    : positive.map((label) => h('span', { class: 'badge positive' }, label));
}

/**
 * @param {Answer | undefined} answer
 * @returns {Child[]}
 */
function noveltyBar(answer) {
  const novelty = answer?.result?.novelty;
  const score = noveltyOf(answer);
  if (score === null) {
    return [];
  }
  const threshold = novelty?.threshold;
  const over = threshold !== undefined && score > threshold;
  return [
    // The threshold is at two thirds, so that what lies beyond has room.
    threshold !== undefined && bar((score / threshold) * (2 / 3), 2 / 3),
    h('span', { class: `numbers ${over ? 'over' : ''}` }, score.toFixed(score < 10 ? 2 : 1)),
    over && h('span', { class: 'visually-hidden' }, 'above the threshold'),
  ];
}

/**
 * @param {Case} item
 * @param {Answer} second
 * @param {Lens} lens
 * @returns {Child[]}
 */
function secondWords(item, second, lens) {
  const value = probabilityOf(second, lens.finding);
  return [
    ...answerWords(second),
    value !== null && h('span', { class: 'numbers small' }, probability(value)),
    disagree(item, lens) && h('span', { class: 'badge wrong' }, 'Differs'),
  ];
}

/**
 * @param {Case} item
 * @returns {Child[]}
 */
function markWords(item) {
  const mark = item.mark;
  if (!mark) {
    return [];
  }
  return [
    mark.verdict === 'right' && h('span', { class: 'badge right' }, '✓ Right'),
    mark.verdict === 'wrong' &&
      h('span', { class: 'badge wrong' }, `✗ Wrong${mark.labels ? `: ${mark.labels.join(', ')}` : ''}`),
    mark.remark !== '' && h('span', { class: 'small muted remark', title: mark.remark }, mark.remark),
  ];
}
