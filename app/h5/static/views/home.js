/** Home: a greeting, the nearest station on request, the passport so far, a tip, language and 长辈版. */

import { get, getMine, hasSession } from "../api.js";
import { START } from "../coast.js";
import { deskSlot } from "../desk_slot.js";
import { h, refill } from "../dom.js";
import { partOfDay, scene } from "../hero.js";
import { cityNow, fromYou, locale, soonClock, t, tn } from "../i18n.js";
import { icon } from "../icons.js";
import { otherLocale, setElder, speak } from "../language.js";
import { busyWhile, button, face, linkButton, note, openBadge, progress, skeleton, stationRow, trouble } from "../parts.js";
import { askPlace, lastPlace } from "../place.js";
import { isElder } from "../prefs.js";
import { stamp } from "../stamp.js";

const AHEAD = ["confirmed", "offered", "invited"];
const GREETINGS = { dawn: "home.greeting.dawn", day: "home.greeting.day", noon: "home.greeting.noon", dusk: "home.greeting.dusk", night: "home.greeting.night" };
const GULL_TIPS = ["tip.gull.feed", "tip.gull.toss", "tip.gull.spoilt", "tip.gull.touch", "tip.gull.rail", "tip.gull.litter"];
const CITY_TIPS = ["tip.city.litter", "tip.city.queue", "tip.city.ecology", "tip.city.heritage", "tip.city.facilities", "tip.city.others", "tip.city.courtesy", "tip.city.leisure"];

export function show({ memory, cache }) {
  const near = h("section", { class: "card home-near", "aria-labelledby": "near-title" });
  const book = h("section", { class: "cover home-book", "aria-labelledby": "book-title" });
  const next = h("div", { hidden: true });
  const ready = Promise.all([fillNear(near, memory, cache), fillBook(book, cache), fillNext(next, cache)]);
  return {
    title: "",
    name: "home",
    ready,
    element: h("div", { class: "stack" }, hero(), near, next, deskSlot("place"), book, tip()),
  };
}

function hero() {
  const other = otherLocale();
  return h("header", { class: `hero hero-${partOfDay()}` },
    scene(),
    h("div", { class: "hero-top" },
      h("p", { class: "hero-brand" }, t("app.name")),
      h("button", { class: "hero-pill", type: "button", "aria-pressed": isElder() ? "true" : "false", dataset: { keep: "elder" }, onClick: () => setElder(!isElder()) },
        icon("bigtext"), t(isElder() ? "elder.leave" : "elder.name")),
      h("button", { class: "hero-pill", type: "button", lang: other, dataset: { keep: "language" }, onClick: () => speak(other) },
        icon("globe"), other === "en" ? "English" : "中文")),
    h("div", { class: "hero-words" },
      h("h1", {}, t(GREETINGS[greeting()])),
      h("p", { class: "hero-motto" }, t("app.motto"))));
}

function greeting() {
  const { hour } = cityNow();
  return hour >= 11 && hour < 13 ? "noon" : hour >= 13 && hour < 18 ? "dusk" : hour >= 8 && hour < 11 ? "day" : hour < 5 || hour >= 18 ? "night" : "dawn";
}

async function fillNear(card, memory, cache) {
  if (memory.near && lastPlace()) return showNearest(card, memory, cache, lastPlace());
  const list = h("div", {}, skeleton(3));
  refill(card,
    h("div", { class: "card-head" }, h("h2", { id: "near-title" }, t("home.near.title")), h("a", { class: "link", href: "/stations" }, t("home.all"), icon("next"))),
    h("p", { class: "quiet" }, t("home.near.purpose")),
    memory.declined ? note("info", t(memory.declined === "denied" ? "place.denied" : "place.unavailable"), "sand", "status") : null,
    button(t("home.near.ask"), {
      kind: "main",
      sign: "locate",
      onClick: (event) => busyWhile(event.currentTarget, () => findNearest(card, memory, cache)),
    }),
    list);
  return fillFirst(list, cache);
}

async function findNearest(card, memory, cache) {
  const { location, reason } = await askPlace();
  memory.near = Boolean(location);
  memory.declined = reason || null;
  cache.delete("near");
  await fillNear(card, memory, cache);
}

async function fillFirst(list, cache) {
  try {
    if (!cache.has("first")) cache.set("first", await get("/stations", { ...START, limit: 3 }));
    const { items } = cache.get("first");
    refill(list,
      h("h3", { class: "home-start" }, t("home.start")),
      h("ul", { class: "rows rows-flat" }, items.map((station) => h("li", {}, stationRow({ ...station, distance_m: null })))));
  } catch (problem) {
    refill(list, trouble(problem, () => { refill(list, skeleton(3)); fillFirst(list, cache); }));
  }
}

