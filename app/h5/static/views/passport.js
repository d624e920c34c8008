/** The passport: every listed station by district, stamped with its date or still an empty place. */

import { get, getMine, hasSession } from "../api.js";
import { h, refill } from "../dom.js";
import { shortDay, t, tn } from "../i18n.js";
import { linkButton, progress, skeleton, trouble } from "../parts.js";
import { queued } from "../queue.js";
import { stamp } from "../stamp.js";
import { stationOf } from "../visit.js";

const PAGES = 5; // of 100 stations: a city has fewer

export function show({ cache }) {
  const body = h("div", { class: "stack" }, cover(null), skeleton(4));
  return { title: t("passport.title"), ready: load(body, cache), element: body };
}

async function load(body, cache) {
  try {
    if (!cache.has("stations")) {
      const [stations, passport] = await Promise.all([
        everyStation(), hasSession() ? getMine("/me/passport") : { collected: 0, total: null, stamps: [] },
      ]);
      cache.set("stations", stations);
      cache.set("passport", passport);
    }
    draw(body, cache.get("stations"), cache.get("passport"));
  } catch (problem) {
    refill(body, cover(null), trouble(problem, () => { refill(body, cover(null), skeleton(4)); load(body, cache); }));
  }
}

async function everyStation() {
  const found = [];
  let cursor = null;
  for (let page = 0; page < PAGES; page += 1) {
    const answer = await get("/stations", { limit: 100, cursor });
    found.push(...answer.items);
    cursor = answer.next_cursor;
    if (!cursor) break;
  }
  return found;
}

function draw(body, stations, { collected, total, stamps }) {
  const mine = new Map(stamps.map((each) => [each.station.code, each]));
  const listed = new Set(stations.map(({ code }) => code));
  const gone = stamps.filter(({ station }) => !listed.has(station.code)).map(({ station }) => station);
  refill(body,
    cover({ collected, total: total === null ? stations.length : total }),
    collected ? null : h("div", { class: "card first-stamp" },
      h("p", {}, t("passport.first")), linkButton(t("passport.start"), "/checkin", { kind: "main", sign: "stamp" })),
    byDistrict(stations).map(([name, members]) => leaf(name, members, mine)),
    gone.length ? leaf(t("passport.gone"), gone, mine) : null);
}

function cover(count) {
  return h("header", { class: "cover cover-large" },
    h("img", { class: "cover-seal", src: "/static/art/seal.svg", alt: "", width: 108, height: 108 }),
    h("p", { class: "cover-city" }, t("passport.city")),
    h("h1", {}, t("passport.title")),
    count ? [
      h("p", { class: "cover-count" }, h("strong", {}, String(count.collected)), ` / ${count.total}`),
      progress(count.collected, count.total),
      h("p", { class: "cover-quiet" }, count.collected ? tn("passport.left", count.total - count.collected) : t("passport.none")),
    ] : null);
}

function byDistrict(stations) {
  const groups = new Map();
  for (const station of stations) {
    const { code, name } = station.district;
    if (!groups.has(code)) groups.set(code, [name, []]);
    groups.get(code)[1].push(station);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

function leaf(name, stations, mine) {
  const have = stations.filter(({ code }) => mine.has(code)).length;
  const ordered = [...stations].sort((a, b) => Number(mine.has(b.code)) - Number(mine.has(a.code)));
  return h("section", { class: "paper leaf", "aria-label": name },
    h("div", { class: "leaf-head" }, h("h2", {}, name), h("p", { class: "leaf-count", "aria-label": t("passport.progress", { collected: have, total: stations.length }) }, `${have}/${stations.length}`)),
    h("ul", { class: "stamps" }, ordered.map((station) => place(station, mine.get(station.code)))));
}

function place(station, visit) {
  return h("li", {}, h("a", { class: `place${visit ? " place-inked" : ""}`, href: `/c/${station.code}` },
    stamp(station, { date: visit ? visit.first_on : null }),
    h("span", { class: "place-name" }, station.name),
    h("span", { class: "place-day" }, visit ? shortDay(visit.first_on) : isWaiting(station) ? h("strong", { class: "place-waiting" }, t("verdict.waiting")) : t("passport.empty"),
      visit && visit.count > 1 ? h("span", {}, ` · ${tn("passport.visits", visit.count)}`) : null)));
}

const isWaiting = ({ code }) => queued().waiting.some(({ credential }) => stationOf(credential) === code);
