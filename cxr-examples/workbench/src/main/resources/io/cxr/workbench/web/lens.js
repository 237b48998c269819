// How the cases are looked at: which model, which second one, at which operating point. The choice
// is a preference; what it means depends on the models that are open.

import { aimOf } from './operating-points.js';

/** @typedef {import('./types.js').Context} Context */
/** @typedef {import('./types.js').Model} Model */

/**
 * @param {Context} context
 * @returns {Model | undefined} the chosen model, else the first
 */
export function chosenModel({ session, preferences }) {
  const chosen = preferences.get('model');
  return session.models.find((model) => model.id === chosen) ?? session.models[0];
}

/**
 * @param {Context} context
 * @returns {Model | undefined} the second model, if one is chosen that is not the first too
 */
export function chosenSecond(context) {
  const second = context.preferences.get('secondModel');
  const first = chosenModel(context)?.id;
  return context.session.models.find((model) => model.id === second && model.id !== first);
}

/**
 * @param {Context} context
 * @param {Model | undefined} [model]
 */
export function chosenAim(context, model = chosenModel(context)) {
  const { preferences, session } = context;
  return aimOf(model, preferences.get('operatingPoint'), session.operatingPoint);
}

/**
 * @param {Model} model
 * @param {Model[]} models
 */
export function modelName(model, models) {
  const same = models.filter((other) => other.name === model.name);
  if (same.length < 2) {
    return model.name;
  }
  // Two versions, or even two files, of one name.
  return same.some((other) => other !== model && other.version === model.version)
    ? `${model.name} ${model.version} (${model.sha256.slice(0, 6)})`
    : `${model.name} ${model.version}`;
}
