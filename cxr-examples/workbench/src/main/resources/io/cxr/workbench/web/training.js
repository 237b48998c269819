// Trainings: start one on data that the workbench offers, watch its curves, stop and resume it, open
// the model that came of it. The page shows what the server says and computes nothing itself.

import { announce, toastFailure } from './announce.js';
import { messageOf } from './api.js';
import { confirmed } from './dialog.js';
import { h, replace, uniqueId } from './dom.js';
import { duration, plural } from './format.js';
import { Curves } from './plots.js';

/** @typedef {import('./types.js').Job} Job */
/** @typedef {import('./types.js').DataSet} DataSet */
/** @typedef {import('./types.js').Preset} Preset */

/** @type {Record<Job['state'], {text: string, kind: string}>} */
const STATES = {
  queued: { text: 'waiting', kind: 'busy' },
  running: { text: 'running', kind: 'busy' },
  stopping: { text: 'stopping', kind: 'busy' },
  stopped: { text: 'stopped', kind: 'refused' },
  done: { text: 'done', kind: 'right' },
  failed: { text: 'failed', kind: 'failed' },
};

/** One training: its state, its curves and what can be done with it. */
class JobPanel {
  #context;
  /** @type {Job} */
  #job;

  /**
   * @param {import('./types.js').Context} context
   * @param {Job} job
   * @param {{data: (id: string) => string, preset: (id: string) => string}} names
   * @param {(id: string) => void} onDeleted
   */
  constructor(context, job, names, onDeleted) {
    this.#context = context;
    this.#job = job;
    const headingId = uniqueId('job');
    this.badge = h('span', { class: 'badge' });
    this.progress = h('progress', { max: 1, 'aria-labelledby': headingId });
    this.eta = h('span', { class: 'small' });
    this.remaining = h('div', { class: 'job-progress' }, this.progress, this.eta);
    this.stage = h('span', { class: 'small muted' });
    this.error = h('p', { class: 'banner error', hidden: true });
    this.log = this.#log();
    this.loss = new Curves('Loss', 'Epoch', null);
    this.accuracy = new Curves('Accuracy', 'Epoch', [0, 1]);
    this.plots = h('div', { class: 'plots' }, this.loss.element, this.accuracy.element);
    this.waiting = h('p', { class: 'muted' }, 'The curves begin with the first epoch.');
    this.stop = this.#button('Stop', () => context.api.post(`${this.#path()}/stop`));
    this.resume = this.#button('Resume', () => context.api.post(`${this.#path()}/resume`));
    this.open = h('a', { class: 'button primary', href: '#/models' }, 'Open the model');
    this.evaluate = h('a', { class: 'button', href: '#/evaluation' }, 'Evaluate it');
    this.remove = h(
      'button',
      { type: 'button', class: 'danger', onclick: () => this.#delete(onDeleted) },
      'Delete',
    );
    this.element = h(
      'section',
      { class: 'panel job', 'aria-labelledby': headingId },
      h(
        'div',
        { class: 'row spread' },
        h('h2', { id: headingId }, job.name),
        this.badge,
      ),
      h('p', { class: 'small muted' }, `${names.preset(job.preset)} on ${names.data(job.data)}`),
      this.remaining,
      this.stage,
      this.error,
      this.plots,
      this.waiting,
      this.log,
      h('div', { class: 'row' }, this.stop, this.resume, this.open, this.evaluate, this.remove),
    );
    this.update(job);
  }

  #path() {
    return `/api/jobs/${encodeURIComponent(this.#job.id)}`;
  }

