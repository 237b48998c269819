// The list's grid. Only the rows in sight exist, so that thousands of cases stay smooth; a grid of
// ARIA with one tab stop, the active row.

import { CaseRow, COLUMNS } from './case-row.js';
import { h, isTyping } from './dom.js';

/** @typedef {import('./types.js').Case} Case */
/** @typedef {import('./case-filter.js').Lens} Lens */
/** @typedef {import('./case-filter.js').Sort} Sort */
/** @typedef {import('./case-filter.js').SortKey} SortKey */

/** Rows beyond the window's edges, so that a quick scroll finds them ready. */
const SPARE = 6;

/** Rows that are kept when they are out of sight, with their thumbnails. */
const KEPT = 800;

/**
 * @typedef {object} GridActions
 * @property {(id: string) => void} open
 * @property {(key: SortKey) => void} sort
 * @property {(ids: Set<string>) => void} selected
 * @property {(event: KeyboardEvent, active: Case) => void} key any key that the grid does not use
 */

export class CaseGrid {
  #actions;
  /** @type {Case[]} */
  #items = [];
  /** @type {Lens | null} */
  #lens = null;
  /** @type {Map<string, CaseRow>} */
  #rows = new Map();
  /** @type {Set<string>} */
  #selected = new Set();
  #active = 0;
  /** Where a selection with Shift begins. */
  #anchor = 0;
  #rowHeight = 0;
  #frame = 0;

