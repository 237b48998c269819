// Theme and view preferences: the only thing that the browser keeps. No case, label or remark is
// ever among them.

/**
 * @typedef {object} Values
 * @property {'dark' | 'light' | 'system'} theme
 * @property {string | null} model the model whose answers the list and the case show
 * @property {string | null} secondModel the model of the second column and of the second viewer
 * @property {string | null} operatingPoint the kind of operating point, such as 'sensitivity-0.95'
 * @property {string} colorMap
 * @property {number} opacity of the heatmap, from 0 to 1
 * @property {boolean} heatmap
 * @property {boolean} lungs
 * @property {boolean} panel whether the case's side panel is open
 */

/** @type {Values} */
const DEFAULTS = {
  theme: 'dark',
  model: null,
  secondModel: null,
  operatingPoint: null,
  colorMap: 'inferno',
  opacity: 0.45,
  heatmap: false,
  lungs: false,
  panel: true,
};

const KEY = 'cxr-workbench';

export class Preferences {
  /** @type {Values} */
  #values = { ...DEFAULTS };

  constructor() {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}');
      for (const name of /** @type {(keyof Values)[]} */ (Object.keys(DEFAULTS))) {
        if (name in kept) {
          this.#values = { ...this.#values, [name]: kept[name] };
        }
      }
    } catch {
      // A browser that keeps nothing is fine: the defaults hold.
    }
    this.#showTheme();
  }

  /**
   * @template {keyof Values} K
   * @param {K} name
   * @returns {Values[K]}
   */
  get(name) {
    return this.#values[name];
  }

  /**
   * @template {keyof Values} K
   * @param {K} name
   * @param {Values[K]} value
   */
  set(name, value) {
    this.#values[name] = value;
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#values));
    } catch {
      // As above.
    }
    if (name === 'theme') {
      this.#showTheme();
    }
  }

  #showTheme() {
    document.documentElement.dataset.theme = this.#values.theme;
  }
}
