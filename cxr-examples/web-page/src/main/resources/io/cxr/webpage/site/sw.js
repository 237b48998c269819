// Keeps the page on the device: all of its files, each compared with its SHA-256, in one cache that
// has the name of their hashes. Afterwards nothing is fetched until this file changes. Films never
// come here: they do not travel by requests.
const FILES = /* files */ {};
const PREFIX = "cxr-page-";
const CACHE = PREFIX + Object.values(FILES).map((file) => file.sha256.slice(0, 8)).join("");

const TYPES = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  mjs: "text/javascript; charset=utf-8",
  json: "application/json",
  webmanifest: "application/manifest+json",
  svg: "image/svg+xml",
  png: "image/png",
  txt: "text/plain; charset=utf-8",
  wasm: "application/wasm",
  onnx: "application/octet-stream",
};

/** What few static hosts can be told to send: threads need the first two. */
const HEADERS = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self';"
    + " connect-src 'self'; img-src 'self' blob: data:; style-src 'self'; manifest-src 'self';"
    + " base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function unpacked(bytes) {
  const head = new Uint8Array(bytes, 0, 2);
  if (head[0] !== 0x1f || head[1] !== 0x8b) {
    // The server named it compressed, and the browser unpacked it.
    return bytes;
  }
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

/** Fetches a file and says how much came, piece by piece. */
async function fetched(name, packed, heard) {
  const response = await fetch(packed ? name + ".gz" : name, { cache: "no-cache" });
  if (!response.ok) {
    throw new Error(`${name}: expected the file, found status ${response.status}`);
  }
  const pieces = [];
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) {
      break;
    }
    pieces.push(value);
    heard(value.length);
  }
  const bytes = await new Blob(pieces).arrayBuffer();
  return packed ? unpacked(bytes) : bytes;
}

/** The content of a file, from an earlier version of the page if it has the same. */
async function content(name, file, heard) {
  for (const cache of await caches.keys()) {
    if (cache.startsWith(PREFIX)) {
      const known = await (await caches.open(cache)).match(name);
      if (known) {
        const bytes = await known.arrayBuffer();
        if (await sha256(bytes) === file.sha256) {
          return bytes;
        }
      }
    }
  }
  const packs = file.gzip && "DecompressionStream" in self;
  let bytes = await fetched(name, packs, heard).catch((failure) => {
    if (packs) {
      return null;
    }
    throw failure;
  });
  if (bytes === null || await sha256(bytes) !== file.sha256) {
    bytes = await fetched(name, false, heard);
  }
  if (await sha256(bytes) !== file.sha256) {
    throw new Error(`${name}: expected the file that belongs to this version, found another`);
  }
  return bytes;
}

async function tell(message) {
  for (const client of await self.clients.matchAll({ includeUncontrolled: true, type: "window" })) {
    client.postMessage(message);
  }
}

async function install() {
  const cache = await caches.open(CACHE);
  const names = Object.keys(FILES);
  const all = names.reduce((sum, name) => sum + FILES[name].bytes, 0);
  let done = 0;
  try {
    await Promise.all(names.map(async (name) => {
      const bytes = await content(name, FILES[name], (count) => {
        done = Math.min(all, done + count);
        tell({ kind: "progress", done, all });
      });
      const type = TYPES[name.slice(name.lastIndexOf(".") + 1)];
      await cache.put(name, new Response(bytes, {
        headers: { ...HEADERS, "Content-Type": type, "Content-Length": String(bytes.byteLength) },
      }));
    }));
  } catch (failure) {
    await caches.delete(CACHE);
    await tell({ kind: "not-kept", message: String(failure.message) });
    throw failure;
  }
}

async function activate() {
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== CACHE) {
      await caches.delete(name);
    }
  }
  await self.clients.claim();
}

async function answer(request) {
  const path = new URL(request.url).pathname;
  const scope = new URL(self.registration.scope).pathname;
  const name = path === scope ? "index.html" : path.slice(scope.length);
  const kept = name in FILES ? await (await caches.open(CACHE)).match(name) : undefined;
  return kept ?? fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", (event) => {
  if (event.data === "take over") {
    self.skipWaiting();
  }
});
self.addEventListener("fetch", (event) => {
  if (event.request.method === "GET"
      && new URL(event.request.url).origin === self.location.origin) {
    event.respondWith(answer(event.request));
  }
});
