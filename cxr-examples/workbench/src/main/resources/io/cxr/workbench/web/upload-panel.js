// Shows an upload: how far it is, a way to cancel, and which files were not added and why.

import { announce } from './announce.js';
import { h, replace } from './dom.js';
import { bytes, plural } from './format.js';

/** @typedef {import('./uploads.js').Uploads} Uploads */

/**
 * @param {Uploads} uploads
 * @param {AbortSignal} signal
 * @returns {HTMLElement}
 */
export function uploadPanel(uploads, signal) {
  const text = h('span', { class: 'numbers' });
  const bar = h('progress', { 'aria-label': 'Upload', max: 1, value: 0 });
  const button = h('button', { type: 'button' });
  const failures = h('details', { class: 'upload-failures', hidden: true });
  const panel = h(
    'section',
    { class: 'upload-panel', 'aria-label': 'Upload', hidden: true },
    text,
    bar,
    button,
    failures,
  );
  let saidAt = 0;
  let wasActive = uploads.state.active;

  button.addEventListener('click', () =>
    uploads.state.active ? uploads.cancel() : uploads.dismiss(),
  );

  function show() {
    const state = uploads.state;
    panel.hidden = state.files === 0 || (!state.active && state.failures.length === 0 && !state.cancelled);
    bar.max = Math.max(1, state.bytes);
    bar.value = state.active ? state.sentBytes : state.bytes;
    bar.hidden = !state.active;
    button.textContent = state.active ? 'Cancel' : 'Close';
    const message = summary(state);
    text.textContent = message;
    showFailures(failures, state.failures);
    // Every tenth of the way is said, not every file.
    const tenth = Math.floor((10 * state.sent) / Math.max(1, state.files));
    if (wasActive !== state.active || tenth !== saidAt) {
      announce(message);
      saidAt = tenth;
      wasActive = state.active;
    }
  }

  uploads.onChange(show, signal);
  show();
  return panel;
}

/** @param {import('./uploads.js').UploadState} state */
function summary(state) {
  if (state.active) {
    return `Adding ${state.sent} of ${plural(state.files, 'file')}, ${bytes(state.sentBytes)} of ${bytes(state.bytes)}`;
  }
  const added = state.sent - state.failures.length;
  return (
    `${plural(added, 'file')} added` +
    (state.failures.length > 0 ? `, ${state.failures.length} not` : '') +
    (state.cancelled ? `, ${state.files - state.sent} cancelled` : '')
  );
}

/**
 * @param {HTMLDetailsElement} details
 * @param {{name: string, message: string}[]} failures
 */
function showFailures(details, failures) {
  details.hidden = failures.length === 0;
  if (details.childElementCount > 0 && details.dataset.count === String(failures.length)) {
    return;
  }
  details.dataset.count = String(failures.length);
  replace(
    details,
    h('summary', {}, `${plural(failures.length, 'file was', 'files were')} not added`),
    h(
      'ul',
      {},
      failures.map(({ name, message }) => h('li', {}, `${name}: ${message}`)),
    ),
  );
}
