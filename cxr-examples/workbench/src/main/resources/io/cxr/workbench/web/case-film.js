// Reads a case and its film, and asks a model that has not seen it.

import { toastFailure } from './announce.js';
import { ApiError, messageOf } from './api.js';
import { h } from './dom.js';
import { Pixels } from './pixels.js';
import { plainReason } from './reasons.js';

/** @typedef {import('./types.js').Context} Context */
/** @typedef {import('./types.js').Case} Case */
/** @typedef {import('./types.js').Model} Model */
/** @typedef {import('./viewer.js').Viewer} Viewer */

/**
 * The case of the address, from what is known or from the server.
 *
 * @param {Context} context
 * @returns {Promise<Case>}
 */
export async function caseOf({ cases, api, params, signal }) {
  const id = params[0] ?? '';
  const known = cases.get(id);
  if (known) {
    return known;
  }
  const item = /** @type {Case} */ (await api.get(`/api/cases/${encodeURIComponent(id)}`, signal));
  cases.put([item]);
  return item;
}

/**
 * @param {Context} context
 * @param {Viewer[]} viewers
 * @param {HTMLElement} stage
 * @param {Case} item
 * @param {import('./types.js').Answer | undefined} answer
 */
export async function showFilm({ api, signal }, viewers, stage, item, answer) {
  const note = h('p', { class: 'stage-note', role: 'status' }, 'Loading the film');
  stage.append(note);
  try {
    const pixels = await Pixels.load(api, item.id, signal);
    for (const viewer of viewers) {
      viewer.showPixels(pixels);
    }
    note.remove();
  } catch (failure) {
    const text = messageOf(failure);
    if (text !== null) {
      // A damaged file is a case too, without a film.
      note.textContent =
        answer && answer.state !== 'done' && failure instanceof ApiError
          ? `There is no film to show. ${plainReason(answer)}`
          : text;
    }
  }
}

/**
 * @param {Context} context
 * @param {Model} model
 * @param {string} id
 */
export async function ask({ api, cases }, model, id) {
  try {
    await api.post(`/api/models/${encodeURIComponent(model.id)}/run`, { ids: [id] });
    cases.put([await api.get(`/api/cases/${id}`)]);
  } catch (failure) {
    toastFailure(failure);
  }
}
