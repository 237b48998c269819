// The form that starts an evaluation: which model, on which data.

import { toastFailure } from './announce.js';
import { h } from './dom.js';

/** @typedef {import('./types.js').Context} Context */
/** @typedef {import('./types.js').DataSet} DataSet */

/**
 * @param {Context} context
 * @param {DataSet[]} data what there is to choose
 */
export function evaluationForm({ api, session, params, navigate }, data) {
  const modelSelect = h(
    'select',
    { required: true },
    session.models.map((model) =>
      h(
        'option',
        { value: model.id, selected: params[0] === 'of' && params[1] === model.id },
        `${model.name} ${model.version}`,
      ),
    ),
  );
  const dataSelect = h(
    'select',
    { required: true },
    data.map((set) => h('option', { value: set.id }, set.name)),
  );
  const start = h('button', { class: 'primary' }, 'Start the evaluation');
  const form = h(
    'form',
    { class: 'start-form' },
    h('label', { class: 'field' }, h('span', {}, 'Model'), modelSelect),
    h('label', { class: 'field' }, h('span', {}, 'Data with known labels'), dataSelect),
    h('div', { class: 'wide' }, start),
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    start.disabled = true;
    try {
      const made = await api.post('/api/evaluations', {
        model: modelSelect.value,
        data: dataSelect.value,
      });
      navigate(`/evaluation/${encodeURIComponent(made.id)}`);
    } catch (failure) {
      toastFailure(failure);
    } finally {
      start.disabled = false;
    }
  });
  return h(
    'section',
    { class: 'panel', 'aria-label': 'Start an evaluation' },
    h('h2', {}, 'Start an evaluation'),
    data.length === 0
      ? h(
          'p',
          {},
          'There is no data with known labels. Mark cases with their labels, which makes a '
            + 'labelled set, or start the workbench with folders to offer: ',
          h('span', { class: 'code' }, 'cxr workbench --data DIR'),
        )
      : form,
  );
}
