// The files of a drop, with those in folders, however deep.

/**
 * @typedef {object} NamedFile
 * @property {File} file
 * @property {string} name the path below what was dropped, with '/'
 */

/** Files that systems leave in folders and nobody means to add. */
const LEFTOVERS = /^(\.|Thumbs\.db$|desktop\.ini$|DICOMDIR$|__MACOSX$)/i;

/** @param {string} name */
function isLeftover(name) {
  return LEFTOVERS.test(name);
}

/**
 * The entries must be taken before the first await: a drop's items are gone afterwards.
 *
 * @param {DataTransfer} transfer
 * @returns {Promise<NamedFile[]>}
 */
export async function filesOfDrop(transfer) {
  const entries = [...transfer.items]
    .filter((item) => item.kind === 'file')
    .map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile())
    .filter((item) => item !== null);
  /** @type {NamedFile[]} */
  const files = [];
  for (const entry of entries) {
    if (entry instanceof File) {
      files.push({ file: entry, name: entry.name });
    } else {
      await collect(entry, files, '');
    }
  }
  return files;
}

/**
 * @param {FileSystemEntry} entry
 * @param {NamedFile[]} files
 * @param {string} folder
 */
async function collect(entry, files, folder) {
  if (folder !== '' && isLeftover(entry.name)) {
    return;
  }
  if (entry.isFile) {
    const file = await new Promise((/** @type {(file: File) => void} */ resolve, reject) =>
      /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject),
    ).catch(() => null);
    // A file that cannot be read is left to the upload, which names it.
    files.push({ file: file ?? new File([], entry.name), name: folder + entry.name });
    return;
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  for (;;) {
    // Browsers give at most a hundred entries at a time.
    const some = await new Promise(
      (/** @type {(entries: FileSystemEntry[]) => void} */ resolve, reject) =>
        reader.readEntries(resolve, reject),
    ).catch(() => []);
    if (some.length === 0) {
      return;
    }
    for (const child of some) {
      await collect(child, files, `${folder}${entry.name}/`);
    }
  }
}

/**
 * The files of an input of files or of a directory.
 *
 * @param {HTMLInputElement} input
 * @returns {NamedFile[]}
 */
export function filesOfInput(input) {
  return [...(input.files ?? [])]
    .map((file) => ({ file, name: file.webkitRelativePath || file.name }))
    .filter(({ name }) => !name.includes('/') || !name.split('/').some(isLeftover));
}
