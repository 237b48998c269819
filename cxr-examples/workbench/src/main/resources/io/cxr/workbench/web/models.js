// The models that are open, each with its card and the verdict of its shortcut audit, drawn where
// numbers have intervals.

import { ApiError } from './api.js';
import { h } from './dom.js';
import { interval, intervals, number, numbers, withInterval } from './plots.js';

/** @typedef {import('./types.js').Model} Model */
/** @typedef {import('./types.js').Context} Context */
/** @typedef {import('./dom.js').Child} Child */

/**
 * The JSON of a model card; docs/model-format.md says what is in it.
 *
 * @typedef {Record<string, any>} Card
 */

/** @type {Record<Model['task'], string>} */
const TASKS = {
  exclusive: 'one label of several',
  findings: 'findings, each by itself',
  measurements: 'measurements',
};

/** @type {Record<string, string>} */
const METRICS = {
  accuracy: 'Accuracy',
  balancedAccuracy: 'Balanced accuracy',
  auroc: 'AUROC',
  calibrationError: 'Calibration error',
  brierScore: 'Brier score',
  labelSetCoverage: 'Coverage of label sets',
};

/** The probes of the shortcut audit: what of a film they look at. */
/** @type {Record<string, string>} */
const PROBES = {
  borders: 'Borders',
  border_histogram: 'Gray levels of borders',
  file_properties: 'File properties',
  thumbnail: 'Thumbnail',
  sharpness: 'Sharpness',
  histogram: 'Gray levels',
  centre_histogram: 'Gray levels, centre',
  centre: 'Thumbnail, centre',
};

/**
 * @param {string} name
 * @param {Child | Child[]} value nothing: the fact is left out
 */
function fact(name, value) {
  if (value === null || value === undefined || value === false || value === '') {
    return [];
  }
  return [h('dt', {}, name), h('dd', {}, value)];
}

/**
 * @param {string} title
 * @param {...(Child | Child[])} children
 */
function panel(title, ...children) {
  return h('section', { class: 'panel' }, h('h2', {}, title), ...children);
}

/** @param {Record<string, number> | undefined} counts */
function inWords(counts) {
  return Object.entries(counts ?? {})
    .map(([label, count]) => `${label} ${count}`)
    .join(', ');
}

/**
 * Metrics of one part of the data, with intervals.
 *
 * @param {any} figures
 */
function figuresPart(figures) {
  const metrics = Object.entries(/** @type {Record<string, any>} */ (figures.metrics ?? {}));
  const overall = metrics.filter(([key, value]) => key in METRICS && interval(value) !== null);
  const byLabel = metrics.filter(([key]) => /^auroc\./.test(key));
  const title = figures.subset === 'test' ? 'On test films' : `On ${figures.subset} films`;
  return panel(
    title,
    h(
      'p',
      { class: 'small muted' },
      `${inWords(figures.images)}${figures.patients ? `; ${figures.patients} patients` : ''}. `
        + (figures.subset === 'test'
          ? 'Set aside before anything else was chosen.'
          : 'These flatter: epoch, calibration and thresholds were chosen by these films.'),
    ),
    h(
      'div',
      { class: 'plots' },
      overall.length > 0
        && h(
          'figure',
          { class: 'plot-figure' },
          intervals(
            overall.map(([key, value]) => ({ name: METRICS[key] ?? key, value })),
            'Value with its 95 % interval',
          ),
        ),
      byLabel.length > 0
        && h(
          'figure',
          { class: 'plot-figure' },
          intervals(
            byLabel.map(([key, value]) => ({ name: key.slice('auroc.'.length), value })),
            'AUROC by label',
            0.5,
          ),
        ),
    ),
    numbers(
      `${title}: all figures`,
      ['Figure', 'Value (95 % interval)'],
      metrics.map(([key, value]) => [METRICS[key] ?? key, withInterval(value)]),
    ),
  );
}

