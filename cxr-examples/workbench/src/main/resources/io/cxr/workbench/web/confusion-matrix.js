// The confusion matrix of an evaluation, whose cells lead to the films that they count.

import { h } from './dom.js';
import { has } from './evaluated-films.js';
import { percent } from './format.js';
import { wilson } from './plots.js';

/** @typedef {import('./types.js').Evaluation} Evaluation */
/** @typedef {import('./types.js').EvaluationItem} EvaluationItem */

/**
 * The confusion matrix: a row for each truth, a column for each answer.
 *
 * @param {Evaluation} evaluation
 * @param {(title: string, items: EvaluationItem[]) => void} show
 */
export function confusionMatrix(evaluation, show) {
  const { labels, confusion } = evaluation;
  const rows = confusion.map((counts, truth) => {
    const all = counts.reduce((sum, count) => sum + count, 0);
    const name = labels[truth] ?? '';
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, name),
      counts.map((count, answer) => {
        const said = labels[answer] ?? '';
        const share = all === 0 ? 0 : count / all;
        const around = all === 0 ? null : wilson(count, all);
        const button = h(
          'button',
          {
            type: 'button',
            'aria-label':
              `${count} of ${all} films of ${name} were called ${said}`
              + `${around ? `, ${percent(share)}, 95 % interval ${percent(around.low)} to ${percent(around.high)}` : ''}; show them`,
            onclick: () =>
              show(
                `${name}, called ${said}`,
                evaluation.items.filter(
                  (item) => !item.refused && has(item, name) === true && item.predicted === said,
                ),
              ),
          },
          h('b', {}, count),
          h('span', { class: 'small' }, percent(share, 0)),
          around && h('span', { class: 'small' }, `${percent(around.low, 0)}–${percent(around.high, 0)}`),
        );
        button.style.setProperty('--share', String(share));
        return h('td', { class: truth === answer ? 'right' : null }, button);
      }),
      h('td', { class: 'number' }, all),
    );
  });
  return h(
    'section',
    { class: 'panel' },
    h('h2', {}, 'Confusion'),
    h(
      'div',
      // A box that scrolls must be reachable by key.
      { class: 'table-scroll', tabindex: 0, role: 'group', 'aria-label': 'Confusion matrix' },
      h(
        'table',
        { class: 'confusion' },
        h('caption', {}, 'A row for each truth, a column for each answer: films, their share of the row, its 95 % interval.'),
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, 'Truth'),
            labels.map((label) => h('th', { scope: 'col' }, label)),
            h('th', { scope: 'col' }, 'Films'),
          ),
        ),
        h('tbody', {}, rows),
      ),
    ),
  );
}
