// Where the list stands, for as long as the window is open: so that the way back from a case leads
// to the same row. In memory only, since a text filter may name a patient.

import { noFilter } from './case-filter.js';

/**
 * @typedef {object} ListState
 * @property {import('./case-filter.js').Filter} filter
 * @property {import('./case-filter.js').Sort} sort
 * @property {string | null} finding the label of the probabilities; null for the top label of each
 * @property {string | null} active the case of the active row
 * @property {number} scrollTop
 */

/** @type {ListState} */
export const listState = {
  filter: noFilter(),
  sort: { key: 'added', descending: false },
  finding: null,
  active: null,
  scrollTop: 0,
};
