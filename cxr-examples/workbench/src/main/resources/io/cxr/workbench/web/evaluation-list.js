// The evaluations of a user as a list: how far each is, a link to it, and its end.

import { h, replace } from './dom.js';
import { plural } from './format.js';

/** @typedef {import('./types.js').EvaluationHead} EvaluationHead */

/** @type {Record<EvaluationHead['state'], {text: string, kind: string}>} */
export const STATES = {
  queued: { text: 'waiting', kind: 'busy' },
  running: { text: 'running', kind: 'busy' },
  done: { text: 'done', kind: 'right' },
  failed: { text: 'failed', kind: 'failed' },
};

/** @param {EvaluationHead} head */
export function progressOf(head) {
  return head.total > 0 ? `${head.done} of ${plural(head.total, 'film')}` : '';
}

/**
 * @param {object} options
 * @param {(head: EvaluationHead) => string} options.titleOf
 * @param {string | null} options.current the one that is on the page
 * @param {(head: EvaluationHead) => void} options.onDelete
 */
export function evaluationList({ titleOf, current, onDelete }) {
  const list = h('ul', { class: 'entries' });
  const none = h('p', { class: 'empty', hidden: true }, 'No evaluation yet.');
  return {
    element: h(
      'section',
      { class: 'panel', 'aria-label': 'Evaluations' },
      h('h2', {}, 'Evaluations'),
      list,
      none,
    ),
    /** @param {EvaluationHead[]} heads the newest first */
    show: (heads) => {
      none.hidden = heads.length > 0;
      const focused = document.activeElement
        ?.closest('[data-evaluation]')
        ?.getAttribute('data-evaluation');
      replace(
        list,
        heads.map((head) =>
          h(
            'li',
            { 'aria-current': head.id === current ? 'true' : null, 'data-evaluation': head.id },
            h(
              'a',
              { class: 'grow', href: `#/evaluation/${encodeURIComponent(head.id)}` },
              titleOf(head),
            ),
            h('span', { class: 'small muted numbers' }, progressOf(head)),
            h('span', { class: `badge ${STATES[head.state].kind}` }, STATES[head.state].text),
            h(
              'button',
              {
                type: 'button',
                class: 'small',
                'aria-label': `Delete the evaluation ${titleOf(head)}`,
                onclick: () => onDelete(head),
              },
              'Delete',
            ),
          ),
        ),
      );
      if (focused) {
        /** @type {HTMLElement | null} */ (
          list.querySelector(`[data-evaluation="${CSS.escape(focused)}"] a`)
        )?.focus();
      }
    },
  };
}