/** @param {Card} card */
function thresholdsPart(card) {
  const thresholds = /** @type {any[]} */ (card.thresholds ?? []);
  if (thresholds.length === 0) {
    return null;
  }
  return panel(
    'Operating points',
    h(
      'div',
      { class: 'table-scroll', tabindex: 0, role: 'group', 'aria-label': 'Operating points' },
      h(
        'table',
        { class: 'plot-numbers' },
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            ['Label', 'Aim', 'Threshold', 'Sensitivity', 'Specificity'].map((name) =>
              h('th', { scope: 'col' }, name),
            ),
          ),
        ),
        h(
          'tbody',
          {},
          thresholds.map((each) =>
            h(
              'tr',
              {},
              h('th', { scope: 'row' }, each.label),
              h('td', {}, `${each.aim} ${each.target ?? ''}`),
              h('td', {}, number(each.threshold)),
              h('td', {}, withInterval(each.sensitivity)),
              h('td', {}, withInterval(each.specificity)),
            ),
          ),
        ),
      ),
    ),
  );
}

/**
 * The verdict of the shortcut audit, and how well each probe told the labels apart.
 *
 * @param {any} audit {found, verdict, figures}; null: the model has none
 */
function auditPart(audit) {
  if (audit === null) {
    return panel(
      'Shortcut audit',
      h('p', {}, 'Nobody has asked whether the labels of its data can be told apart without the lungs.'),
    );
  }
  const figures = /** @type {Record<string, number>} */ (audit.figures ?? {});
  const probes = Object.keys(figures)
    .map((key) => /^audit\.([^.]+)\.auroc$/.exec(key)?.[1])
    .filter((name) => name !== undefined)
    .map((name) => ({
      name: PROBES[name] ?? name.replaceAll('_', ' '),
      value: {
        value: figures[`audit.${name}.auroc`] ?? NaN,
        low: figures[`audit.${name}.low`] ?? null,
        high: figures[`audit.${name}.high`] ?? null,
      },
    }))
    .sort((a, b) => b.value.value - a.value.value);
  return panel(
    'Shortcut audit',
    h(
      'p',
      { class: `banner ${audit.found ? 'error' : ''}` },
      h('b', {}, audit.found ? 'Shortcuts were found. ' : 'No shortcut was found. '),
      audit.verdict,
    ),
    probes.length > 0 && [
      h(
        'p',
        { class: 'small muted' },
        'How well what is not the lungs tells the labels apart: 0.5 is chance, 1 is always.',
      ),
      h(
        'figure',
        { class: 'plot-figure' },
        intervals(probes, 'AUROC of each probe, with its 95 % interval', 0.5),
        numbers(
          'Probes of the audit',
          ['Probe', 'AUROC (95 % interval)'],
          probes.map((probe) => [probe.name, withInterval(probe.value)]),
        ),
      ),
    ],
  );
}

/** @param {any} step */
function stepInWords(step) {
  const { step: name, ...settings } = step;
  const values = Object.entries(settings).map(([key, value]) => `${key} ${value}`);
  return values.length === 0 ? name : `${name} (${values.join(', ')})`;
}

/** @param {Card} card */
function preprocessingPart(card) {
  const inputs = card.inputs
    ? /** @type {any[]} */ (card.inputs).map((input) => [input.name, input.preprocessing])
    : [['', card.preprocessing]];
  return panel(
    'What it sees',
    inputs.map(([name, preprocessing]) => [
      name !== '' && h('h3', {}, name),
      h(
        'ol',
        { class: 'steps small' },
        (preprocessing?.steps ?? []).map((/** @type {any} */ step) => h('li', {}, stepInWords(step))),
      ),
    ]).flat(),
  );
}

/** @param {Card} card */
function trainingPart(card) {
  const training = card.training;
  const origin = card.origin;
  if (!training && !origin) {
    return null;
  }
  return panel(
    'Where it comes from',
    h(
      'dl',
      { class: 'facts' },
      training && [
        fact('Data', training.data),
        fact('Training films', inWords(training.trainingImages)),
        fact('Validation films', inWords(training.validationImages)),
        fact('Patients', training.patientsApart ? 'no patient in two parts' : 'not known to be apart'),
        fact('Epochs', training.epochs && `${training.epochs}, the best was ${training.bestEpoch}`),
        fact('Seed', String(training.seed ?? '')),
        fact('Finished', training.finished === false ? 'no: it was stopped or ran out of time' : 'yes'),
      ].flat(),
      origin && [
        fact('Adopted from', origin.network),
        fact('Licence', origin.licence),
      ].flat(),
    ),
  );
}

