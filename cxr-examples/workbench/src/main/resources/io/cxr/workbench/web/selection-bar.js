// What can be done with the selected cases, or with all.

import { announce, toastFailure } from './announce.js';
import { confirmed } from './dialog.js';
import { h, replace } from './dom.js';
import { plural } from './format.js';
import { icon } from './icons.js';
import { chosenModel, chosenSecond, modelName } from './lens.js';
import { toggleMark } from './marking.js';

/** @typedef {import('./types.js').Context} Context */

export class SelectionBar {
  #context;
  #clear;
  #bar = h('div', { class: 'selection-bar', role: 'toolbar', 'aria-label': 'Selected cases' });

  /**
   * @param {Context} context
   * @param {() => void} clear empties the selection
   */
  constructor(context, clear) {
    this.#context = context;
    this.#clear = clear;
    this.element = this.#bar;
  }

  /** @param {Set<string>} selected */
  show(selected) {
    const { session } = this.#context;
    this.#bar.hidden = selected.size === 0;
    if (selected.size === 0) {
      return;
    }
    const ids = [...selected];
    replace(
      this.#bar,
      h('strong', { class: 'numbers' }, `${selected.size} selected`),
      h('button', { type: 'button', onclick: () => void this.mark(ids, 'right') }, '✓ Right'),
      h('button', { type: 'button', onclick: () => void this.mark(ids, 'wrong') }, '✗ Wrong'),
      session.models.map((model) =>
        h(
          'button',
          { type: 'button', onclick: () => void this.run(model.id, ids) },
          `Ask ${modelName(model, session.models)}`,
        ),
      ),
      h(
        'button',
        { type: 'button', class: 'danger', onclick: () => void this.remove(ids) },
        icon('trash'),
        'Delete',
      ),
      h('button', { type: 'button', onclick: this.#clear }, 'Unselect'),
    );
  }

  /**
   * @param {string[]} ids
   * @param {'right' | 'wrong'} verdict
   */
  async mark(ids, verdict) {
    const { cases } = this.#context;
    for (const id of ids) {
      const item = cases.get(id);
      if (item && item.mark?.verdict !== verdict) {
        await toggleMark(this.#context, item, verdict, chosenModel(this.#context)?.id);
      }
    }
    announce(`${plural(ids.length, 'case')} marked ${verdict}`);
  }

  /**
   * @param {string} model
   * @param {string[] | null} ids null for all cases
   */
  async run(model, ids) {
    try {
      await this.#context.api.post(`/api/models/${model}/run`, { ids });
      announce('The cases wait for the model.');
      await this.#context.cases.load();
    } catch (failure) {
      toastFailure(failure);
    }
  }

  /** @param {string[]} ids */
  async remove(ids) {
    if (
      !(await confirmed(
        `Delete ${plural(ids.length, 'case')}?`,
        'The films, their answers and their marks are deleted from this machine. This cannot be undone.',
        'Delete',
      ))
    ) {
      return;
    }
    try {
      await this.#context.cases.remove(ids);
      announce(`${plural(ids.length, 'case')} deleted`);
    } catch (failure) {
      toastFailure(failure);
    }
  }

  /**
   * A button that asks the second model for the cases that it has not seen; null if there are none.
   *
   * @returns {HTMLElement | null}
   */
  missingAnswers() {
    const { cases, session } = this.#context;
    const buttons = [chosenModel(this.#context), chosenSecond(this.#context)].flatMap((model) => {
      const missing = model ? cases.all().filter((item) => !item.answers[model.id]) : [];
      return model && missing.length > 0
        ? [
            h(
              'button',
              {
                type: 'button',
                onclick: () =>
                  void this.run(
                    model.id,
                    missing.map((item) => item.id),
                  ),
              },
              `Ask ${modelName(model, session.models)} for ${plural(missing.length, 'case')}`,
            ),
          ]
        : [];
    });
    return buttons.length > 0 ? h('div', { class: 'row' }, buttons) : null;
  }
}
