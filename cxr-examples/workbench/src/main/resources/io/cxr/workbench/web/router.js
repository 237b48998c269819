// Pages by the fragment of the address, which no server sees: #/cases/ID.

/**
 * The name of the page and the parts behind it.
 *
 * @returns {{name: string, params: string[]}}
 */
export function currentRoute() {
  const parts = location.hash.replace(/^#\/?/, '').split('/').filter(Boolean);
  return { name: parts[0] ?? 'cases', params: parts.slice(1).map(decoded) };
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** @param {string} path such as '/cases/ID' */
export function navigate(path) {
  location.hash = path;
}
