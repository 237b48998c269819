// The page's own files, from where they lie nearest.

/**
 * Fetches one of the page's files.
 *
 * @param {string} name its name
 * @param {boolean} kept whether the service worker is the page's: then its cache is asked without
 *     it, which is several times faster for megabytes. Of two versions the older is in use.
 * @returns {Promise<ArrayBuffer>}
 */
export async function fileOf(name, kept) {
  const address = new URL(name, import.meta.url);
  const known = kept ? await caches.match(address).catch(() => undefined) : undefined;
  const response = known ?? await fetch(address);
  if (!response.ok) {
    throw new Error(`${name}: expected the file, found status ${response.status}`);
  }
  return response.arrayBuffer();
}
