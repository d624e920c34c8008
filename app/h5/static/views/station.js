/** A station: what it is, whether it is open, what it offers, and the button that stamps. */

import { get, getMine, hasSession, Refusal } from "../api.js";
import { deskSlot } from "../desk_slot.js";
import { h, refill } from "../dom.js";
import { fence } from "../fence.js";
import { cityNow, day, fromYou, t, tn, weekday } from "../i18n.js";
import { icon } from "../icons.js";
import { busyWhile, button, emblem, empty, linkButton, note, openBadge, photoPath, serviceItem, skeleton, topBar, trouble } from "../parts.js";
import { lastPlace, metres } from "../place.js";
import { stamp } from "../stamp.js";
import { visit } from "../visit.js";

const KINDS = { station: "kind.station", sight: "kind.sight", window: "kind.window", crossing: "kind.crossing" };
const LANGUAGES = { zh: "language.zh", en: "language.en", ja: "language.ja", ko: "language.ko", ru: "language.ru", fr: "language.fr", de: "language.de", es: "language.es" };

export function show({ params, query, cache }) {
  const [code] = params;
  const body = h("div", { class: "stack" });
  const heading = h("h1", { class: "unseen" }, t("station.word"));
  refill(body, heading, skeleton(3));
  const ready = load(body, code, credentialOf(code, query), cache);
  return {
    title: cache.has("station") ? cache.get("station").name : t("station.word"),
    name: "station",
    ready,
    element: h("div", {}, topBar(t("station.word"), "/stations"), body),
  };
}

/** What the address carries from a poster (`v`, `k`) or a screen (`r`), or null when one came by the list. */
function credentialOf(code, query) {
  if (query.get("v") && query.get("k")) return `${code}?${new URLSearchParams({ v: query.get("v"), k: query.get("k") })}`;
  return query.get("r") ? `${code}:${query.get("r")}` : null;
}

async function load(body, code, credential, cache) {
  try {
    if (!cache.has("station")) {
      const [station, passport] = await Promise.all([get(`/stations/${code}`), myPassport()]);
      cache.set("station", station);
      cache.set("stamp", (passport ? passport.stamps : []).find((each) => each.station.code === code) || null);
    }
    document.title = `${cache.get("station").name} · ${t("app.name")}`;
    draw(body, cache.get("station"), cache.get("stamp"), credential);
  } catch (problem) {
    const lost = problem instanceof Refusal && problem.status === 404;
    if (lost) document.title = `${t("station.missing")} · ${t("app.name")}`;
    refill(body, h("h1", { class: lost ? "center" : "unseen" }, t(lost ? "station.missing" : "station.word")),
      lost
        ? empty(t("station.missing_help", { code }), linkButton(t("station.missing_go"), "/stations", { kind: "main", sign: "list" }),
          credential ? button(t("station.missing_try"), { sign: "stamp", onClick: (event) => busyWhile(event.currentTarget, () => visit({ credential, usePlace: false })) }) : null)
        : trouble(problem, () => load(body, code, credential, cache)));
  }
}

async function myPassport() {
  if (!hasSession()) return null;
  try {
    return await getMine("/me/passport");
  } catch {
    return null; // the station is worth showing without one's own stamp
  }
}

function draw(body, station, mine, credential) {
  const place = lastPlace();
  refill(body,
    h("header", { class: "plate" },
      emblem(station),
      h("div", { class: "plate-words" },
        h("h1", {}, station.name),
        h("p", { class: "plate-facts" }, h("span", { class: "badge badge-sea" }, t(KINDS[station.kind] || "kind.station")), openBadge(station.open_state)),
        station.address ? h("p", { class: "quiet" }, station.address) : null)),
    photos(station),
    opening(station),
    action(station, mine, credential),
    station.description ? h("p", { class: "story" }, station.description) : null,
    services(station),
    whenOpen(station),
    where(station, place),
    station.today.checkins ? h("p", { class: "quiet center" }, tn("station.today", station.today.checkins)) : null,
    linkButton(t("feedback.report"), `/feedback?station=${station.code}`, { kind: "quiet", sign: "edit" }));
}

/** The station's photos, the place of each kept before it is there; several lie side by side. */
function photos({ name, photos: taken = [] }) {
  if (!taken.length) return null;
  const several = taken.length > 1;
  return h("div", { class: `photos${several ? " photos-several" : ""}`, ...(several ? { "data-scroll-x": true, role: "group", tabindex: 0, "aria-label": t("station.photos", { name }) } : {}) },
    taken.map((photo, index) => h("img", {
      src: photoPath(photo.url), width: photo.width, height: photo.height, alt: t(several ? "station.photo_n" : "station.photo", { name, n: index + 1 }), decoding: "async", loading: index ? "lazy" : "eager",
      onError: (event) => event.currentTarget.classList.add("photo-lost"),
    })));
}

/** Open or not, in the server's words; a closing with its reason stands out. */
function opening(station) {
  const shut = station.open_state === "closed";
  const tone = station.closure ? "tile" : shut ? "sand" : station.open_state === "open" ? "pine" : "sea";
  return h("div", { class: `note note-${tone}` },
    icon(station.closure ? "door" : "clock"),
    h("div", {}, h("p", { class: "open-note" }, station.open_note),
      shut ? h("p", {}, t("station.stamps_anyway")) : null));
}

