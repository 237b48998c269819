// The card and the audit verdict of a model, one click away from a case: the page of models in a
// dialog, so that a case need not be left for it.

import { messageOf } from './api.js';
import { openDialog } from './dialog.js';
import { h, replace } from './dom.js';
import { loadPage } from './pages.js';

/** @typedef {import('./types.js').Context} Context */
/** @typedef {import('./types.js').Model} Model */

/**
 * @param {Context} context
 * @param {Model} model
 * @param {'card' | 'audit'} part what to show first
 */
export async function openModel(context, model, part) {
  const body = h('div', { class: 'model-dialog' }, h('p', { class: 'muted' }, 'Loading'));
  const left = new AbortController();
  const { element, closed } = openDialog({
    title: `Model ${model.name} ${model.version}`,
    wide: true,
    body: [body],
  });
  element.addEventListener('click', (event) => {
    // A link to another page leaves the dialog.
    if (event.target instanceof Element && event.target.closest('a[href^="#"]')) {
      element.close();
    }
  });
  /** @type {import('./types.js').Unmount} */
  let unmount;
  void closed.then(() => {
    left.abort();
    unmount?.();
  });
  try {
    const page = await loadPage('models');
    const root = h('div', {});
    unmount = await page.mount(root, {
      ...context,
      params: [model.id],
      signal: left.signal,
      setTitle: () => undefined,
    });
    replace(body, root);
    if (part === 'audit') {
      const heading = [...body.querySelectorAll('h2')].find((item) =>
        item.textContent?.includes('audit'),
      );
      heading?.scrollIntoView({ block: 'start' });
    }
  } catch (failure) {
    replace(body, h('p', { class: 'banner error' }, messageOf(failure)));
  }
}
