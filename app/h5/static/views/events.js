/** Events: a strip of days, filters and the programme; all of it lives in the address, so Back and a refresh keep it. */

import { get } from "../api.js";
import { h, refill } from "../dom.js";
import { cityNow, dayOf, monthDay, number, t, tn, weekday } from "../i18n.js";
import { icon } from "../icons.js";
import { listFoot, picker } from "../lists.js";
import { button, empty, linkButton, skeleton, trouble } from "../parts.js";
import { CATEGORIES, dayWords, eventCard, nextDay, weekdayOf } from "../programme.js";
import { setQuery } from "../router.js";

const PAGE = 20;
const DAYS = 14;
const NOTHING = { day: "", district: "", category: "", has_places: "" };

export function show({ query, memory, cache }) {
  const given = (name) => query.get(name) || "";
  const filters = {
    day: /^\d{4}-\d\d-\d\d$/.test(given("day")) || given("day") === "past" ? given("day") : "",
    district: given("district"), category: given("category") in CATEGORIES ? given("category") : "", has_places: given("has_places") === "true" ? "true" : "",
  };
  const screen = { filters, memory, cache, strip: h("div", { class: "strip", dataset: { scrollX: "" }, role: "group", "aria-label": t("events.days") }), bar: h("div", { class: "filter-line happening-filters" }), results: h("div", { class: "stack", "aria-live": "off" }) };
  drawStrip(screen);
  requestAnimationFrame(() => showChosen(screen));
  return {
    title: t("events.title"),
    ready: Promise.all([fillBar(screen), load(screen, { again: false })]),
    leave: () => { if (screen.watcher) screen.watcher.disconnect(); screen.gone = true; },
    element: h("div", { class: "stack" },
      h("header", { class: "heading heading-split" }, h("h1", {}, t("events.title")),
        h("a", { class: "chip chip-link", href: "/signups" }, icon("ticket"), t("signups.title")), h("p", {}, t("events.lead"))),
      screen.strip, screen.bar, screen.results),
  };
}

/** Two weeks of days; before them what comes soon, behind them what is over. A dot where something is known to be. */
function drawStrip(screen) {
  const today = cityNow().day;
  const busy = screen.cache.get("busy") || new Set();
  const days = Array.from({ length: DAYS }, (_, ahead) => nextDay(today, ahead));
  if (/^\d/.test(screen.filters.day) && !days.includes(screen.filters.day)) days.push(screen.filters.day);
  const cell = (day, label, ...words) => h("button", {
    class: "strip-cell", type: "button", "aria-pressed": screen.filters.day === day ? "true" : "false", dataset: { day: day || "near", keep: `day-${day || "near"}` },
    onClick: () => choose(screen, { day }),
  }, words, label ? h("span", { class: "unseen" }, label) : null);
  refill(screen.strip,
    cell("", null, h("span", { class: "strip-word" }, t("events.near"))),
    days.sort().map((day) => cell(day, dayWords(day),
      h("span", { class: "strip-week", "aria-hidden": "true" }, day === today ? t("events.today") : weekday(weekdayOf(day), "short")),
      h("strong", { "aria-hidden": "true" }, number(Number(day.slice(8)))),
      busy.has(day) ? h("i", { class: "strip-dot", "aria-hidden": "true" }) : null)),
    cell("past", null, h("span", { class: "strip-word" }, t("events.past"))));
}

function showChosen({ strip }) {
  const chosen = strip.querySelector('[aria-pressed="true"]');
  if (chosen) strip.scrollLeft = chosen.offsetLeft - strip.offsetLeft - (strip.clientWidth - chosen.clientWidth) / 2;
}

async function fillBar(screen) {
  drawBar(screen);
  if (screen.cache.has("districts")) return;
  try {
    screen.cache.set("districts", (await get("/districts")).items);
    if (!screen.gone && !screen.bar.contains(document.activeElement)) drawBar(screen);
  } catch {
    // without the districts the rest of the bar still works
  }
}

function drawBar(screen) {
  const { filters, cache } = screen;
  const kinds = Object.entries(CATEGORIES).map(([code, word]) => ({ code, name: t(word) }));
  refill(screen.bar,
    picker(t("events.any_category"), kinds, filters.category, (category) => choose(screen, { category })),
    picker(t("stations.any_district"), cache.get("districts") || [], filters.district, (district) => choose(screen, { district })),
    h("button", { class: "chip", type: "button", "aria-pressed": filters.has_places ? "true" : "false", dataset: { keep: "has_places" }, onClick: () => { choose(screen, { has_places: filters.has_places ? "" : "true" }); } }, t("events.has_places")));
}

