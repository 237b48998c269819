// The controls above the list: what is shown, in which order, by which model.

import { isFiltering, noFilter } from './case-filter.js';
import { h, replace } from './dom.js';
import { plural } from './format.js';
import { chosenAim, chosenModel, chosenSecond, modelName } from './lens.js';
import { aimsOf } from './operating-points.js';

/** @typedef {import('./types.js').Context} Context */
/** @typedef {import('./list-state.js').ListState} ListState */

/** @type {[import('./case-filter.js').SortKey, string][]} */
const SORTS = [
  ['added', 'Added'],
  ['name', 'Name'],
  ['answer', 'Answer'],
  ['probability', 'Probability'],
  ['decision', 'Decision'],
  ['novelty', 'Novelty'],
  ['second', 'Second model'],
  ['mark', 'Mark'],
];

export class FilterBar {
  #context;
  #state;
  #changed;
  #text;

  /** @type {HTMLButtonElement} */
  #clear;
  #more;
  #count = h('span', { class: 'count numbers small muted' });

  /**
   * @param {Context} context
   * @param {ListState} state
   * @param {() => void} changed
   */
  constructor(context, state, changed) {
    this.#context = context;
    this.#state = state;
    this.#changed = changed;
    this.#text = h('input', {
      type: 'search',
      'aria-label': 'Filter by text',
      'aria-keyshortcuts': '/',
      placeholder: 'Name, label or remark',
    });
    this.#text.value = state.filter.text;
    this.#clear = h(
      'button',
      {
        type: 'button',
        onclick: () => {
          this.#state.filter = noFilter();
          this.#text.value = '';
          this.#rebuilt();
          this.#text.focus();
        },
      },
      'Clear filter',
    );
    this.#text.addEventListener('input', () => {
      state.filter.text = this.#text.value;
      this.#clear.hidden = !isFiltering(state.filter);
      changed();
    });
    this.#more = h('div', { class: 'filter-controls', role: 'group', 'aria-label': 'Filter' });
    // Narrow windows show the list first.
    const wide = window.matchMedia('(width >= 52rem)');
    const details = h(
      'details',
      { class: 'filter-details', open: wide.matches },
      h('summary', {}, 'Model, filter and order'),
      this.#more,
    );
    wide.addEventListener('change', () => (details.open = wide.matches), {
      signal: context.signal,
    });
    this.element = h(
      'div',
      { class: 'filter-bar' },
      h('div', { class: 'filter-first' }, this.#text, this.#count),
      details,
    );
    this.build();
  }

  focus() {
    this.#text.focus();
    this.#text.select();
  }

  /**
   * @param {number} shown
   * @param {number} all
   */
  showCount(shown, all) {
    this.#count.textContent = shown === all ? plural(all, 'case') : `${shown} of ${plural(all, 'case')}`;
  }

  /** Builds the controls, whose choices depend on the models. */
  build() {
    const { session, preferences } = this.#context;
    const { filter, sort } = this.#state;
    const model = chosenModel(this.#context);
    const second = chosenSecond(this.#context);
    const labels = model?.labels ?? [];
    const aims = aimsOf(model);
    const names = session.models.map(
      (item) => /** @type {[string, string]} */ ([item.id, modelName(item, session.models)]),
    );
    if (this.#state.finding !== null && !labels.includes(this.#state.finding)) {
      this.#state.finding = null;
    }
    replace(
      this.#more,
      select('Model', names, model?.id ?? '', (value) => {
        preferences.set('model', value);
        this.#rebuilt();
      }),
      aims.length > 0 &&
        select(
          'Operating point',
          aims.map((aim) => [aim.id, aim.text]),
          chosenAim(this.#context)?.id ?? '',
          (value) => {
            preferences.set('operatingPoint', value);
            this.#changed();
          },
        ),
      session.models.length > 1 &&
        select(
          'Second model',
          [['', 'None'], ...names.filter(([id]) => id !== model?.id)],
          second?.id ?? '',
          (value) => {
            preferences.set('secondModel', value === '' ? null : value);
            this.#rebuilt();
          },
        ),
      model?.task !== 'measurements' &&
        select(
          'Triage by',
          [['', 'Top label'], ...labels.map(pair)],
          this.#state.finding ?? '',
          (value) => {
            this.#state.finding = value === '' ? null : value;
            // Triage: the most suspicious film first.
            this.#state.sort =
              value === ''
                ? { key: 'added', descending: false }
                : { key: 'probability', descending: true };
            this.#rebuilt();
          },
        ),
      select('Answer', [['', 'All'], ...labels.map(pair)], filter.label, (value) => {
        filter.label = value;
        this.#rebuilt();
      }),
      select(
        'State',
        [
          ['', 'All'],
          ['done', 'Answered'],
          ['refused', 'Refused'],
          ['failed', 'Failed'],
          ['waiting', 'Waiting'],
        ],
        filter.state,
        (value) => {
          filter.state = value;
          this.#rebuilt();
        },
      ),
      aims.length > 0 &&
        select(
          'Decision',
          [
            ['', 'All'],
            ['any', 'Any reached'],
            ['none', 'None reached'],
            ...labels.map(
              (label) => /** @type {[string, string]} */ ([label, `${label} reached`]),
            ),
          ],
          filter.decision,
          (value) => {
            filter.decision = value;
            this.#rebuilt();
          },
        ),
      select(
        'Mark',
        [
          ['', 'All'],
          ['right', 'Right'],
          ['wrong', 'Wrong'],
          ['unmarked', 'Not marked'],
        ],
        filter.mark,
        (value) => {
          filter.mark = value;
          this.#rebuilt();
        },
      ),
      select(
        'Order',
        SORTS.filter(([key]) => key !== 'second' || second !== undefined).flatMap(([key, text]) => [
          /** @type {[string, string]} */ ([`${key} up`, `${text} ↑`]),
          /** @type {[string, string]} */ ([`${key} down`, `${text} ↓`]),
        ]),
        `${sort.key} ${sort.descending ? 'down' : 'up'}`,
        (value) => {
          const [key, direction] = value.split(' ');
          this.#state.sort = {
            key: /** @type {import('./case-filter.js').SortKey} */ (key),
            descending: direction === 'down',
          };
          this.#changed();
        },
      ),
      second !== undefined && this.#disagreement(),
      this.#clear,
    );
    this.#clear.hidden = !isFiltering(filter);
  }

  #disagreement() {
    const { filter } = this.#state;
    const box = h('input', { type: 'checkbox', checked: filter.disagreement });
    box.addEventListener('change', () => {
      filter.disagreement = box.checked;
      this.#rebuilt();
    });
    return h('label', { class: 'row check' }, box, 'Models differ');
  }

  /** Builds anew and keeps the focus on the same control. */
  #rebuilt() {
    const focused = document.activeElement?.getAttribute('aria-label');
    this.build();
    if (focused) {
      for (const control of this.#more.querySelectorAll('select')) {
        if (control.getAttribute('aria-label') === focused) {
          control.focus();
        }
      }
    }
    this.#changed();
  }
}

/**
 * @param {string} label
 * @returns {[string, string]}
 */
function pair(label) {
  return [label, label];
}

/**
 * @param {string} name
 * @param {[string, string][]} choices value and text
 * @param {string} value
 * @param {(value: string) => void} onChange
 */
export function select(name, choices, value, onChange) {
  const control = h(
    'select',
    { 'aria-label': name },
    choices.map(([id, text]) => h('option', { value: id, selected: id === value }, text)),
  );
  control.addEventListener('change', () => onChange(control.value));
  return h('label', { class: 'field' }, h('span', { 'aria-hidden': 'true' }, name), control);
}
