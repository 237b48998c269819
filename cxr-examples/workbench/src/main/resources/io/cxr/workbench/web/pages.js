// The modules of the pages, each loaded when it is first needed.

const MODULES = /** @type {Record<string, string>} */ ({
  cases: './list.js',
  case: './case.js',
  compare: './compare.js',
  training: './training.js',
  evaluation: './evaluation.js',
  models: './models.js',
});

/** @param {string} name the first part of an address */
export function isPage(name) {
  return Object.hasOwn(MODULES, name);
}

/**
 * @param {string} name
 * @returns {Promise<import('./types.js').Page>}
 */
export function loadPage(name) {
  return import(/** @type {string} */ (MODULES[name]));
}
