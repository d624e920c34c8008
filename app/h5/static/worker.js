// The page without a network: its shell, script, sheet, words and drawings. The server puts VERSION and FILES in front.
// It never answers for /api: what may be read offline is kept by the page itself.

const CACHE = `ouyu-${VERSION}`;
const SHELL = "/";
const NOT_THE_PAGE = /^\/(admin|api|demo|kiosk|photos|static|verify)(\/|$)|\.txt$/;
const PATIENCE_MS = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE)
    .then((cache) => cache.addAll(FILES.map((path) => (path === SHELL ? new Request(path, { cache: "reload" }) : path))))
    .then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((name) => name.startsWith("ouyu-") && name !== CACHE).map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (!NOT_THE_PAGE.test(pathname)) event.respondWith(pageOrShell(request));
  } else if (FILES.includes(pathname + search)) {
    event.respondWith(keptOrFetched(request));
  }
});

/** The page as the server has it now; the kept shell when no answer comes. */
async function pageOrShell(request) {
  const shell = caches.match(SHELL, { cacheName: CACHE });
  const answer = fetch(request);
  const waited = new Promise((done) => setTimeout(done, PATIENCE_MS)).then(() => shell);
  try {
    return await Promise.race([answer, waited]) || await answer;
  } catch {
    return await shell || Response.error();
  }
}

/** These addresses change with their content, or their content hardly ever. */
const keptOrFetched = async (request) => (await caches.match(request, { cacheName: CACHE })) || fetch(request);