async function showNearest(card, memory, cache, location) {
  try {
    if (!cache.has("near")) {
      refill(card, h("h2", { id: "near-title" }, t("home.nearest.title")), skeleton(3));
      const { lat, lng, coord_sys } = location;
      cache.set("near", await get("/stations", { lat, lng, coord_sys, limit: 3 }));
    }
    const [nearest, ...others] = cache.get("near").items;
    if (!nearest) return;
    refill(card,
      h("div", { class: "card-head" }, h("h2", { id: "near-title" }, t("home.nearest.title")), h("a", { class: "link", href: "/stations" }, t("home.all"), icon("next"))),
      h("div", { class: "nearest" },
        face(nearest),
        h("div", { class: "nearest-words" },
          h("h3", {}, nearest.name),
          h("p", { class: "nearest-far" }, fromYou(nearest.distance_m)),
          h("p", { class: "quiet" }, nearest.open_state === "unknown" ? null : [openBadge(nearest.open_state), " "], nearest.open_note))),
      linkButton(t("home.nearest.go"), `/c/${nearest.code}`, { kind: "main", sign: "stamp" }),
      h("ul", { class: "rows rows-flat" }, others.map((station) => h("li", {}, stationRow(station)))));
  } catch (problem) {
    refill(card,
      h("h2", { id: "near-title" }, t("home.nearest.title")),
      trouble(problem, () => showNearest(card, memory, cache, location)));
  }
}

/** What one has signed up for next, or is asked about. Without an answer the page does without it. */
async function fillNext(place, cache) {
  if (!hasSession()) return;
  try {
    if (!cache.has("signups")) cache.set("signups", (await getMine("/me/signups", { from: cityNow().day, limit: 20 })).items);
  } catch {
    return;
  }
  const coming = cache.get("signups").filter(({ state, shift }) => AHEAD.includes(state) && Date.parse(shift.ends_at) > Date.now());
  const next = coming.find(({ state }) => state !== "confirmed") || coming[0];
  if (!next) return;
  const asked = next.state !== "confirmed";
  place.hidden = false;
  refill(place, h("a", { class: "card home-next", href: `/signups/${next.id}` }, icon(asked ? "hourglass" : "ticket"),
    h("span", { class: "row-words" }, h("span", { class: "row-services" }, t(asked ? "signups.asked" : "home.next")), h("span", { class: "row-name" }, next.event.title),
      h("span", { class: "row-facts" }, soonClock(next.shift.starts_at))),
    icon("next", "row-next")));
}

async function fillBook(card, cache) {
  refill(card, h("h2", { id: "book-title" }, t("passport.title")), h("p", { class: "cover-quiet" }, t("home.book.first")),
    h("a", { class: "cover-link", href: "/passport" }, t("home.book.open"), icon("next")));
  if (!hasSession()) return;
  try {
    if (!cache.has("passport")) cache.set("passport", await getMine("/me/passport"));
  } catch {
    return; // the cover stays; the passport itself says what is wrong
  }
  const { collected, total, stamps } = cache.get("passport");
  if (!collected) return;
  const newest = [...stamps].sort((a, b) => (a.last_on < b.last_on ? 1 : -1)).slice(0, 3);
  refill(card,
    h("div", { class: "cover-head" },
      h("h2", { id: "book-title" }, t("passport.title")),
      h("p", { class: "cover-count" }, h("strong", {}, String(collected)), ` / ${total}`)),
    progress(collected, total),
    h("div", { class: "cover-stamps", "aria-hidden": "true" }, newest.map(({ station, first_on }) => h("div", { class: "cover-leaf" }, stamp(station, { date: first_on })))),
    h("p", { class: "cover-quiet" }, tn("home.book.collected", collected)),
    h("a", { class: "cover-link", href: "/passport" }, t("home.book.open"), icon("next")));
}

function tip() {
  const { day } = cityNow();
  const month = Number(day.slice(5, 7));
  const gulls = month >= 10 || month <= 4;
  const tips = gulls ? GULL_TIPS : CITY_TIPS;
  const today = tips[Math.floor(Date.parse(day) / 864e5) % tips.length];
  return h("section", { class: "card tip", "aria-labelledby": "tip-title" },
    h("img", { src: "/static/art/gull.svg", alt: "", width: 120, height: 84 }),
    h("div", {},
      h("h2", { id: "tip-title" }, t(gulls ? "tip.gull.title" : "tip.city.title")),
      h("p", {}, t(today)),
      gulls ? h("p", { class: "quiet" }, t("tip.gull.season")) : null));
}
