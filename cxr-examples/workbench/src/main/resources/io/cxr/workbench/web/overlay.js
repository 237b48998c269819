// What is laid over a film: the heatmap of one model and the outline of the lungs. Read when it is
// first asked for, since a heatmap costs the model a second look.

import { toast, toastFailure } from './announce.js';
import { ApiError } from './api.js';
import { heatmapCanvas } from './heatmap-layer.js';

/** @typedef {import('./types.js').Context} Context */
/** @typedef {import('./types.js').ColorMap} ColorMap */
/** @typedef {import('./types.js').HeatmapGrid} HeatmapGrid */
/** @typedef {import('./types.js').Model} Model */
/** @typedef {import('./types.js').Outline} Outline */

/** @type {Promise<Record<string, ColorMap>> | null} */
let colorMaps = null;

/**
 * The colour maps of the SDK, read once.
 *
 * @param {import('./api.js').Api} api
 */
export function loadColorMaps(api) {
  colorMaps ??= api.get('/api/color-maps').catch((failure) => {
    colorMaps = null;
    throw failure;
  });
  return /** @type {Promise<Record<string, ColorMap>>} */ (colorMaps);
}

export class Overlay {
  #context;
  #viewer;
  #caseId;
  #model;
  /** @type {Map<string, Promise<HeatmapGrid>>} */
  #grids = new Map();
  /** @type {Promise<Outline[]> | null} */
  #outlines = null;
  /** Only the latest wish is fulfilled. */
  #wish = 0;

  /**
   * @param {Context} context
   * @param {import('./viewer.js').Viewer} viewer
   * @param {string} caseId
   * @param {Model} model
   */
  constructor(context, viewer, caseId, model) {
    this.#context = context;
    this.#viewer = viewer;
    this.#caseId = caseId;
    this.#model = model;
  }

  /** @param {{heatmap: boolean, label: string, colorMap: string, opacity: number, lungs: boolean}} wanted */
  async show({ heatmap, label, colorMap, opacity, lungs }) {
    this.#wish += 1;
    const wish = this.#wish;
    this.#viewer.showOpacity(opacity);
    try {
      const outlines = lungs && this.#model.lungs ? await this.#loadOutlines() : [];
      if (wish === this.#wish) {
        this.#viewer.showOutlines(outlines);
      }
      if (!heatmap || !this.#model.heatmaps) {
        this.#viewer.showHeatmap(null, { x: 0, y: 0, width: 0, height: 0 });
        return;
      }
      const [grid, maps] = await Promise.all([
        this.#loadGrid(label),
        loadColorMaps(this.#context.api),
      ]);
      const colors = maps[colorMap] ?? Object.values(maps)[0];
      if (wish === this.#wish && colors) {
        this.#viewer.showHeatmap(heatmapCanvas(grid, colors), grid.region);
      }
    } catch (failure) {
      if (wish === this.#wish) {
        toastFailure(failure);
      }
    }
  }

  /** @param {string} label */
  #loadGrid(label) {
    const kept = this.#grids.get(label);
    if (kept) {
      return kept;
    }
    const query = new URLSearchParams({ model: this.#model.id, label });
    const loading = this.#context.api.get(
      `/api/cases/${this.#caseId}/heatmap?${query}`,
      this.#context.signal,
    );
    this.#grids.set(label, loading);
    loading.catch(() => this.#grids.delete(label));
    return loading;
  }

  #loadOutlines() {
    this.#outlines ??= this.#context.api
      .get(`/api/cases/${this.#caseId}/lungs`, this.#context.signal)
      .then(({ outlines }) => outlines)
      .catch((failure) => {
        if (failure instanceof ApiError && failure.status === 404) {
          toast('No lungs were found in this film.');
          return [];
        }
        throw failure;
      });
    return this.#outlines;
  }
}