  /** What the process wrote, read when it is opened. */
  #log() {
    const text = h('pre', { class: 'log', tabindex: 0, 'aria-label': 'Log of the training' });
    const log = h('details', {}, h('summary', {}, 'Log'), text);
    log.addEventListener('toggle', async () => {
      if (!log.open) {
        return;
      }
      try {
        const answer = await this.#context.api.request('GET', `${this.#path()}/log`);
        text.textContent = (await answer.text()) || 'The process has written nothing.';
      } catch (failure) {
        text.textContent = messageOf(failure) ?? '';
      }
    });
    return log;
  }

  /**
   * @param {string} text
   * @param {() => Promise<any>} action answers with the job or nothing
   */
  #button(text, action) {
    const button = h('button', { type: 'button' }, text);
    button.addEventListener('click', async () => {
      button.disabled = true;
      try {
        const job = await action();
        if (job?.id) {
          this.update(job);
        }
      } catch (failure) {
        toastFailure(failure);
      } finally {
        button.disabled = false;
      }
    });
    return button;
  }

  /** @param {(id: string) => void} onDeleted */
  async #delete(onDeleted) {
    const made = this.#job.model !== null;
    const sure = await confirmed(
      `Delete the training ${this.#job.name}?`,
      made
        ? 'Its curves and the model that came of it are deleted, and cannot be brought back.'
        : 'Its curves and what it has learnt are deleted, and cannot be brought back.',
      'Delete',
    );
    if (!sure) {
      return;
    }
    try {
      await this.#context.api.remove(this.#path());
      onDeleted(this.#job.id);
    } catch (failure) {
      toastFailure(failure);
    }
  }

  /** @param {Job} job */
  update(job) {
    if (job.state !== this.#job.state) {
      announce(`Training ${job.name}: ${STATES[job.state].text}`);
    }
    this.#job = job;
    const { text, kind } = STATES[job.state];
    this.badge.textContent = text;
    this.badge.className = `badge ${kind}`;
    const busy = job.state === 'queued' || job.state === 'running' || job.state === 'stopping';
    if (job.epochs > 0 && (job.epoch > 0 || !busy)) {
      this.progress.value = Math.min(1, job.epoch / job.epochs);
    } else {
      // Without a value it shows that something is going on, not how much of it is done.
      this.progress.removeAttribute('value');
    }
    this.remaining.hidden = job.state === 'done' || job.state === 'failed';
    this.eta.textContent =
      busy && job.etaSeconds !== null && job.etaSeconds !== undefined
        ? `about ${duration(job.etaSeconds)} left`
        : '';
    this.stage.textContent = [
      busy ? job.stage : null,
      job.epochs > 0 ? `epoch ${job.epoch} of ${job.epochs}` : null,
    ]
      .filter(Boolean)
      .join(', ');
    this.error.hidden = !job.error;
    this.error.textContent = job.error ?? '';
    this.stop.hidden = job.state !== 'queued' && job.state !== 'running';
    this.resume.hidden = job.state !== 'stopped' && job.state !== 'failed';
    this.log.hidden = job.state === 'queued';
    this.remove.hidden = busy;
    this.open.hidden = job.model === null;
    this.evaluate.hidden = job.model === null;
    if (job.model !== null) {
      this.open.href = `#/models/${encodeURIComponent(job.model)}`;
      this.evaluate.href = `#/evaluation/of/${encodeURIComponent(job.model)}`;
    }
    const history = job.history ?? [];
    this.plots.hidden = history.length === 0;
    this.waiting.hidden = history.length > 0 || !busy;
    if (history.length > 0) {
      this.loss.update(
        [
          { name: 'training', points: points(history, 'trainingLoss') },
          { name: 'validation', points: points(history, 'validationLoss') },
        ],
        job.epochs,
      );
      const accuracy = [
        { name: 'training', points: points(history, 'trainingAccuracy') },
        { name: 'validation', points: points(history, 'validationAccuracy') },
      ];
      const auroc = points(history, 'auroc');
      this.accuracy.update(
        auroc.length === 0 ? accuracy : [...accuracy, { name: 'validation AUROC', points: auroc }],
        job.epochs,
      );
    }
  }
}

/**
 * A curve of what is known of each epoch.
 *
 * @param {import('./types.js').Epoch[]} history
 * @param {Exclude<keyof import('./types.js').Epoch, 'epoch'>} name
 * @returns {[number, number][]}
 */
function points(history, name) {
  /** @type {[number, number][]} */
  const found = [];
  for (const epoch of history) {
    const value = epoch[name];
    if (typeof value === 'number' && Number.isFinite(value)) {
      found.push([epoch.epoch, value]);
    }
  }
  return found;
}

/**
 * The form that starts a training.
 *
 * @param {import('./types.js').Context} context
 * @param {DataSet[]} data
 * @param {Preset[]} presets
 * @param {(job: Job) => void} onStarted
 */
