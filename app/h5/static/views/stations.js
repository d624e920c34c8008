/** Stations: the list first, the map second; filters live in the address, so Back and a refresh keep them. */

import { get, getMine, hasSession } from "../api.js";
import { deskSlot } from "../desk_slot.js";
import { h, refill } from "../dom.js";
import { t, tn } from "../i18n.js";
import { icon } from "../icons.js";
import { listFoot, picker } from "../lists.js";
import { drawMap } from "../map.js";
import { busyWhile, button, empty, note, skeleton, stationRow, trouble } from "../parts.js";
import { askPlace, lastPlace } from "../place.js";
import { setQuery } from "../router.js";

const PAGE = 20;
const MAP_LIMIT = 100;

export function show({ query, memory, cache }) {
  const filters = {
    q: query.get("q") || "",
    district: query.get("district") || "",
    service: query.get("service") || "",
    open_now: query.get("open_now") === "true",
    view: query.get("view") === "map" ? "map" : "",
  };
  const screen = { filters, memory, cache, results: h("div", { class: "stack" }), bar: h("div", { class: "filters" }), views: h("div", { class: "segments", role: "group", "aria-label": t("stations.view") }), said: h("div", {}) };
  drawViews(screen);
  const ready = Promise.all([fillBar(screen), load(screen, { again: false })]);
  return {
    title: t("stations.title"),
    ready,
    leave: () => { if (screen.watcher) screen.watcher.disconnect(); screen.gone = true; },
    element: h("div", { class: "stack" },
      h("header", { class: "heading heading-split" }, h("h1", {}, t("stations.title")), screen.views, h("p", {}, t("stations.lead"))),
      deskSlot("place"), screen.bar, screen.said, screen.results),
  };
}

async function fillBar(screen) {
  drawBar(screen, screen.cache.get("districts") || [], screen.cache.get("services") || []);
  if (screen.cache.has("districts")) return;
  try {
    const [districts, services] = await Promise.all([get("/districts"), get("/services")]);
    screen.cache.set("districts", districts.items);
    screen.cache.set("services", services.items);
    if (!screen.gone && !screen.bar.contains(document.activeElement)) drawBar(screen, districts.items, services.items);
  } catch {
    // without the two lists the search and the rest of the bar still work
  }
}

function drawBar(screen, districts, services) {
  const { filters } = screen;
  const search = h("input", {
    class: "field-input search-input", type: "search", value: filters.q, maxlength: 60, enterkeyhint: "search",
    "aria-label": t("stations.search"), placeholder: t("stations.search"),
  });
  let pause = 0;
  search.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(() => filter(screen, { q: search.value.trim() }), 350);
  });
  refill(screen.bar,
    h("form", { class: "search", role: "search", onSubmit: (event) => { event.preventDefault(); filter(screen, { q: search.value.trim() }); } },
      icon("search"), search),
    h("div", { class: "filter-line" },
      picker(t("stations.any_district"), districts, filters.district, (district) => filter(screen, { district })),
      picker(t("stations.any_service"), services, filters.service, (service) => filter(screen, { service })),
      h("button", {
        class: "chip", type: "button", "aria-pressed": filters.open_now ? "true" : "false",
        onClick: (event) => {
          filter(screen, { open_now: !filters.open_now });
          event.currentTarget.setAttribute("aria-pressed", filters.open_now ? "true" : "false");
        },
      }, t("stations.open_now")),
      screen.memory.near && lastPlace() ? null : h("button", {
        class: "chip", type: "button", onClick: (event) => busyWhile(event.currentTarget, () => sortByDistance(screen, districts, services)),
      }, icon("locate"), t("stations.by_distance"))),
    screen.memory.near && lastPlace() ? null : h("p", { class: "field-hint" }, t("stations.purpose")));
}

function drawViews(screen) {
  refill(screen.views, [["", "list", "stations.list"], ["map", "map", "stations.map"]].map(([view, sign, word]) => h("button", {
    type: "button", "aria-pressed": screen.filters.view === view ? "true" : "false", dataset: { view: view || "list" },
    onClick: () => {
      filter(screen, { view });
      drawViews(screen);
      screen.views.querySelector('[aria-pressed="true"]').focus();
    },
  }, icon(sign), t(word))));
}

