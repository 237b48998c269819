// The page of one case: the film on the left, what the model says of it on the right.

import { answerPanel } from './answer-panel.js';
import { loadCard } from './cards.js';
import { ask, caseOf, showFilm } from './case-film.js';
import { caseHeading } from './case-heading.js';
import { listenForKeys } from './case-keys.js';
import { h, replace } from './dom.js';
import { select } from './filter-bar.js';
import { bytes, time } from './format.js';
import { openHeader } from './header-dialog.js';
import { icon } from './icons.js';
import { chosenAim, chosenModel, modelName } from './lens.js';
import { MarkForm } from './mark-form.js';
import { openModel } from './model-dialog.js';
import { aimsOf } from './operating-points.js';
import { Overlay } from './overlay.js';
import { Viewer } from './viewer.js';
import { ViewerToolbar } from './viewer-toolbar.js';

/** @typedef {import('./types.js').Context} Context */
/** @typedef {import('./types.js').Case} Case */
/** @typedef {import('./types.js').Model} Model */
/** @typedef {import('./cards.js').Card} Card */

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
export async function mount(root, context) {
  const { cases, api, signal, preferences, session, navigate } = context;
  const item = await caseOf(context);
  const model = chosenModel(context);
  const viewer = new Viewer(`Film ${item.name}`, signal);
  const stage = h('div', { class: 'stage' }, viewer.element);
  const answer = item.answers[model?.id ?? ''];
  const pane = {
    viewer,
    overlay: model ? new Overlay(context, viewer, item.id, model) : null,
    label: answer?.top?.label ?? model?.labels[0] ?? '',
  };
  const toolbar = new ViewerToolbar(context, [pane], {
    labels: model?.heatmaps && answer?.state === 'done' ? model.labels : [],
    lungs: model?.lungs ?? false,
  });
  const marks = new MarkForm(context, item, model);
  const answerBox = h('div', { class: 'answer', 'aria-live': 'polite' });
  const side = h(
    'aside',
    { class: 'case-side', 'aria-label': 'Answer' },
    h(
      'div',
      { class: 'case-answer' },
      modelControls(context, item),
      answerBox,
      actions(context, item, model),
      facts(item),
    ),
    marks.element,
  );
  /** @type {Card | null} */
  let card = null;

  root.append(
    caseHeading(context, item, () => togglePanel()),
    toolbar.element,
    h('div', { class: 'case-body' }, stage, side),
  );
  showPanel();

  function togglePanel() {
    preferences.set('panel', !preferences.get('panel'));
    showPanel();
  }

  function showPanel() {
    root.classList.toggle('without-side', !preferences.get('panel'));
  }

  let waited = answer?.state;

  function refresh() {
    const current = cases.get(item.id) ?? item;
    const now = model && current.answers[model.id];
    if (waited !== now?.state && (waited === 'queued' || waited === 'running') && now?.state === 'done') {
      // The heatmap's label is known now: the page begins anew.
      waited = now.state;
      remount();
      return;
    }
    waited = now?.state;
    marks.show(current);
    replace(
      answerBox,
      model
        ? answerPanel({
            answer: now,
            model,
            aim: chosenAim(context, model),
            card,
            ask: () => void ask(context, model, item.id),
          })
        : h('p', { class: 'banner' }, 'No model is open.'),
    );
  }

  function remount() {
    // The router shows a page when the address changes; here it is the same address.
    window.dispatchEvent(new HashChangeEvent('hashchange'));
  }

  refresh();
  cases.onChange(refresh, signal);
  side.addEventListener('change', (event) => {
    if (event.target instanceof HTMLSelectElement) {
      if (event.target.getAttribute('aria-label') === 'Model') {
        remount();
      } else {
        refresh();
      }
    }
  });
  if (model) {
    loadCard(api, model.id).then(
      (loaded) => {
        card = loaded;
        refresh();
      },
      () => undefined,
    );
  }

  listenForKeys(context, item, marks, toolbar, (key) => {
    switch (key) {
      case 'e':
        preferences.set('panel', true);
        showPanel();
        marks.focusRemark();
        return true;
      case 'c':
        if (session.models.length > 1) {
          navigate(`/compare/${item.id}`);
        }
        return true;
      case 'p':
        togglePanel();
        return true;
      default:
        return false;
    }
  });

  void showFilm(context, [viewer], stage, item, answer);
}

/**
 * @param {Context} context
 * @param {Case} item
 */
function modelControls(context, item) {
  const { session, preferences } = context;
  const model = chosenModel(context);
  const aims = aimsOf(model);
  return h(
    'div',
    { class: 'model-controls', 'data-case': item.id },
    select(
      'Model',
      session.models.map((other) => [other.id, modelName(other, session.models)]),
      model?.id ?? '',
      (value) => preferences.set('model', value),
    ),
    aims.length > 0 &&
      select(
        'Operating point',
        aims.map((aim) => [aim.id, aim.text]),
        chosenAim(context)?.id ?? '',
        (value) => preferences.set('operatingPoint', value),
      ),
  );
}

/**
 * @param {Context} context
 * @param {Case} item
 * @param {Model | undefined} model
 */
function actions(context, item, model) {
  const query = model ? `?model=${encodeURIComponent(model.id)}` : '';
  const state = model ? item.answers[model.id]?.state : undefined;
  // A report shows what the model looked at; of a refusal there is a DICOM report.
  const pdf = model?.heatmaps === true && state === 'done';
  const dicom =
    model?.heatmaps === true && item.dicom && (state === 'done' || state === 'refused');
  const download = (/** @type {string} */ path, /** @type {string} */ text, /** @type {string} */ title) =>
    h('a', { class: 'button', href: `${path}${query}`, download: true, title }, icon('download'), text);
  return h(
    'div',
    { class: 'case-actions row' },
    model && [
      pdf && download(`/api/cases/${item.id}/report.pdf`, 'PDF', 'Report of this case'),
      dicom && download(`/api/cases/${item.id}/dicom.zip`, 'DICOM', 'DICOM results of this case'),
      download('/api/export/cases.csv', 'CSV', 'All cases with the answers of the model'),
      h(
        'button',
        { type: 'button', onclick: () => void openModel(context, model, 'card') },
        'Model card',
      ),
      model.audit &&
        h(
          'button',
          { type: 'button', onclick: () => void openModel(context, model, 'audit') },
          'Audit',
        ),
    ],
    item.dicom &&
      h('button', { type: 'button', onclick: () => openHeader(context, item.id) }, 'DICOM header'),
  );
}

/** @param {Case} item */
function facts(item) {
  const rows = /** @type {[string, string][]} */ ([
    ['Folder', item.folder],
    ['Format', item.format],
    ['Size', item.width > 0 ? `${item.width} x ${item.height}, ${item.bits} bits` : ''],
    ['File', bytes(item.bytes)],
    ['Added', time(item.added)],
  ]);
  return h(
    'dl',
    { class: 'facts' },
    rows
      .filter(([, value]) => value !== '')
      .flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
  );
}
