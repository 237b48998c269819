// The bar on top: pages, the queue of the classifier, theme, help, user.

import { append, byId, h, replace } from './dom.js';
import { bytes, plural } from './format.js';
import { icon } from './icons.js';
import { openKeyboardHelp } from './keyboard-help.js';

/** @typedef {import('./types.js').Session} Session */

const TABS = [
  { name: 'cases', text: 'Cases' },
  { name: 'training', text: 'Training' },
  { name: 'evaluation', text: 'Evaluation' },
  { name: 'models', text: 'Models' },
];

/** Pages that belong to a tab without being it. */
const TAB_OF = /** @type {Record<string, string>} */ ({ case: 'cases', compare: 'cases' });

const THEMES = /** @type {const} */ ([
  ['dark', 'Dark room'],
  ['light', 'Light'],
  ['system', 'As the system'],
]);

export class TopBar {
  #bar;
  #preferences;
  #cases;
  #signOut;
  #tabs = h('nav', { class: 'tabs', 'aria-label': 'Pages' });
  #queue = h('div', { class: 'queue', hidden: true });
  #queueText = h('span', {});
  #queueBar = h('progress', { 'aria-label': 'Classified', max: 1, value: 0 });
  /** How many were classified when the queue was last empty: the bar begins there. */
  #base = 0;

  /**
   * @param {HTMLElement} bar
   * @param {object} parts
   * @param {import('./preferences.js').Preferences} parts.preferences
   * @param {import('./cases.js').Cases} parts.cases
   * @param {() => void} parts.signOut
   */
  constructor(bar, { preferences, cases, signOut }) {
    this.#bar = bar;
    this.#preferences = preferences;
    this.#cases = cases;
    this.#signOut = signOut;
    append(this.#queue, this.#queueText, this.#queueBar);
    cases.onChange(() => this.#showQueue());
    this.showSession(null);
  }

  /** @param {Session | null} session */
  showSession(session) {
    replace(
      this.#bar,
      h(
        'div',
        { class: 'brand' },
        h('img', { src: 'icon.svg', alt: '', width: 24, height: 24 }),
        'cxr workbench',
      ),
      session && this.#tabs,
      h(
        'div',
        { class: 'top-bar-side' },
        session && this.#queue,
        session?.mode === 'password' && h('span', { class: 'user small muted' }, session.user),
        session?.mode === 'password' &&
          h('button', { type: 'button', onclick: this.#signOut }, 'Sign out'),
        this.#themeSelect(),
        session &&
          h(
            'button',
            {
              type: 'button',
              class: 'icon',
              'aria-label': 'Keyboard help',
              'aria-keyshortcuts': '?',
              title: 'Keyboard help (?)',
              onclick: openKeyboardHelp,
            },
            icon('help'),
          ),
      ),
    );
    if (session) {
      replace(
        this.#tabs,
        TABS.filter((tab) => tab.name !== 'training' || session.features.training).map((tab) =>
          h('a', { href: `#/${tab.name}`, 'data-page': tab.name }, tab.text),
        ),
      );
      const { quotaBytes, idleHours } = session.limits;
      byId('status').textContent =
        `Quota ${bytes(quotaBytes)}` +
        (idleHours > 0
          ? `. Cases are deleted after ${idleHours % 24 === 0 ? plural(idleHours / 24, 'idle day') : plural(idleHours, 'idle hour')}.`
          : '');
    } else {
      byId('status').textContent = '';
    }
  }

  #themeSelect() {
    const select = h(
      'select',
      { 'aria-label': 'Colours', title: 'Colours' },
      THEMES.map(([value, text]) =>
        h('option', { value, selected: value === this.#preferences.get('theme') }, text),
      ),
    );
    select.addEventListener('change', () =>
      this.#preferences.set('theme', /** @type {'dark' | 'light' | 'system'} */ (select.value)),
    );
    return select;
  }

  /** @param {string} name */
  showPage(name) {
    const tab = TAB_OF[name] ?? name;
    for (const link of this.#tabs.querySelectorAll('a')) {
      if (link.dataset.page === tab) {
        link.setAttribute('aria-current', 'page');
      } else {
        link.removeAttribute('aria-current');
      }
    }
  }

  /** @param {boolean} connected */
  showConnection(connected) {
    const status = byId('status');
    status.dataset.text ??= status.textContent ?? '';
    status.textContent = connected
      ? status.dataset.text
      : 'The connection is lost; trying again.';
    if (connected) {
      delete status.dataset.text;
    }
  }

  #showQueue() {
    const { queued, running, done } = this.#cases.progress;
    const open = queued + running;
    this.#queue.hidden = open === 0;
    if (open === 0) {
      this.#base = done;
      return;
    }
    this.#queueText.textContent = `${open} to classify`;
    this.#queueBar.max = Math.max(1, done - this.#base + open);
    this.#queueBar.value = done - this.#base;
  }
}