function startForm(context, data, presets, onStarted) {
  const labels = h('p', { class: 'small muted wide' });
  const select = h(
    'select',
    { required: true },
    data.map((set) => h('option', { value: set.id }, set.name)),
  );
  const name = h('input', { required: true, maxlength: 64, autocomplete: 'off' });
  const epochs = h('input', { type: 'number', min: 1, max: 1000, placeholder: 'as the preset' });
  const seed = h('input', { type: 'number', min: 0, max: 2147483647, placeholder: '1' });
  const showLabels = () => {
    const set = data.find((each) => each.id === select.value);
    const counts = Object.entries(set?.labels ?? {});
    const all = counts.reduce((sum, [, count]) => sum + count, 0);
    labels.textContent =
      `${plural(all, 'film')}: ` + counts.map(([label, count]) => `${label} ${count}`).join(', ');
    if (set && name.dataset.typed !== 'true') {
      name.value = set.name.slice(0, 64);
    }
  };
  select.addEventListener('change', showLabels);
  name.addEventListener('input', () => {
    name.dataset.typed = 'true';
  });
  showLabels();
  const group = uniqueId('preset');
  const times = presets.map(() => h('span', { class: 'small muted' }));
  const showTimes = async () => {
    const asked = select.value;
    try {
      /** @type {Preset[]} */
      const known = await context.api.get(
        `/api/presets?data=${encodeURIComponent(asked)}`,
        context.signal,
      );
      if (asked === select.value) {
        known.forEach((preset, i) => {
          replace(times[i] ?? h('span'), `at most about ${plural(preset.minutes, 'minute')}`);
        });
      }
    } catch {
      // Without the times the presets can be chosen all the same.
    }
  };
  void showTimes();
  select.addEventListener('change', () => void showTimes());
  const start = h('button', { class: 'primary' }, 'Start the training');
  const form = h(
    'form',
    { class: 'start-form' },
    h('label', { class: 'field' }, h('span', {}, 'Data'), select),
    h('label', { class: 'field' }, h('span', {}, 'Name of the model'), name),
    labels,
    h(
      'fieldset',
      { class: 'choices wide' },
      h('legend', {}, 'Preset'),
      presets.map((preset, i) =>
        h(
          'label',
          { class: 'choice' },
          h('input', { type: 'radio', name: group, value: preset.id, checked: i === 0 }),
          h('b', {}, preset.title),
          h('span', { class: 'small muted' }, preset.description),
          times[i] ?? null,
        ),
      ),
    ),
    h(
      'details',
      { class: 'wide' },
      h('summary', {}, 'Epochs and seed'),
      h(
        'div',
        { class: 'start-form' },
        h('label', { class: 'field' }, h('span', {}, 'Epochs at most'), epochs),
        h('label', { class: 'field' }, h('span', {}, 'Seed'), seed),
      ),
    ),
    h('div', { class: 'wide' }, start),
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const chosen = /** @type {HTMLInputElement | null} */ (form.querySelector('[type=radio]:checked'));
    /** @type {Record<string, unknown>} */
    const order = { data: select.value, preset: chosen?.value, name: name.value.trim() };
    if (epochs.value !== '' && presets.find((each) => each.id === chosen?.value)?.curves) {
      order.epochs = epochs.valueAsNumber;
    }
    if (seed.value !== '') {
      order.seed = seed.valueAsNumber;
    }
    start.disabled = true;
    try {
      const job = await context.api.post('/api/jobs', order);
      onStarted(job);
      announce(`Training ${job.name} was started`);
    } catch (failure) {
      toastFailure(failure);
    } finally {
      start.disabled = false;
    }
  });
  return form;
}

/**
 * @param {HTMLElement} root
 * @param {import('./types.js').Context} context
 */
export async function mount(root, context) {
  const { api, events, session, signal } = context;
  context.setTitle('Training');
  const sheet = h('div', { class: 'sheet' }, h('h1', {}, 'Training'));
  root.append(sheet);
  if (!session.features.training) {
    sheet.append(
      h('p', { class: 'banner' }, 'This workbench was started without training.'),
    );
    return;
  }
  const form = h('section', { class: 'panel', 'aria-label': 'Start a training' });
  const list = h('div', { class: 'entries' });
  const none = h('p', { class: 'empty', hidden: true }, 'No training yet.');
  sheet.append(form, list, none);

  // What is told while the page is read is newer than what is read.
  /** @type {Job[]} */
  const told = [];
  /** @type {(job: Job) => void} */
  let listen = (job) => told.push(job);
  events.on('job', (job) => listen(job), signal);
  /** @type {[DataSet[], Preset[], Job[]]} */
  const [data, presets, jobs] = await Promise.all([
    api.get('/api/data', signal),
    api.get('/api/presets', signal),
    api.get('/api/jobs', signal),
  ]);
  /** @type {Map<string, JobPanel>} */
  const panels = new Map();
  const names = {
    data: (/** @type {string} */ id) => data.find((each) => each.id === id)?.name ?? id,
    preset: (/** @type {string} */ id) => presets.find((each) => each.id === id)?.title ?? id,
  };
  /** @param {string} id */
  const forget = (id) => {
    panels.get(id)?.element.remove();
    panels.delete(id);
    none.hidden = panels.size > 0;
  };
  /** @param {Job} job */
  const show = (job) => {
    if (!(job.state in STATES)) {
      // It was deleted, perhaps in another window.
      forget(job.id);
      return;
    }
    const panel = panels.get(job.id);
    if (panel) {
      panel.update(job);
    } else {
      const made = new JobPanel(context, job, names, forget);
      panels.set(job.id, made);
      // The newest first.
      list.prepend(made.element);
    }
    none.hidden = true;
  };
  /** @param {Job[]} all oldest first */
  const showAll = (all) => {
    for (const id of [...panels.keys()]) {
      if (!all.some((job) => job.id === id)) {
        forget(id);
      }
    }
    all.forEach(show);
    none.hidden = panels.size > 0;
  };

  if (data.length === 0) {
    replace(
      form,
      h('h2', {}, 'Start a training'),
      h(
        'p',
        {},
        'There is no data to learn from. Mark cases with their labels, which makes a labelled set, '
          + 'or start the workbench with folders to offer: ',
        h('span', { class: 'code' }, 'cxr workbench --data DIR'),
      ),
    );
  } else {
    replace(form, h('h2', {}, 'Start a training'), startForm(context, data, presets, show));
  }
  showAll(jobs);
  told.forEach(show);
  listen = show;
  events.on('open', async () => {
    try {
      showAll(await api.get('/api/jobs', signal));
    } catch {
      // The next connection tries again.
    }
  }, signal);
}