function action(station, mine, credential) {
  const start = (event, usePlace) => busyWhile(event.currentTarget, () => visit({ credential, usePlace }));
  return h("section", { class: "card stamping", "aria-label": t("station.stamp") },
    mine ? ownStamp(station, mine) : null,
    credential
      ? [
        h("p", { class: "quiet" }, t("stamping.purpose")),
        h("div", { class: "actions" },
          button(t("station.stamp"), { kind: "main", sign: "stamp", onClick: (event) => start(event, true) }),
          button(t("stamping.without_place"), { onClick: (event) => start(event, false) })),
      ]
      : [
        h("p", { class: "quiet" }, t("stamping.how")),
        linkButton(t("station.stamp"), `/checkin?station=${station.code}`, { kind: "main", sign: "stamp" }),
      ],
    deskSlot("place"));
}

const ownStamp = (station, mine) =>
  h("div", { class: "own" },
    h("div", { class: "own-stamp" }, stamp(station, { date: mine.first_on, label: t("stamp.label", { name: station.name, day: day(mine.first_on) }) })),
    h("p", {}, h("strong", {}, t("station.collected")), h("br", {}), h("span", { class: "quiet" },
      mine.count > 1 ? t("station.visits", { first: day(mine.first_on), n: mine.count, last: day(mine.last_on) }) : day(mine.first_on))));

function services(station) {
  if (!station.services.length) return null;
  return h("section", { class: "card" }, h("h2", {}, t("station.services")),
    h("ul", { class: "services" }, station.services.map(serviceItem)),
    station.languages && station.languages.length
      ? h("p", { class: "quiet spaced" }, t("station.languages", { list: station.languages.map((code) => t(LANGUAGES[code] || code)).join(" · ") }))
      : null);
}

function whenOpen(station) {
  const weekly = station.opening.filter((rule) => rule.weekday !== null && rule.weekday !== undefined);
  const dated = station.opening.filter((rule) => rule.date);
  const holidays = station.opening.filter((rule) => rule.holidays);
  const now = countingToday(station);
  const mark = (line) => (line === now ? h("small", {}, t("station.today_mark")) : null);
  const hours = (rules) => (rules.every((rule) => rule.closed) ? t("station.shut") : rules.filter((rule) => !rule.closed).map((rule) => `${rule.opens}–${rule.closes}`).join(" · "));
  return h("section", { class: "card" }, h("h2", {}, t("station.hours")),
    station.today.special ? h("p", { class: "quiet" }, special(station.today.special)) : null,
    weekly.length || holidays.length
      ? h("table", { class: "hours" }, h("tbody", {}, [0, 1, 2, 3, 4, 5, 6].map((index) => {
        const rules = weekly.filter((rule) => rule.weekday === index);
        return h("tr", { class: index === now ? "hours-today" : null },
          h("th", { scope: "row" }, weekday(index), mark(index)),
          h("td", {}, rules.length ? hours(rules) : t("open.unknown")));
      }),
      holidays.length
        ? h("tr", { class: now === "holidays" ? "hours-today" : null },
          h("th", { scope: "row" }, t("station.holidays"), mark("holidays")), h("td", {}, hours(holidays)))
        : null))
      : h("p", {}, t("station.hours_unknown")),
    dated.length
      ? h("table", { class: "hours spaced" }, h("tbody", {}, [...new Set(dated.map((rule) => rule.date))].map((date) =>
        h("tr", { class: date === now ? "hours-today" : null }, h("th", { scope: "row" }, day(date), mark(date)), h("td", {}, hours(dated.filter((rule) => rule.date === date)))))))
      : null,
    station.phone ? h("p", { class: "spaced" }, h("a", { class: "link", href: `tel:${station.phone.replace(/[^0-9+]/g, "")}` }, icon("phone"), station.phone)) : null);
}

/** The line of the hours that counts today: a date, "holidays" or a weekday; the server says what day it is. */
function countingToday({ opening, today }) {
  const now = cityNow();
  if (opening.some((rule) => rule.date === now.day)) return now.day;
  if (today.special && today.special.kind === "holiday" && opening.some((rule) => rule.holidays)) return "holidays";
  return today.special && today.special.weekday !== null ? today.special.weekday : now.weekday;
}

const special = ({ name, weekday: instead }) =>
  (instead === null ? t("station.special_holiday", { name }) : t("station.special_workday", { name, weekday: weekday(instead) }));

function where(station, place) {
  const { lat, lng } = station.location;
  const point = `${lat.toFixed(5)},${lng.toFixed(5)}`;
  const apple = /iPhone|iPad|Macintosh/.test(navigator.userAgent);
  const href = apple ? `maps://?q=${encodeURIComponent(station.name)}&ll=${point}` : `geo:${point}?q=${point}(${encodeURIComponent(station.name)})`;
  return h("section", { class: "card" }, h("h2", {}, t("station.where")),
    station.address ? h("p", {}, station.address) : null,
    place ? h("p", { class: "quiet" }, fromYou(metres(place, station.location))) : null,
    station.coord_quality === "approximate" ? note("info", t("station.approximate"), "sand") : null,
    station.geofence.length > 1 ? fence(station, place) : null,
    h("p", { class: "quiet coordinates" }, `${lat.toFixed(5)}, ${lng.toFixed(5)} · WGS-84`),
    h("a", { class: "button button-plain button-wide", href }, icon("compass"), h("span", {}, t("station.navigate"))));
}