function choose(screen, wish) {
  if (Object.entries(wish).every(([name, value]) => screen.filters[name] === value)) return;
  const held = document.activeElement && document.activeElement.dataset.keep;
  if (Object.keys(wish).some((name) => name !== "day")) screen.cache.delete("busy");
  Object.assign(screen.filters, wish);
  setQuery(screen.filters);
  drawStrip(screen);
  if ("has_places" in wish) drawBar(screen);
  showChosen(screen);
  const again = held && document.querySelector(`[data-keep="${held}"]`);
  if (again) again.focus({ preventScroll: true });
  load(screen, { again: true });
}

function asked({ filters: { day, district, category, has_places } }) {
  const time = day === "past" ? { state: "over" } : day ? { from: day, to: day } : {};
  return { ...time, district, category, has_places };
}

async function load(screen, { again }) {
  const turn = (screen.turn = (screen.turn || 0) + 1);
  const { cache, memory } = screen;
  if (again) { cache.delete("items"); memory.pages = 1; }
  try {
    if (!cache.has("items")) {
      refill(screen.results, skeleton(4));
      const first = await get("/events", { ...asked(screen), limit: Math.min(100, PAGE * (memory.pages || 1)) });
      if (turn !== screen.turn || screen.gone) return;
      keep(screen, first, []);
    }
    draw(screen);
  } catch (problem) {
    if (turn === screen.turn) refill(screen.results, trouble(problem, () => load(screen, { again: true })));
  }
}

function keep(screen, page, before) {
  const { cache, filters } = screen;
  const items = before.concat(page.items);
  cache.set("items", items);
  cache.set("next", page.next_cursor);
  if (filters.day) return;
  cache.set("busy", new Set(items.flatMap(daysOf)));
  const at = screen.strip.scrollLeft;
  const held = document.activeElement && screen.strip.contains(document.activeElement) ? document.activeElement.dataset.keep : null;
  drawStrip(screen);
  screen.strip.scrollLeft = at;
  if (held) screen.strip.querySelector(`[data-keep="${held}"]`).focus({ preventScroll: true });
}

/** The days that an event touches, from today on. */
function daysOf({ starts_at, ends_at }) {
  const found = [];
  const last = dayOf(new Date(Date.parse(ends_at) - 1).toISOString());
  for (let day = dayOf(starts_at), left = DAYS; day <= last && left; day = nextDay(day), left -= 1) found.push(day);
  return found;
}

function draw(screen) {
  if (screen.watcher) screen.watcher.disconnect();
  const items = screen.cache.get("items");
  if (!items.length) return refill(screen.results, nothing(screen));
  const more = async () => {
    const page = await get("/events", { ...asked(screen), limit: PAGE, cursor: screen.cache.get("next") });
    keep(screen, page, screen.cache.get("items"));
    screen.memory.pages = (screen.memory.pages || 1) + 1;
    if (!screen.gone) draw(screen);
  };
  return refill(screen.results, byDay(screen, items).map(([day, events]) =>
    h("section", { class: "programme-day", "aria-label": dayWords(day) },
      h("h2", {}, dayWords(day)),
      h("ul", { class: "stack" }, events.map((event) => h("li", {}, eventCard(event)))))),
  listFoot(screen, { more, word: t("events.more"), end: tn("events.end", items.length), again: () => draw(screen) }));
}

/** Under the day on which each begins; what has begun before stands under today. */
function byDay({ filters }, items) {
  const first = /^\d/.test(filters.day) ? filters.day : filters.day ? "" : cityNow().day;
  const days = new Map();
  for (const event of items) {
    const began = dayOf(event.starts_at);
    const day = began < first ? first : began;
    days.set(day, [...(days.get(day) || []), event]);
  }
  return [...days];
}

function nothing(screen) {
  const { filters } = screen;
  const narrowed = filters.district || filters.category || filters.has_places;
  const clear = () => {
    choose(screen, NOTHING);
    drawBar(screen);
    screen.strip.querySelector("button").focus({ preventScroll: true });
  };
  if (narrowed || filters.day) {
    const said = /^\d/.test(filters.day) && !narrowed ? t("events.none_that_day", { day: monthDay(filters.day) }) : t("events.none_found");
    return empty(said, button(t("events.clear"), { sign: "retry", onClick: clear }));
  }
  return empty(t("events.none"), button(t("events.look_back"), { sign: "calendar", onClick: () => choose(screen, { day: "past" }) }),
    linkButton(t("home.all"), "/stations", { kind: "plain", sign: "pin" }));
}
