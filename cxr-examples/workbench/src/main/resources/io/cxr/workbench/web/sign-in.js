// Signing in: by the token that the command printed, or by name and password.

import { messageOf } from './api.js';
import { h, replace } from './dom.js';

/** @typedef {import('./api.js').Api} Api */

/**
 * Signs in by the token in the address, which it removes from address and history. A fragment is
 * never sent to a server.
 *
 * @param {Api} api
 * @returns {Promise<string | null>} why it did not work; null if it did or there was no token
 */
export async function signInByFragment(api) {
  const token = /^#token=(.+)$/.exec(location.hash)?.[1];
  if (token === undefined) {
    return null;
  }
  history.replaceState(null, '', `${location.pathname}#/cases`);
  try {
    await api.post('/api/login', { token });
    return null;
  } catch (failure) {
    return messageOf(failure);
  }
}

/**
 * @param {HTMLElement} page
 * @param {Api} api
 * @param {string | null} message why the page is shown
 * @param {() => void} onSignedIn
 */
export function showSignIn(page, api, message, onSignedIn) {
  const status = h('p', { class: 'banner', role: 'alert', hidden: message === null }, message);
  const user = field('User', 'text', 'username');
  const password = field('Password', 'password', 'current-password');
  const token = field('Token', 'password', 'off');
  const passwordPart = h('div', { class: 'panel-part columns-1' }, user.label, password.label);
  const tokenPart = h(
    'details',
    {},
    h('summary', {}, 'Sign in by token'),
    h(
      'p',
      { class: 'small muted' },
      'Without a password file, the command prints an address with a token at each start.',
    ),
    token.label,
  );
  const button = h('button', { type: 'submit', class: 'primary' }, 'Sign in');
  const form = h(
    'form',
    { class: 'panel sign-in', autocomplete: 'on' },
    h('h1', {}, 'Sign in'),
    status,
    passwordPart,
    tokenPart,
    button,
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      await api.post(
        '/api/login',
        token.input.value.trim() === ''
          ? { user: user.input.value, password: password.input.value }
          : { token: token.input.value.trim() },
      );
      onSignedIn();
    } catch (failure) {
      status.hidden = false;
      status.className = 'banner error';
      status.textContent = messageOf(failure);
      password.input.value = '';
      (token.input.value === '' ? password : token).input.focus();
    } finally {
      button.disabled = false;
    }
  });
  replace(page, form);
  user.input.focus();
}

/**
 * @param {string} text
 * @param {string} type
 * @param {string} autocomplete
 */
function field(text, type, autocomplete) {
  const input = h('input', { type, autocomplete, autocapitalize: 'none', spellcheck: 'false' });
  return { input, label: h('label', { class: 'field' }, h('span', {}, text), input) };
}
