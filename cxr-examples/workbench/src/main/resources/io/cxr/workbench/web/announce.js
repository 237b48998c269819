// What a screen reader says without a change of focus, and short messages for all.

import { messageOf } from './api.js';
import { byId, h } from './dom.js';

/**
 * Says a text politely: after what is being said.
 *
 * @param {string} text
 */
export function announce(text) {
  byId('live').textContent = text;
}

const SECONDS = 8;

/**
 * Shows a message in the corner for some seconds; an error stays until it is closed.
 *
 * @param {string} text
 * @param {'info' | 'error'} [kind]
 */
export function toast(text, kind = 'info') {
  const box = byId('toasts');
  for (const shown of [...box.children]) {
    // Said again it is one message, not two.
    if (shown.firstElementChild?.textContent === text) {
      shown.remove();
    }
  }
  const message = h(
    'div',
    { class: `banner ${kind === 'error' ? 'error' : ''}` },
    h('span', {}, text),
    h('button', { type: 'button', class: 'small', onclick: () => message.remove() }, 'Close'),
  );
  box.append(message);
  while (box.childElementCount > 4) {
    box.firstElementChild?.remove();
  }
  if (kind === 'error') {
    byId('alert').textContent = text;
  } else {
    announce(text);
    setTimeout(() => message.remove(), SECONDS * 1000);
  }
}

/**
 * Shows why something failed, unless its page was left meanwhile.
 *
 * @param {unknown} failure
 */
export function toastFailure(failure) {
  const message = messageOf(failure);
  if (message !== null) {
    toast(message, 'error');
  }
}
