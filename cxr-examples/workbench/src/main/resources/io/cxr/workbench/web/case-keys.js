// The keys of the pages that show a case.

import { step } from './case-heading.js';
import { isTyping } from './dom.js';
import { currentRoute } from './router.js';

/** @typedef {import('./types.js').Context} Context */
/** @typedef {import('./types.js').Case} Case */
/** @typedef {import('./mark-form.js').MarkForm} MarkForm */
/** @typedef {import('./viewer-toolbar.js').ViewerToolbar} ViewerToolbar */

/** How long keys wait for the page of another case, in milliseconds. */
const PATIENCE = 5000;

/**
 * What the page that is shown does with a key, and whether it took it.
 *
 * @type {((key: string) => boolean) | null}
 */
let taker = null;

/** When the way to another case began; its page is not there yet. */
let stepped = -Infinity;

/**
 * Keys pressed on that way. They belong to the other case: who marks film after film by K R K R must
 * not mark the one before.
 *
 * @type {string[]}
 */
let early = [];

document.addEventListener('keydown', (event) => {
  if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  if (document.querySelector('dialog[open]')) {
    return;
  }
  if (take(event.key.length === 1 ? event.key.toLowerCase() : event.key, event.repeat)) {
    event.preventDefault();
  }
});

/** @returns {boolean} whether the page of another case is on its way */
function onTheWay() {
  return (
    performance.now() - stepped < PATIENCE && ['case', 'compare'].includes(currentRoute().name)
  );
}

/**
 * @param {string} key
 * @param {boolean} held whether it comes again because it is held down: such ones do not wait, or
 *   cases would go on passing by when it is let go
 */
function take(key, held) {
  if (onTheWay()) {
    if (!held) {
      early.push(key);
    }
    return true;
  }
  return taker !== null && taker(key);
}

/**
 * Takes the keys of a page until it is left. Letters come in lower case.
 *
 * @param {Context} context
 * @param {Case} item
 * @param {MarkForm} marks
 * @param {ViewerToolbar} toolbar takes what is left
 * @param {(key: string) => boolean} own the page's own keys, and whether it took one
 */
export function listenForKeys(context, item, marks, toolbar, own) {
  /** @param {string} key */
  const mine = (key) => own(key) || common(key) || toolbar.shortcut(key);
  taker = mine;
  context.signal.addEventListener('abort', () => {
    if (taker === mine) {
      taker = null;
    }
  });
  const waiting = onTheWay() ? early : [];
  early = [];
  stepped = -Infinity;
  for (const key of waiting) {
    take(key, false);
    if (key === 'e') {
      // The rest is text for the remark, of which a part is no help.
      break;
    }
  }

  /** @param {number} by */
  function go(by) {
    if (step(context, item, by)) {
      stepped = performance.now();
      early = [];
    }
    return true;
  }

  /** @param {string} key */
  function common(key) {
    switch (key) {
      case 'j':
        return go(1);
      case 'k':
        return go(-1);
      case 'r':
        void marks.toggle('right');
        return true;
      case 'w':
        void marks.toggle('wrong');
        return true;
      case 'e':
        marks.focusRemark();
        return true;
      case 'Escape':
        context.navigate('/cases');
        return true;
      default:
        return false;
    }
  }
}
