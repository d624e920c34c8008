/** Addresses and screens: the history API, one view per path, and each history entry's own memory and scroll. */

const ROUTES = [
  [/^\/$/, "home", () => import("./views/home.js")],
  [/^\/events$/, "events", () => import("./views/events.js")],
  [/^\/events\/([\w-]{4,64})$/, "events", () => import("./views/event.js")],
  [/^\/signups$/, "events", () => import("./views/signups.js")],
  [/^\/signups\/([\w-]{4,64})$/, "events", () => import("./views/ticket.js")],
  [/^\/stations$/, "home", () => import("./views/stations.js")],
  [/^\/checkin$/, "checkin", () => import("./views/checkin.js")],
  [/^\/passport$/, "passport", () => import("./views/passport.js")],
  [/^\/me$/, "me", () => import("./views/me.js")],
  [/^\/visits$/, "me", () => import("./views/visits.js")],
  [/^\/feedback(?:\/([\w-]{20,100}))?$/, "me", () => import("./views/feedback.js")],
  [/^\/login$/, "me", () => import("./views/login.js")],
  [/^\/me\/inbox$/, "me", () => import("./views/inbox.js")],
  [/^\/me\/privacy$/, "me", () => import("./views/privacy.js")],
  [/^\/me\/volunteer$/, "me", () => import("./views/volunteer.js")],
  [/^\/c\/([A-Z0-9]{3,8})$/, "home", () => import("./views/station.js")],
];
const KEPT = "ouyu.entries"; // sessionStorage: memory and scroll of this tab's history, so that a refresh keeps its place

let entries = readKept();
let caches = new Map();
let entry = null;
let turn = 0;
let leave = null;
let host = null;

/** Start routing into `main`; `onShown({tab, title})` hears of every screen. */
export function start(main, onShown) {
  host = { main, onShown };
  history.scrollRestoration = "manual";
  addEventListener("popstate", () => { keepScroll(); show({ restore: true }); });
  addEventListener("pagehide", () => { keepScroll(); writeKept(); });
  document.addEventListener("click", followLink);
  return show({ restore: true, first: true });
}

/** Go to an address of ours; `memory` is what the new screen starts with. */
export function go(path, { replace = false, memory } = {}) {
  keepScroll();
  const key = newEntryKey();
  const depth = (history.state ? history.state.depth : 0) + (replace ? 0 : 1);
  if (memory) entries[key] = { memory, scroll: 0 };
  history[replace ? "replaceState" : "pushState"]({ key, depth }, "", path);
  return show({});
}

/** Where an address asked to be led back to: only one of our own counts. */
export const wayBack = (next, fallback) => (next && /^\/(?![/\\])/.test(next) ? next : fallback);

/** Go back where the person came from, or to `fallback` when this was the first page. */
export function back(fallback) {
  if (history.state && history.state.depth > 0) history.back();
  else go(fallback, { replace: true });
}

/** Draw the screen again, in place: after a change of language or of the demo's position. */
export async function redraw({ forget = true } = {}) {
  keepScroll();
  if (forget) caches = new Map();
  const held = document.activeElement && document.activeElement.dataset.keep;
  await show({ restore: true, quiet: true });
  const again = held && host.main.querySelector(`[data-keep="${held}"]`);
  if (again) again.focus({ preventScroll: true });
}

/** Let no screen show what was read as somebody else. */
export function forgetScreens() {
  caches = new Map();
}

/** Write the query of the address without a new entry: filters stay shareable and survive a refresh. */
export function setQuery(query) {
  const given = Object.entries(query).filter(([, value]) => value);
  const text = given.length ? `?${new URLSearchParams(given)}` : "";
  history.replaceState(history.state, "", location.pathname + text);
}

async function show({ restore = false, first = false, quiet = false }) {
  const mine = ++turn;
  openEntry();
  host.main.setAttribute("aria-busy", "true");
  const found = ROUTES.map(([pattern, tab, load]) => ({ match: pattern.exec(location.pathname), tab, load }))
    .find(({ match }) => match);
  const { match, tab, load } = found || { match: [], tab: "home", load: () => import("./views/missing.js") };
  const view = await load().catch(() => import("./views/unreached.js"));
  if (mine !== turn) return;
  if (leave) leave();
  const screen = view.show({
    params: match.slice(1),
    query: new URLSearchParams(location.search),
    memory: entry.memory,
    cache: entry.cache,
  });
  leave = screen.leave || null;
  host.main.replaceChildren(screen.element);
  host.main.className = `page page-${screen.name || tab}`;
  host.onShown({ tab, title: screen.title });
  if (!first && !quiet) focusHeading();
  window.scrollTo(0, restore ? entry.scroll : 0);
  await screen.ready;
  if (mine !== turn) return;
  host.main.removeAttribute("aria-busy");
  if (restore && Math.abs(window.scrollY - entry.scroll) > 2) window.scrollTo(0, entry.scroll);
}

function openEntry() {
  if (!history.state || !history.state.key) history.replaceState({ key: newEntryKey(), depth: 0 }, "");
  const { key } = history.state;
  entries[key] = entries[key] || { memory: {}, scroll: 0 };
  if (!caches.has(key)) caches.set(key, new Map());
  entry = { key, memory: entries[key].memory, scroll: entries[key].scroll, cache: caches.get(key) };
}

function keepScroll() {
  if (entry) entries[entry.key].scroll = Math.round(window.scrollY);
}

function focusHeading() {
  const heading = host.main.querySelector("h1");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

function followLink(event) {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest("a[href]");
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (link.hash && link.pathname === location.pathname) return;
  if (!ROUTES.some(([pattern]) => pattern.test(link.pathname))) return;
  event.preventDefault();
  if (link.href !== location.href) go(link.pathname + link.search);
}

const newEntryKey = () => `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 7)}`;

function readKept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT)) || {};
  } catch {
    return {};
  }
}

function writeKept() {
  try {
    const newest = Object.keys(entries).sort().slice(-30);
    sessionStorage.setItem(KEPT, JSON.stringify(Object.fromEntries(newest.map((key) => [key, entries[key]]))));
  } catch {
    // storage off or full: a refresh then starts at the top, nothing else is lost
  }
}
