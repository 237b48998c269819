// The workbench's shell: session, top bar, and one page at a time.
//
// A page is a module with one function, loaded when it is first opened:
//
//   export function mount(root, context) { ...; return () => { ... }; }
//
// `root` is an empty element that the page fills; `context` is the Context of types.js: api, events,
// cases, preferences, session, params (the parts of the address after the page's name), signal,
// navigate and setTitle. What it returns, if anything, is called when the page is left; `signal` is
// aborted then too, so `events.on(name, f, context.signal)`, `cases.onChange(f, context.signal)`,
// `addEventListener(type, f, {signal})` and `api.get(path, context.signal)` need no unmount of their
// own. `mount` may be async. The first h1 of the page gets the focus. A page that scrolls as a whole
// puts its parts in <div class="sheet">, boxes in <section class="panel">; base.css has the rest.

import { announce, toastFailure } from './announce.js';
import { Api, ApiError, messageOf } from './api.js';
import { Cases } from './cases.js';
import { byId, h, isTyping, replace } from './dom.js';
import { Events } from './events.js';
import { openKeyboardHelp } from './keyboard-help.js';
import { isPage, loadPage } from './pages.js';
import { Preferences } from './preferences.js';
import { currentRoute, navigate } from './router.js';
import { showSignIn, signInByFragment } from './sign-in.js';
import { TopBar } from './top-bar.js';

const api = new Api(signedOut);
const events = new Events();
const cases = new Cases(api, events);
const preferences = new Preferences();
const topBar = new TopBar(byId('top-bar'), { preferences, cases, signOut });

/** @type {import('./types.js').Session | null} */
let session = null;
/** Ends the page that is shown. */
let leave = () => {};
let visits = 0;

async function start() {
  const failure = await signInByFragment(api);
  await openSession(failure);
}

/** @param {string | null} [failure] why the sign-in that was tried did not work */
async function openSession(failure = null) {
  try {
    session = /** @type {import('./types.js').Session} */ (await api.get('/api/session'));
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) {
      showFailure(error);
    } else if (failure) {
      showSignInPage(failure);
    }
    return;
  }
  api.useToken(session.csrf);
  byId('notice').textContent = session.notice;
  topBar.showSession(session);
  try {
    await cases.load();
  } catch (error) {
    showFailure(error);
    return;
  }
  events.start();
  await showPage();
}

function signedOut() {
  const had = session !== null;
  session = null;
  showSignInPage(had ? 'The session has ended. Please sign in again.' : null);
}

/** @param {string | null} message */
function showSignInPage(message) {
  leavePage();
  events.stop();
  cases.clear();
  topBar.showSession(null);
  showSignIn(byId('page'), api, message, () => void openSession());
}

async function signOut() {
  try {
    await api.post('/api/logout');
  } catch {
    // The session is over either way.
  }
  session = null;
  showSignInPage('You are signed out.');
}

function leavePage() {
  leave();
  leave = () => {};
  visits += 1;
}

async function showPage() {
  const current = session;
  if (!current) {
    return;
  }
  leavePage();
  const visit = visits;
  const { name, params } = currentRoute();
  const page = byId('page');
  topBar.showPage(name);
  if (!isPage(name)) {
    replace(page, h('div', { class: 'empty' }, h('h1', { tabindex: -1 }, 'There is no such page')));
    return;
  }
  const left = new AbortController();
  /** @type {import('./types.js').Unmount} */
  let unmount;
  leave = () => {
    left.abort();
    unmount?.();
    unmount = undefined;
  };
  const root = h('div', { class: `page-root page-${name}` });
  replace(page, root);
  try {
    const { mount } = await loadPage(name);
    if (visit !== visits) {
      return;
    }
    const result = await mount(root, {
      api,
      events,
      cases,
      preferences,
      session: current,
      params,
      signal: left.signal,
      navigate,
      setTitle,
    });
    if (visit !== visits) {
      result?.();
      return;
    }
    unmount = result;
    focusHeading(root);
  } catch (error) {
    if (visit === visits) {
      showFailure(error);
    }
  }
}

/** @param {HTMLElement} root */
function focusHeading(root) {
  // A page that took the focus itself, such as a list that returns to its row, keeps it.
  if (root.contains(document.activeElement)) {
    return;
  }
  const heading = root.querySelector('h1');
  if (heading) {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    setTitle(heading.textContent ?? '');
  }
}

/** @param {string} title */
function setTitle(title) {
  document.title = title === '' ? 'cxr workbench' : `${title} - cxr workbench`;
}

/** @param {unknown} error */
function showFailure(error) {
  const text = messageOf(error);
  if (text === null) {
    return;
  }
  replace(
    byId('page'),
    h(
      'div',
      { class: 'sheet' },
      h('h1', { tabindex: -1 }, 'This page cannot be shown'),
      h('p', { class: 'banner error', role: 'alert' }, text),
      h(
        'div',
        { class: 'row' },
        h('button', { type: 'button', onclick: () => location.reload() }, 'Try again'),
        h('a', { class: 'button', href: '#/cases' }, 'To the cases'),
      ),
    ),
  );
}

/** The models may grow while the workbench is open: one was trained. */
events.on('models', (models) => {
  if (session) {
    session.models = models;
    announce('The list of models has changed.');
  }
});

events.on('lost', () => {
  topBar.showConnection(false);
  // A server that was started anew knows no session of before: then the sign-in is shown.
  api.get('/api/session').catch(() => undefined);
});
events.on('open', () => topBar.showConnection(true));

window.addEventListener('hashchange', () => {
  if (location.hash.startsWith('#token=')) {
    void start();
  } else {
    void showPage();
  }
});

byId('skip').addEventListener('click', (event) => {
  // The address must stay the page's.
  event.preventDefault();
  byId('page').focus();
});

document.addEventListener('keydown', (event) => {
  if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  if (event.key === '?' && !document.querySelector('dialog[open]')) {
    event.preventDefault();
    openKeyboardHelp();
  }
});

// A file that misses the drop zone would replace the workbench by itself.
for (const type of ['dragover', 'drop']) {
  window.addEventListener(type, (event) => event.preventDefault());
}

window.addEventListener('unhandledrejection', (event) => toastFailure(event.reason));

void start();
