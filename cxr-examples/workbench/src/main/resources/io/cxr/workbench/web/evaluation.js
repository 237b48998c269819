// Evaluations: a model on data whose truth is known. Every cell, bin and count leads to the films
// behind it, which open as cases.

import { announce, toastFailure } from './announce.js';
import { confirmed } from './dialog.js';
import { h, replace } from './dom.js';
import { evaluationForm } from './evaluation-form.js';
import { evaluationList, progressOf, STATES } from './evaluation-list.js';
import { evaluationResults } from './evaluation-results.js';

/** @typedef {import('./types.js').Context} Context */
/** @typedef {import('./types.js').Evaluation} Evaluation */
/** @typedef {import('./types.js').EvaluationHead} EvaluationHead */
/** @typedef {import('./types.js').DataSet} DataSet */

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
export async function mount(root, context) {
  const { api, events, session, params, signal, navigate } = context;
  context.setTitle('Evaluation');
  const wanted = params[0] === 'of' ? null : (params[0] ?? null);
  const body = h('div', { class: 'sheet-part', 'aria-live': 'off' });
  // What is told while the page is read is newer than what is read.
  /** @type {Map<string, EvaluationHead>} */
  const told = new Map();
  /** @type {(head: EvaluationHead) => void} */
  let listen = (head) => told.set(head.id, head);
  events.on('evaluation', (head) => listen(head), signal);
  /** @type {[DataSet[], EvaluationHead[]]} */
  const [data, heads] = await Promise.all([
    api.get('/api/data', signal),
    api.get('/api/evaluations', signal),
  ]);
  const models = () => session.models;
  const dataName = (/** @type {string} */ id) => data.find((each) => each.id === id)?.name ?? id;
  const modelName = (/** @type {string} */ id) => {
    const model = models().find((each) => each.id === id);
    return model ? `${model.name} ${model.version}` : id;
  };
  /** @param {EvaluationHead} head */
  const titleOf = (head) =>
    `${head.modelName ?? modelName(head.model)} on ${head.dataName ?? dataName(head.data)}`;

  /** @type {Map<string, EvaluationHead>} */
  const known = new Map(
    [...heads, ...told.values()]
      .filter((head) => head.state in STATES)
      .map((head) => [head.id, head]),
  );
  /** Which evaluation's results are on the page. */
  let shown = /** @type {string | null} */ (null);

  /** @param {EvaluationHead} head */
  const remove = async (head) => {
    const title = `Delete the evaluation ${titleOf(head)}?`;
    if (!(await confirmed(title, 'Its figures are deleted; films and model stay.', 'Delete'))) {
      return;
    }
    try {
      await api.remove(`/api/evaluations/${encodeURIComponent(head.id)}`);
      known.delete(head.id);
      showList();
      if (head.id === wanted) {
        navigate('/evaluation');
      }
    } catch (failure) {
      toastFailure(failure);
    }
  };

  const list = evaluationList({
    titleOf,
    current: wanted,
    onDelete: (head) => void remove(head),
  });
  const showList = () => list.show([...known.values()].reverse());

  const progress = h('progress', { max: 1, 'aria-label': 'Films evaluated' });
  const progressText = h('span', { class: 'small' });
  const waiting = h(
    'section',
    { class: 'panel' },
    h('h2', {}, 'Evaluating'),
    h('div', { class: 'job-progress' }, progress, progressText),
  );

  const showWanted = async () => {
    if (wanted === null || shown === wanted) {
      return;
    }
    const head = known.get(wanted);
    if (!head) {
      replace(body, h('p', { class: 'banner refused' }, 'This evaluation does not exist any more.'));
      return;
    }
    if (head.state === 'failed') {
      replace(body, h('p', { class: 'banner error' }, head.error ?? 'The evaluation failed.'));
      return;
    }
    if (head.state !== 'done') {
      if (head.total > 0) {
        progress.value = head.done / head.total;
        progressText.textContent = progressOf(head);
      } else {
        progress.removeAttribute('value');
        progressText.textContent = STATES[head.state].text;
      }
      if (waiting.parentElement !== body) {
        replace(body, waiting);
      }
      return;
    }
    shown = wanted;
    /** @type {Evaluation} */
    const evaluation = await api.get(`/api/evaluations/${encodeURIComponent(wanted)}`, signal);
    const model = models().find((each) => each.id === head.model);
    replace(body, evaluationResults(context, evaluation, model, titleOf(head)));
    announce(`The evaluation ${titleOf(head)} is done`);
  };

  root.append(
    h(
      'div',
      { class: 'sheet' },
      h('h1', {}, 'Evaluation'),
      evaluationForm(context, data),
      body,
      list.element,
    ),
  );
  listen = (head) => {
    if (!(head.state in STATES)) {
      // It was deleted, perhaps in another window.
      known.delete(head.id);
      showList();
      return;
    }
    known.set(head.id, { ...known.get(head.id), ...head });
    showList();
    showWanted().catch(toastFailure);
  };
  events.on('open', async () => {
    try {
      /** @type {EvaluationHead[]} */
      const all = await api.get('/api/evaluations', signal);
      known.clear();
      all.forEach((head) => known.set(head.id, head));
      showList();
      await showWanted();
    } catch {
      // The next connection tries again.
    }
  }, signal);
  showList();
  await showWanted();
}