async function sortByDistance(screen, districts, services) {
  const { location, reason } = await askPlace();
  screen.memory.near = Boolean(location);
  refill(screen.said, location ? null : note("info", t(reason === "denied" ? "stations.denied" : "stations.unavailable"), "sand", "status"));
  drawBar(screen, districts, services);
  if (location) await load(screen, { again: true });
  else screen.bar.querySelector("select").focus();
}

function filter(screen, wish) {
  const changed = Object.entries(wish).some(([name, value]) => screen.filters[name] !== value);
  if (!changed) return;
  Object.assign(screen.filters, wish);
  setQuery({ ...screen.filters, open_now: screen.filters.open_now ? "true" : "" });
  load(screen, { again: true });
}

function asked({ filters, memory }) {
  const place = memory.near ? lastPlace() : null;
  return {
    q: filters.q, district: filters.district, service: filters.service, open_now: filters.open_now ? "true" : "",
    ...(place ? { lat: place.lat, lng: place.lng, coord_sys: place.coord_sys } : {}),
  };
}

/** Read the first page (or what this entry had loaded before) and draw it. */
async function load(screen, { again }) {
  const turn = (screen.turn = (screen.turn || 0) + 1);
  const { cache, memory, filters } = screen;
  if (again) { cache.delete("items"); memory.pages = 1; }
  try {
    if (!cache.has("items")) {
      refill(screen.results, skeleton(5));
      const limit = filters.view === "map" ? MAP_LIMIT : Math.min(100, PAGE * (memory.pages || 1));
      const [first, stamps] = await Promise.all([get("/stations", { ...asked(screen), limit }), collected(cache)]);
      if (turn !== screen.turn || screen.gone) return;
      cache.set("items", first.items);
      cache.set("next", first.next_cursor);
      cache.set("stamps", stamps);
    }
    draw(screen);
  } catch (problem) {
    if (turn === screen.turn) refill(screen.results, trouble(problem, () => load(screen, { again: true })));
  }
}

async function collected(cache) {
  if (cache.has("stamps")) return cache.get("stamps");
  if (!hasSession()) return new Set();
  try {
    return new Set((await getMine("/me/passport")).stamps.map(({ station }) => station.code));
  } catch {
    return new Set(); // the list is useful without the marks
  }
}

function draw(screen) {
  if (screen.watcher) screen.watcher.disconnect();
  const items = screen.cache.get("items");
  if (!items.length) return refill(screen.results, nothing(screen));
  if (screen.filters.view === "map") {
    return refill(screen.results, drawMap(items, { place: screen.memory.near ? lastPlace() : null, stamps: screen.cache.get("stamps") }));
  }
  const stamps = screen.cache.get("stamps");
  return refill(screen.results,
    h("ul", { class: "rows" }, items.map((station) => h("li", {}, stationRow(station, { inked: stamps.has(station.code) })))),
    listFoot(screen, { more: () => loadMore(screen), word: t("stations.more"), end: tn("stations.end", items.length), again: () => draw(screen) }));
}

async function loadMore(screen) {
  const { cache, memory } = screen;
  const page = await get("/stations", { ...asked(screen), limit: PAGE, cursor: cache.get("next") });
  cache.set("items", cache.get("items").concat(page.items));
  cache.set("next", page.next_cursor);
  memory.pages = (memory.pages || 1) + 1;
  if (!screen.gone) draw(screen);
}

function nothing(screen) {
  const { filters } = screen;
  const wish = { q: "", district: "", service: "", open_now: false };
  const clear = () => {
    filter(screen, wish);
    drawBar(screen, screen.cache.get("districts") || [], screen.cache.get("services") || []);
    screen.bar.querySelector("input").focus();
  };
  const narrowed = filters.q || filters.district || filters.service || filters.open_now;
  return empty(t(narrowed ? "stations.none_found" : "stations.none"),
    narrowed ? button(t("stations.clear"), { kind: "plain", sign: "retry", onClick: clear }) : null);
}
