// Dialogs. The browser's own modal dialog keeps the focus inside, closes by Escape and gives the
// focus back.

import { h, uniqueId } from './dom.js';
import { icon } from './icons.js';

/**
 * Opens a dialog and resolves, when it is closed, with the value of the button that closed it; ''
 * for Escape and the cross.
 *
 * @param {object} options
 * @param {string} options.title
 * @param {(import('./dom.js').Child)[]} options.body
 * @param {{value: string, text: string, kind?: 'primary' | 'danger'}[]} [options.buttons]
 * @param {boolean} [options.wide]
 * @returns {{element: HTMLDialogElement, closed: Promise<string>}}
 */
export function openDialog({ title, body, buttons = [], wide = false }) {
  const titleId = uniqueId('dialog');
  const element = h(
    'dialog',
    { 'aria-labelledby': titleId, class: wide ? 'wide' : null },
    h(
      'div',
      { class: 'dialog-head' },
      h('h2', { id: titleId }, title),
      h(
        'button',
        { type: 'button', class: 'icon', 'aria-label': 'Close', onclick: () => element.close('') },
        icon('close'),
      ),
    ),
    // A box that scrolls must be reachable by key.
    h('div', { class: 'dialog-body', tabindex: 0, role: 'group', 'aria-labelledby': titleId }, body),
    buttons.length > 0 &&
      h(
        'div',
        { class: 'dialog-foot' },
        buttons.map((button) =>
          h(
            'button',
            {
              type: 'button',
              class: button.kind ?? null,
              onclick: () => element.close(button.value),
            },
            button.text,
          ),
        ),
      ),
  );
  document.body.append(element);
  const closed = new Promise((/** @type {(value: string) => void} */ resolve) => {
    element.addEventListener('close', () => {
      element.remove();
      resolve(element.returnValue);
    });
  });
  element.addEventListener('click', (event) => {
    if (event.target === element) {
      element.close('');
    }
  });
  element.showModal();
  return { element, closed };
}

/**
 * Asks before something that cannot be undone.
 *
 * @param {string} title
 * @param {string} text
 * @param {string} action the word on the button
 */
export async function confirmed(title, text, action) {
  const { closed } = openDialog({
    title,
    body: [h('p', {}, text)],
    buttons: [
      { value: '', text: 'Cancel' },
      { value: 'yes', text: action, kind: 'danger' },
    ],
  });
  return (await closed) === 'yes';
}
