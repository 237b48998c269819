// The line above a film: the way back, the name, the cases before and after.

import { toast } from './announce.js';
import { h } from './dom.js';
import { icon } from './icons.js';
import { listState } from './list-state.js';
import { currentRoute } from './router.js';

/** @typedef {import('./types.js').Context} Context */
/** @typedef {import('./types.js').Case} Case */

/**
 * Goes to the case after or before, in the order of the list.
 *
 * @param {Context} context
 * @param {Case} item
 * @param {number} by
 * @returns {boolean} whether there is one
 */
export function step({ cases, navigate }, item, by) {
  const next = neighbour(cases, item, by);
  if (next === undefined) {
    toast(by > 0 ? 'This is the last case of the list.' : 'This is the first case of the list.');
    return false;
  }
  // The list opens at this case again.
  listState.active = next;
  navigate(`/${currentRoute().name}/${next}`);
  return true;
}

/**
 * @param {import('./cases.js').Cases} cases
 * @param {Case} item
 * @param {number} by
 */
function neighbour(cases, item, by) {
  const order = cases.order.length > 0 ? cases.order : cases.all().map(({ id }) => id);
  const at = order.indexOf(item.id);
  return at < 0 ? undefined : order[at + by];
}

/**
 * @param {Context} context
 * @param {Case} item
 * @param {(() => void) | null} togglePanel null where there is no side panel
 */
export function caseHeading(context, item, togglePanel) {
  const { cases, session } = context;
  const at = cases.order.indexOf(item.id);
  const comparing = currentRoute().name === 'compare';
  return h(
    'div',
    { class: 'case-heading' },
    h(
      'a',
      { class: 'button icon', href: '#/cases', 'aria-label': 'Back to the cases (Esc)', title: 'Back to the cases (Esc)' },
      icon('back'),
    ),
    h('h1', { title: item.name }, item.name),
    h('span', { class: 'small muted numbers' }, at < 0 ? '' : `${at + 1} of ${cases.order.length}`),
    h(
      'div',
      { class: 'row case-steps' },
      h(
        'button',
        {
          type: 'button',
          class: 'icon',
          'aria-label': 'Case before (K)',
          title: 'Case before (K)',
          onclick: () => step(context, item, -1),
        },
        icon('previous'),
      ),
      h(
        'button',
        {
          type: 'button',
          class: 'icon',
          'aria-label': 'Next case (J)',
          title: 'Next case (J)',
          onclick: () => step(context, item, 1),
        },
        icon('next'),
      ),
      session.models.length > 1 &&
        h(
          'a',
          {
            class: 'button',
            href: comparing ? `#/case/${item.id}` : `#/compare/${item.id}`,
            title: comparing ? 'One model (C)' : 'Two models side by side (C)',
          },
          icon('compare'),
          comparing ? 'One model' : 'Compare',
        ),
      togglePanel &&
        h(
          'button',
          {
            type: 'button',
            class: 'icon panel-button',
            'aria-label': 'Side panel (P)',
            title: 'Side panel (P)',
            onclick: togglePanel,
          },
          icon('panel'),
        ),
    ),
  );
}
