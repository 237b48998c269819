// Ways to add films: buttons for files and for a folder, and the whole list as a drop zone.

import { toast } from './announce.js';
import { filesOfDrop, filesOfInput } from './dropped-files.js';
import { h } from './dom.js';
import { bytes } from './format.js';
import { icon } from './icons.js';

/** @typedef {import('./types.js').Limits} Limits */
/** @typedef {import('./uploads.js').Uploads} Uploads */

/**
 * @param {Uploads} uploads
 * @param {Limits} limits
 * @returns {{element: HTMLElement, choose: () => void}}
 */
export function addButtons(uploads, limits) {
  const files = picker(uploads, limits, { multiple: true, 'aria-label': 'Films to add' });
  const folder = picker(uploads, limits, {
    multiple: true,
    webkitdirectory: true,
    'aria-label': 'Folder of films to add',
  });
  return {
    choose: () => files.click(),
    element: h(
      'div',
      { class: 'row add-buttons' },
      h(
        'button',
        { type: 'button', class: 'primary', onclick: () => files.click() },
        icon('upload'),
        'Add films',
      ),
      h('button', { type: 'button', onclick: () => folder.click() }, icon('folder'), 'Add folder'),
      files,
      folder,
    ),
  };
}

/**
 * @param {Uploads} uploads
 * @param {Limits} limits
 * @param {import('./dom.js').Attributes} attributes
 */
function picker(uploads, limits, attributes) {
  const input = h('input', { type: 'file', class: 'picker', hidden: true, ...attributes });
  input.addEventListener('change', () => {
    uploads.add(filesOfInput(input), limits);
    // The same file may be chosen again.
    input.value = '';
  });
  return input;
}

/**
 * Makes an element a drop zone.
 *
 * @param {HTMLElement} zone
 * @param {Uploads} uploads
 * @param {Limits} limits
 */
export function acceptDrops(zone, uploads, limits) {
  // Children of the zone give enter and leave events too.
  let depth = 0;
  zone.addEventListener('dragenter', (event) => {
    if (event.dataTransfer?.types.includes('Files')) {
      depth += 1;
      zone.classList.add('dropping');
    }
  });
  zone.addEventListener('dragleave', () => {
    depth = Math.max(0, depth - 1);
    zone.classList.toggle('dropping', depth > 0);
  });
  zone.addEventListener('dragover', (event) => {
    event.preventDefault();
    if (event.dataTransfer) {
      event.dataTransfer.dropEffect = 'copy';
    }
  });
  zone.addEventListener('drop', async (event) => {
    event.preventDefault();
    depth = 0;
    zone.classList.remove('dropping');
    if (!event.dataTransfer) {
      return;
    }
    const files = await filesOfDrop(event.dataTransfer);
    if (files.length === 0) {
      toast('The drop has no files.', 'error');
    }
    uploads.add(files, limits);
  });
}

/**
 * What the list shows when it is empty.
 *
 * @param {Limits} limits
 */
export function emptyList(limits) {
  return h(
    'div',
    { class: 'drop-hint' },
    icon('upload'),
    h('h2', {}, 'Drop films or folders here'),
    h('p', {}, 'PNG, JPEG, TIFF and DICOM, hundreds at once. They stay on this machine.'),
    h(
      'p',
      { class: 'small muted' },
      `At most ${bytes(limits.maxFileBytes)} a file and ${limits.maxFiles} files, ` +
        `${bytes(limits.quotaBytes)} in all.`,
    ),
  );
}