  #body = h('div', { class: 'case-rows', role: 'rowgroup' });
  #head = h('div', { class: 'case-head', role: 'row', 'aria-rowindex': 1 });
  #scroll;
  /** @type {Map<SortKey, HTMLElement>} */
  #headers = new Map();
  #selectAll = h('input', {
    type: 'checkbox',
    'aria-label': 'Select all that are shown',
    title: 'Select all that are shown',
  });

  /** @param {GridActions} actions */
  constructor(actions) {
    this.#actions = actions;
    for (const [index, column] of COLUMNS.entries()) {
      const header = h('div', {
        class: `cell cell-${column.key}`,
        role: 'columnheader',
        'aria-colindex': index + 1,
      });
      if (column.key === 'select') {
        header.append(this.#selectAll);
      } else if (column.sortable) {
        const key = /** @type {SortKey} */ (column.key);
        header.append(h('button', { type: 'button', onclick: () => actions.sort(key) }, column.text));
        this.#headers.set(key, header);
      } else {
        header.append(column.text);
      }
      this.#head.append(header);
    }
    this.#scroll = h(
      'div',
      {
        class: 'case-grid',
        role: 'grid',
        'aria-label': 'Cases',
        'aria-multiselectable': 'true',
        'aria-colcount': COLUMNS.length,
      },
      h('div', { class: 'case-head-group', role: 'rowgroup' }, this.#head),
      this.#body,
    );
    this.element = this.#scroll;
    this.#scroll.addEventListener('scroll', () => this.#schedule(), { passive: true });
    this.#body.addEventListener('keydown', (event) => this.#key(event));
    this.#body.addEventListener('click', (event) => this.#click(event));
    this.#body.addEventListener('dblclick', (event) => this.#open(event));
    this.#body.addEventListener('focusin', (event) => this.#focused(event));
    this.#selectAll.addEventListener('change', () => this.selectAll(this.#selectAll.checked));
  }

  /** @param {AbortSignal} signal */
  watchSize(signal) {
    const observer = new ResizeObserver(() => {
      this.#rowHeight = 0;
      this.#schedule();
    });
    observer.observe(this.#scroll);
    signal.addEventListener('abort', () => observer.disconnect(), { once: true });
  }

  /**
   * @param {Case[]} items
   * @param {Lens} lens
   * @param {Sort} sort
   */
  show(items, lens, sort) {
    const activeId = this.#items[this.#active]?.id;
    this.#items = items;
    this.#lens = lens;
    this.#scroll.setAttribute('aria-rowcount', String(items.length + 1));
    this.#scroll.classList.toggle('with-second', lens.second !== null);
    for (const [key, header] of this.#headers) {
      header.setAttribute(
        'aria-sort',
        key !== sort.key ? 'none' : sort.descending ? 'descending' : 'ascending',
      );
    }
    const known = new Set(items.map((item) => item.id));
    const before = this.#selected.size;
    for (const id of this.#selected) {
      if (!known.has(id)) {
        this.#selected.delete(id);
      }
    }
    if (before !== this.#selected.size) {
      this.#actions.selected(this.#selected);
    }
    // The active row follows its case through sorting and filtering.
    const moved = items.findIndex((item) => item.id === activeId);
    const focusWasInside = this.#body.contains(document.activeElement);
    this.#active = moved >= 0 ? moved : Math.min(this.#active, Math.max(0, items.length - 1));
    this.#render();
    if (focusWasInside && items.length > 0 && !this.#body.contains(document.activeElement)) {
      this.#activate(this.#active);
    }
  }

  get selected() {
    return this.#selected;
  }

  /** The case of the active row. */
  get active() {
    return this.#items[this.#active];
  }

  get scrollTop() {
    return this.#scroll.scrollTop;
  }

  /** Begins anew, as after another filter or order: the first row is what was asked for. */
  toTop() {
    this.#scroll.scrollTop = 0;
    this.#active = 0;
    this.#anchor = 0;
    this.#render();
  }

  /**
   * Returns to a row, as after a case was closed.
   *
   * @param {string} id
   * @param {number} scrollTop
   */
  restore(id, scrollTop) {
    const index = this.#items.findIndex((item) => item.id === id);
    if (index >= 0) {
      this.#scroll.scrollTop = scrollTop;
      this.#activate(index);
    }
  }

  /** @param {boolean} all */
  selectAll(all) {
    this.#selected = new Set(all ? this.#items.map((item) => item.id) : []);
    this.#selectionChanged();
  }

  #selectionChanged() {
    this.#render();
    this.#actions.selected(this.#selected);
  }

  #schedule() {
    if (this.#frame === 0) {
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0;
        this.#render();
      });
    }
  }

  #measureRow() {
    if (this.#rowHeight === 0) {
      const probe = h('div', { class: 'case-row', 'aria-hidden': 'true' });
      this.#body.append(probe);
      this.#rowHeight = probe.getBoundingClientRect().height || 48;
      probe.remove();
    }
    return this.#rowHeight;
  }

  #render() {
    const lens = this.#lens;
    if (!lens || !this.#scroll.isConnected) {
      return;
    }
    const height = this.#measureRow();
    this.#body.style.blockSize = `${height * this.#items.length}px`;
    const first = Math.max(0, Math.floor(this.#scroll.scrollTop / height) - SPARE);
    const count = Math.ceil(this.#scroll.clientHeight / height) + 2 * SPARE;
    const last = Math.min(this.#items.length, first + count);
    const indices = [];
    for (let index = first; index < last; index += 1) {
      indices.push(index);
    }
    // The active row exists even out of sight: the focus must not be lost by scrolling.
    if (this.#items.length > 0 && (this.#active < first || this.#active >= last)) {
      indices.push(this.#active);
      indices.sort((a, b) => a - b);
    }
    /** @type {Set<HTMLElement>} */
    const wanted = new Set();
    for (const index of indices) {
      const item = this.#items[index];
      if (!item) {
        continue;
      }
      const row = this.#rows.get(item.id) ?? new CaseRow(item);
      this.#rows.set(item.id, row);
      row.show(item, lens, this.#selected.has(item.id));
      row.element.setAttribute('aria-rowindex', String(index + 2));
      row.element.tabIndex = index === this.#active ? 0 : -1;
      row.element.classList.toggle('odd', index % 2 === 1);
      row.element.style.transform = `translateY(${index * height}px)`;
      wanted.add(row.element);
    }
    this.#place(wanted);
    this.#forgetRows();
    const all = this.#items.length > 0 && this.#selected.size === this.#items.length;
    this.#selectAll.checked = all;
    this.#selectAll.indeterminate = !all && this.#selected.size > 0;
  }

  /**
   * In the document as on the screen: screen readers read the rows in the document's order.
   *
   * @param {Set<HTMLElement>} wanted from the first to the last
   */
  #place(wanted) {
    const focused = document.activeElement;
    for (const child of [...this.#body.children]) {
      if (!(child instanceof HTMLElement && wanted.has(child))) {
        child.remove();
      }
    }
    let position = 0;
    for (const element of wanted) {
      const there = this.#body.children[position] ?? null;
      if (there !== element) {
        this.#body.insertBefore(element, there);
      }
      position += 1;
    }
    // What moves in the document loses the focus.
    if (
      focused instanceof HTMLElement
      && focused !== document.activeElement
      && this.#body.contains(focused)
    ) {
      focused.focus({ preventScroll: true });
    }
  }

  #forgetRows() {
    if (this.#rows.size <= KEPT) {
      return;
    }
    for (const [id, row] of this.#rows) {
      if (!row.element.isConnected) {
        this.#rows.delete(id);
      }
      if (this.#rows.size <= KEPT / 2) {
        return;
      }
    }
  }

  /** @param {number} index */
  #activate(index) {
    const bounded = Math.max(0, Math.min(this.#items.length - 1, index));
    const item = this.#items[bounded];
    if (!item) {
      return;
    }
    this.#active = bounded;
    const height = this.#measureRow();
    const top = bounded * height;
    const room = this.#scroll.clientHeight - this.#head.offsetHeight;
    if (top < this.#scroll.scrollTop) {
      this.#scroll.scrollTop = top;
    } else if (top + height > this.#scroll.scrollTop + room) {
      this.#scroll.scrollTop = top + height - room;
    }
    this.#render();
    this.#rows.get(item.id)?.element.focus({ preventScroll: true });
  }

  /** @param {Event} event */
  #indexOf(event) {
    const row = event.target instanceof Element ? event.target.closest('.case-row') : null;
    const id = row instanceof HTMLElement ? row.dataset.id : undefined;
    return this.#items.findIndex((item) => item.id === id);
  }

  /** @param {FocusEvent} event */
  #focused(event) {
    const index = this.#indexOf(event);
    if (index >= 0 && index !== this.#active) {
      this.#active = index;
      this.#render();
    }
  }

  /** @param {MouseEvent} event */
  #open(event) {
    const index = this.#indexOf(event);
    const item = this.#items[index];
    if (item && !(event.target instanceof HTMLInputElement)) {
      this.#actions.open(item.id);
    }
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const index = this.#indexOf(event);
    const target = event.target;
    if (index < 0 || !(target instanceof Element)) {
      return;
    }
    if (target.closest('a')) {
      return;
    }
    if (target.closest('.cell-picture')) {
      this.#open(event);
      return;
    }
    this.#activate(index);
    if (target.closest('.cell-select') || event.ctrlKey || event.metaKey) {
      if (event.shiftKey) {
        this.#selectRange(index);
      } else {
        this.#toggle(index);
      }
    } else if (event.shiftKey) {
      this.#selectRange(index);
    }
  }

  /** @param {number} index */
  #toggle(index) {
    const id = this.#items[index]?.id;
    if (id === undefined) {
      return;
    }
    if (!this.#selected.delete(id)) {
      this.#selected.add(id);
    }
    this.#anchor = index;
    this.#selectionChanged();
  }

  /** @param {number} index */
  #selectRange(index) {
    const from = Math.min(this.#anchor, index);
    const to = Math.max(this.#anchor, index);
    for (const item of this.#items.slice(from, to + 1)) {
      this.#selected.add(item.id);
    }
    this.#selectionChanged();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (isTyping(event)) {
      return;
    }
    const page = Math.max(1, Math.floor(this.#scroll.clientHeight / this.#measureRow()) - 2);
    const moves = /** @type {Record<string, number>} */ ({
      ArrowDown: this.#active + 1,
      ArrowUp: this.#active - 1,
      PageDown: this.#active + page,
      PageUp: this.#active - page,
      Home: 0,
      End: this.#items.length - 1,
    });
    const target = moves[event.key];
    const active = this.active;
    if (target !== undefined) {
      this.#activate(target);
      if (event.shiftKey) {
        this.#selectRange(this.#active);
      }
    } else if (event.key === 'Enter' && active) {
      this.#actions.open(active.id);
    } else if (event.key === ' ') {
      if (event.shiftKey) {
        this.#selectRange(this.#active);
      } else {
        this.#toggle(this.#active);
      }
    } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'a') {
      this.selectAll(true);
    } else {
      if (active) {
        this.#actions.key(event, active);
      }
      return;
    }
    event.preventDefault();
  }
}
