// Marks a case: right or wrong, what would have been right, and a remark.

import { h } from './dom.js';
import { mark, NO_MARK, toggleMark } from './marking.js';

/** @typedef {import('./types.js').Context} Context */
/** @typedef {import('./types.js').Case} Case */
/** @typedef {import('./types.js').Model} Model */

export class MarkForm {
  #context;
  #item;
  #model;
  #right;
  #wrong;
  #labels;
  #remark;
  #boxes = /** @type {Map<string, HTMLInputElement>} */ (new Map());

  /**
   * @param {Context} context
   * @param {Case} item
   * @param {Model | undefined} model whose labels can be chosen
   */
  constructor(context, item, model) {
    this.#context = context;
    this.#item = item;
    this.#model = model;
    this.#right = this.#verdict('right', '✓ Right');
    this.#wrong = this.#verdict('wrong', '✗ Wrong');
    this.#labels = h(
      'fieldset',
      { class: 'mark-labels', hidden: true },
      h('legend', { class: 'small muted' }, 'Right would be'),
      (model?.labels ?? []).map((label) => this.#labelBox(label)),
    );
    this.#remark = h('textarea', { rows: 2, maxlength: 2000, placeholder: 'Remark (E)' });
    this.#remark.setAttribute('aria-label', 'Remark');
    this.#remark.addEventListener('change', () => this.#save({ remark: this.#remark.value.trim() }));
    this.#remark.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') {
        // Back to the picture, not out of the case; leaving the field keeps the remark.
        event.stopPropagation();
        this.#remark.blur();
      }
    });
    this.element = h(
      'section',
      { class: 'mark-form', 'aria-label': 'Mark' },
      h('div', { class: 'row', role: 'group', 'aria-label': 'Is the answer right?' }, this.#right, this.#wrong),
      this.#labels,
      this.#remark,
    );
    this.show(item);
  }

  /**
   * @param {'right' | 'wrong'} verdict
   * @param {string} text
   */
  #verdict(verdict, text) {
    return h(
      'button',
      {
        type: 'button',
        class: `verdict ${verdict}`,
        'aria-pressed': 'false',
        'aria-keyshortcuts': verdict === 'right' ? 'R' : 'W',
        title: verdict === 'right' ? 'Right (R)' : 'Wrong (W)',
        onclick: () => void this.toggle(verdict),
      },
      text,
    );
  }

  /** @param {string} label */
  #labelBox(label) {
    const exclusive = this.#model?.task === 'exclusive';
    const box = h('input', { type: 'checkbox', value: label });
    box.addEventListener('change', () => {
      if (exclusive && box.checked) {
        for (const other of this.#boxes.values()) {
          other.checked = other === box;
        }
      }
      const labels = [...this.#boxes].filter(([, item]) => item.checked).map(([name]) => name);
      // No finding at all is an answer too; no label of several exclusive ones is none.
      this.#save({ labels: labels.length === 0 && exclusive ? null : labels });
    });
    this.#boxes.set(label, box);
    return h('label', { class: 'row check' }, box, label);
  }

  /** @param {Partial<import('./types.js').Mark>} change */
  #save(change) {
    void mark(this.#context, this.#item, () => change, this.#model?.id);
  }

  /** @param {'right' | 'wrong'} verdict */
  toggle(verdict) {
    return toggleMark(this.#context, this.#item, verdict, this.#model?.id);
  }

  focusRemark() {
    this.#remark.focus();
  }

  /** @param {Case} item */
  show(item) {
    const { verdict, labels, remark } = item.mark ?? NO_MARK;
    this.#right.setAttribute('aria-pressed', String(verdict === 'right'));
    this.#wrong.setAttribute('aria-pressed', String(verdict === 'wrong'));
    this.#labels.hidden = verdict !== 'wrong';
    for (const [label, box] of this.#boxes) {
      box.checked = labels?.includes(label) ?? false;
    }
    if (document.activeElement !== this.#remark) {
      this.#remark.value = remark;
    }
  }
}
