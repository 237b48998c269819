// Two models on one film, side by side: the viewers show the same part at the same window.

import { answerPanel } from './answer-panel.js';
import { loadCard } from './cards.js';
import { ask, caseOf, showFilm } from './case-film.js';
import { caseHeading } from './case-heading.js';
import { disagree } from './case-filter.js';
import { listenForKeys } from './case-keys.js';
import { h, replace } from './dom.js';
import { select } from './filter-bar.js';
import { chosenAim, chosenModel, chosenSecond, modelName } from './lens.js';
import { MarkForm } from './mark-form.js';
import { Overlay } from './overlay.js';
import { Viewer } from './viewer.js';
import { ViewerToolbar } from './viewer-toolbar.js';

/** @typedef {import('./types.js').Context} Context */
/** @typedef {import('./types.js').Case} Case */
/** @typedef {import('./types.js').Model} Model */

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
export async function mount(root, context) {
  const { cases, session, signal, navigate } = context;
  const item = await caseOf(context);
  const first = chosenModel(context);
  const second =
    chosenSecond(context) ?? session.models.find((model) => model.id !== first?.id);
  if (!first || !second) {
    root.append(
      caseHeading(context, item, null),
      h(
        'p',
        { class: 'empty' },
        'A comparison needs two models. Start the workbench with --model or --models, or train one.',
      ),
    );
    return;
  }
  const models = [first, second];
  const lens = {
    model: first.id,
    second: second.id,
    aim: chosenAim(context, first),
    secondAim: chosenAim(context, second),
    finding: null,
  };
  const columns = models.map((model, index) => column(context, item, model, index));
  const labels = [
    ...new Set(models.filter((model) => model.heatmaps).flatMap((model) => model.labels)),
  ];
  const toolbar = new ViewerToolbar(
    context,
    columns.map(({ pane }) => pane),
    { labels, lungs: models.some((model) => model.lungs) },
  );
  const marks = new MarkForm(context, item, first);
  const verdict = h('p', { class: 'compare-verdict', role: 'status' });

  root.append(
    caseHeading(context, item, null),
    toolbar.element,
    h(
      'div',
      { class: 'compare-columns' },
      columns.map(({ element }) => element),
    ),
    h('div', { class: 'compare-foot' }, verdict, marks.element),
  );

  function refresh() {
    const current = cases.get(item.id) ?? item;
    marks.show(current);
    for (const { show } of columns) {
      show(current);
    }
    replace(verdict, comparison(current, lens));
  }

  cases.onChange(refresh, signal);
  root.addEventListener('change', (event) => {
    if (event.target instanceof HTMLSelectElement && event.target.closest('.compare-head')) {
      window.dispatchEvent(new HashChangeEvent('hashchange'));
    }
  });
  refresh();
  listenForKeys(context, item, marks, toolbar, (key) => {
    if (key !== 'c') {
      return false;
    }
    navigate(`/case/${item.id}`);
    return true;
  });

  const stage = columns[0]?.stage;
  if (stage) {
    void showFilm(
      context,
      columns.map(({ pane }) => pane.viewer),
      stage,
      item,
      item.answers[first.id],
    );
  }
}

/**
 * @param {Context} context
 * @param {Case} item
 * @param {Model} model
 * @param {number} index
 */
function column(context, item, model, index) {
  const { session, signal, api } = context;
  const viewer = new Viewer(`Film ${item.name}, ${model.name}`, signal);
  const stage = h('div', { class: 'stage' }, viewer.element);
  // A box that scrolls must be reachable by key.
  const answerBox = h('div', {
    class: 'answer',
    'aria-live': 'polite',
    tabindex: 0,
    role: 'group',
    'aria-label': `Answer of ${model.name}`,
  });
  const answer = item.answers[model.id];
  const pane = {
    viewer,
    overlay: answer?.state === 'done' ? new Overlay(context, viewer, item.id, model) : null,
    label: answer?.top?.label ?? model.labels[0] ?? '',
  };
  /** @type {import('./cards.js').Card | null} */
  let card = null;
  let shown = item;

  /** @param {Case} current */
  function show(current) {
    shown = current;
    const now = current.answers[model.id];
    if (now?.state === 'done' && !pane.overlay) {
      pane.overlay = new Overlay(context, viewer, item.id, model);
      pane.label = now.top?.label ?? pane.label;
    }
    replace(
      answerBox,
      answerPanel({
        answer: now,
        model,
        aim: chosenAim(context, model),
        card,
        ask: () => void ask(context, model, item.id),
      }),
    );
  }

  loadCard(api, model.id).then(
    (loaded) => {
      card = loaded;
      show(shown);
    },
    () => undefined,
  );
  const name = index === 0 ? 'Model on the left' : 'Model on the right';
  return {
    pane,
    stage,
    show,
    element: h(
      'section',
      { class: 'compare-column', 'aria-label': model.name },
      h(
        'div',
        { class: 'compare-head' },
        select(
          name,
          session.models.map((other) => [other.id, modelName(other, session.models)]),
          model.id,
          (value) => choose(context, index, value),
        ),
      ),
      stage,
      answerBox,
    ),
  };
}

/**
 * Choosing the other side's model exchanges the two.
 *
 * @param {Context} context
 * @param {number} index
 * @param {string} id
 */
function choose(context, index, id) {
  const { preferences, session } = context;
  const first = chosenModel(context);
  const second = chosenSecond(context) ?? session.models.find((model) => model.id !== first?.id);
  const ids = [first?.id ?? null, second?.id ?? null];
  if (ids[1 - index] === id) {
    ids.reverse();
  } else {
    ids[index] = id;
  }
  preferences.set('model', ids[0] ?? null);
  preferences.set('secondModel', ids[1] ?? null);
}

/**
 * @param {Case} item
 * @param {import('./case-filter.js').Lens} lens
 */
function comparison(item, lens) {
  const answers = [lens.model, lens.second ?? ''].map((id) => item.answers[id]);
  if (answers.some((answer) => !answer || answer.state === 'queued' || answer.state === 'running')) {
    return h('span', { class: 'muted' }, 'Not both models have answered.');
  }
  return disagree(item, lens)
    ? h('span', { class: 'badge wrong' }, 'The models differ')
    : h('span', { class: 'badge right' }, 'The models agree');
}
