// The page of cases.

import { acceptDrops, addButtons, emptyList } from './add-files.js';
import { announce } from './announce.js';
import { arranged, isFiltering } from './case-filter.js';
import { CaseGrid } from './case-grid.js';
import { h, isTyping, replace } from './dom.js';
import { FilterBar } from './filter-bar.js';
import { icon } from './icons.js';
import { chosenAim, chosenModel, chosenSecond } from './lens.js';
import { listState } from './list-state.js';
import { toggleMark } from './marking.js';
import { SelectionBar } from './selection-bar.js';
import { uploadPanel } from './upload-panel.js';
import { Uploads } from './uploads.js';

/** @typedef {import('./types.js').Context} Context */

/** @type {Uploads | null} */
let uploads = null;

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
export function mount(root, context) {
  const { cases, session, signal, api } = context;
  uploads ??= new Uploads(api, cases);
  const sending = uploads;
  const add = addButtons(sending, session.limits);
  const selection = new SelectionBar(context, () => grid.selectAll(false));
  const grid = new CaseGrid({
    open: (id) => context.navigate(`/case/${id}`),
    sort: (key) => {
      const { sort } = listState;
      // Numbers are most interesting from the top.
      const first = key === 'probability' || key === 'novelty';
      listState.sort =
        sort.key === key ? { key, descending: !sort.descending } : { key, descending: first };
      filters.build();
      rearrange();
    },
    selected: (ids) => selection.show(ids),
    key: (event, active) => {
      const key = event.key.toLowerCase();
      if (event.key === 'Delete') {
        void selection.remove(grid.selected.size > 0 ? [...grid.selected] : [active.id]);
      } else if ((key === 'r' || key === 'w') && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        void toggleMark(
          context,
          active,
          key === 'r' ? 'right' : 'wrong',
          chosenModel(context)?.id,
        );
      }
    },
  });
  const filters = new FilterBar(context, listState, rearrange);
  const missing = h('div', { class: 'missing-answers' });
  const exports = h('div', { class: 'row exports' });
  const empty = h('div', { class: 'list-empty' });

  root.append(
    h(
      'div',
      { class: 'list-head' },
      h(
        'div',
        { class: 'page-heading' },
        h('h1', {}, 'Cases'),
        add.element,
        missing,
        exports,
      ),
      uploadPanel(sending, signal),
      filters.element,
      selection.element,
    ),
    grid.element,
    empty,
  );
  acceptDrops(root, sending, session.limits);
  grid.watchSize(signal);
  selection.show(grid.selected);

  function refresh() {
    const model = chosenModel(context);
    const second = chosenSecond(context);
    const lens = {
      model: model?.id ?? '',
      second: second?.id ?? null,
      aim: chosenAim(context),
      secondAim: second ? chosenAim(context, second) : null,
      finding: listState.finding,
    };
    const all = cases.all();
    const shown = arranged(all, lens, listState.filter, listState.sort);
    cases.order = shown.map((item) => item.id);
    grid.element.hidden = shown.length === 0;
    grid.show(shown, lens, listState.sort);
    filters.showCount(shown.length, all.length);
    filters.element.hidden = all.length === 0;
    empty.hidden = shown.length > 0;
    if (shown.length === 0) {
      replace(
        empty,
        all.length === 0
          ? emptyList(session.limits)
          : h('p', { class: 'empty' }, isFiltering(listState.filter) ? 'No case passes the filter.' : ''),
      );
    }
    replace(missing, selection.missingAnswers());
    showExports(
      exports,
      all.length > 0,
      all.some((item) => item.mark?.labels),
      model?.id ?? null,
    );
    sayProgress();
  }

  /** After a choice of the user, other than after news of the server. */
  function rearrange() {
    refresh();
    grid.toTop();
  }

  let waiting = 0;

  function sayProgress() {
    const { queued, running } = cases.progress;
    const open = queued + running;
    if (open === 0 && waiting > 0) {
      announce('All cases are answered.');
    }
    waiting = open;
  }

  document.addEventListener(
    'keydown',
    (event) => {
      if (isTyping(event) || event.ctrlKey || event.metaKey || document.querySelector('dialog[open]')) {
        return;
      }
      if (event.key === '/') {
        event.preventDefault();
        filters.focus();
      } else if (event.key.toLowerCase() === 'u') {
        event.preventDefault();
        add.choose();
      }
    },
    { signal },
  );

  cases.onChange(refresh, signal);
  context.events.on(
    'models',
    () => {
      filters.build();
      refresh();
    },
    signal,
  );
  refresh();
  if (listState.active !== null) {
    grid.restore(listState.active, listState.scrollTop);
  }
  return () => {
    listState.active = grid.active?.id ?? null;
    listState.scrollTop = grid.scrollTop;
  };
}

/**
 * @param {HTMLElement} box
 * @param {boolean} any whether there are cases
 * @param {boolean} labelled whether a case of them has labels
 * @param {string | null} model
 */
function showExports(box, any, labelled, model) {
  const key = `${any} ${labelled} ${model}`;
  if (box.dataset.key === key) {
    return;
  }
  box.dataset.key = key;
  if (!any || model === null) {
    replace(box);
    return;
  }
  const link = (/** @type {string} */ href, /** @type {string} */ text, /** @type {string} */ title) =>
    h('a', { class: 'button', href, download: true, title }, icon('download'), text);
  replace(
    box,
    link(
      `/api/export/cases.csv?model=${encodeURIComponent(model)}`,
      'CSV',
      'All cases with the answers of the model',
    ),
    // Without labels there is no set, and a link would lead to an error.
    labelled &&
      link(
        '/api/export/labelled.zip',
        'Labelled set',
        'The films with labels and images.csv, as cxr evaluate and cxr train read it',
      ),
  );
}