/** @param {Card} card */
function gatesPart(card) {
  const views = /** @type {any[]} */ (card.views?.classes ?? []).filter((each) => 'threshold' in each);
  if (!card.novelty && views.length === 0) {
    return panel('What it refuses', h('p', {}, 'Nothing: it has no gate.'));
  }
  return panel(
    'What it refuses',
    h(
      'dl',
      { class: 'facts' },
      card.novelty
        && fact('Unlike its training films', `above a novelty of ${number(card.novelty.threshold, 2)}`),
      views.map((each) => fact(each.view, `above a probability of ${number(each.threshold, 2)}`)).flat(),
    ),
  );
}

/**
 * @param {Model} model
 * @param {Card} card
 * @param {any} audit
 */
function cardParts(model, card, audit) {
  const calibration = card.calibration;
  return [
    h(
      'section',
      { class: 'panel' },
      h(
        'div',
        { class: 'row spread' },
        h('h2', {}, `${model.name} ${model.version}`),
        h(
          'a',
          { class: 'button', href: `#/evaluation/of/${encodeURIComponent(model.id)}` },
          'Evaluate it',
        ),
      ),
      h(
        'dl',
        { class: 'facts' },
        fact('Answers', TASKS[model.task]),
        fact('Labels', model.labels.join(', ')),
        fact('Architecture', card.architecture),
        fact(
          'Calibration',
          calibration
            ? `${calibration.type}${calibration.temperature ? ` ${number(calibration.temperature, 2)}` : ''}`
            : 'none',
        ),
        fact(
          'Label sets',
          card.conformal && `hold the truth in ${Math.round((1 - card.conformal.alpha) * 100)} % of films`,
        ),
        fact('Heatmaps', model.heatmaps ? 'yes' : 'no'),
        fact('SHA-256', h('span', { class: 'code' }, model.sha256)),
      ),
      h('p', { class: 'small' }, card.notice),
    ),
    auditPart(audit),
    h(
      'div',
      { class: 'columns' },
      /** @type {any[]} */ (card.figures ?? [])
        .slice()
        .sort((a) => (a.subset === 'test' ? -1 : 1))
        .map(figuresPart),
    ),
    thresholdsPart(card),
    h('div', { class: 'columns' }, trainingPart(card), preprocessingPart(card), gatesPart(card)),
    h(
      'details',
      { class: 'panel' },
      h('summary', {}, 'The whole card as JSON'),
      h(
        'pre',
        { class: 'raw', tabindex: 0, role: 'group', 'aria-label': 'The card as JSON' },
        JSON.stringify(card, null, 2),
      ),
    ),
  ];
}

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
export async function mount(root, context) {
  const { api, events, session, params, signal } = context;
  context.setTitle('Models');
  const list = h('ul', { class: 'entries' });
  const body = h('div', { class: 'sheet-part' });
  /** @type {Model[]} */
  let models = session.models;
  const chosen = models.find((each) => each.id === params[0]) ?? models[0];
  const showList = () => {
    list.replaceChildren(
      ...models.map((model) =>
        h(
          'li',
          { 'aria-current': model.id === chosen?.id ? 'true' : null },
          h(
            'a',
            { class: 'grow', href: `#/models/${encodeURIComponent(model.id)}` },
            `${model.name} ${model.version}`,
          ),
          h('span', { class: 'small muted' }, model.labels.join(', ')),
          model.audit && h('span', { class: 'badge' }, 'audited'),
        ),
      ),
    );
  };
  showList();
  root.append(
    h(
      'div',
      { class: 'sheet' },
      h('h1', {}, 'Models'),
      h('section', { class: 'panel', 'aria-label': 'Open models' }, list),
      params[0] !== undefined && params[0] !== chosen?.id
        && h('p', { class: 'banner refused' }, 'That model is not open any more.'),
      body,
    ),
  );
  events.on('models', (/** @type {Model[]} */ all) => {
    models = all;
    showList();
  }, signal);
  if (!chosen) {
    return;
  }
  const path = `/api/models/${encodeURIComponent(chosen.id)}`;
  const [card, audit] = await Promise.all([
    api.get(`${path}/card`, signal),
    api.get(`${path}/audit`, signal).catch((failure) => {
      if (failure instanceof ApiError && failure.status === 404) {
        return null;
      }
      throw failure;
    }),
  ]);
  body.append(...cardParts(chosen, card, audit).filter((part) => part !== null));
}
