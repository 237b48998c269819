// The DICOM header. What identifies the patient is left out by the server until it is asked for.

import { messageOf } from './api.js';
import { openDialog } from './dialog.js';
import { h, replace } from './dom.js';

/** @typedef {import('./types.js').HeaderElement} HeaderElement */

/**
 * @param {import('./types.js').Context} context
 * @param {string} id the case's
 */
export function openHeader({ api, signal }, id) {
  const filter = h('input', { type: 'search', 'aria-label': 'Filter the elements', placeholder: 'Filter' });
  const identity = h('input', { type: 'checkbox' });
  const table = h('div', { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': 'Elements' });
  /** @type {HeaderElement[]} */
  let elements = [];

  function show() {
    const wanted = filter.value.toLowerCase();
    const shown = elements.filter(({ tag, keyword, value }) =>
      `${tag} ${keyword} ${value}`.toLowerCase().includes(wanted),
    );
    replace(
      table,
      h(
        'table',
        {},
        h(
          'thead',
          {},
          h('tr', {}, ['Tag', 'Name', 'VR', 'Value'].map((text) => h('th', { scope: 'col' }, text))),
        ),
        h(
          'tbody',
          {},
          shown.map((element) =>
            h(
              'tr',
              {},
              h('td', { class: 'code' }, element.tag),
              h('td', {}, element.keyword),
              h('td', { class: 'code' }, element.vr),
              h(
                'td',
                { class: 'code' },
                element.identity && !identity.checked
                  ? h('span', { class: 'muted' }, 'hidden')
                  : element.value,
              ),
            ),
          ),
        ),
      ),
    );
  }

  async function load() {
    try {
      elements = await api.get(`/api/cases/${id}/header?identity=${identity.checked}`, signal);
      show();
    } catch (failure) {
      replace(table, h('p', { class: 'banner error' }, messageOf(failure)));
    }
  }

  filter.addEventListener('input', show);
  identity.addEventListener('change', () => void load());
  openDialog({
    title: 'DICOM header',
    wide: true,
    body: [
      h(
        'div',
        { class: 'row spread' },
        filter,
        h('label', { class: 'row check' }, identity, 'Show who the patient is'),
      ),
      h(
        'p',
        { class: 'small muted' },
        'That identity was shown is logged, without the values.',
      ),
      table,
    ],
  });
  void load();
}
