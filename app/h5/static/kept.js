/** Readings that are worth showing without a network: stations, their details, the two lists, one's own passport and tickets. */

import { cityNow, locale, t } from "./i18n.js";
import { metres } from "./place.js";
import { all, find, put, remove } from "./store.js";

const LIST = "/stations";
const DETAIL = /^\/stations\/([A-Z0-9]{3,8})$/;
const WHOLE = ["/districts", "/services", "/me/passport", "/me/signups"];
const TICKET = /^\/signups\/[\w-]+$/;
const MINE = [" /me/", " /signups/"];

const keyOf = (path) => `${locale()} ${path}`;

/** A part of a list is not the list. */
const isPart = ({ cursor, from }) => Boolean(cursor || from);
const isKeptAsItIs = (path) => WHOLE.includes(path) || TICKET.test(path);

/** Keep what a reading brought, if it is one of these; a browser that keeps nothing is no reason to fail. */
export function keepReading(path, query, body) {
  const kept = path === LIST ? keepList(query || {}, body)
    : DETAIL.test(path) || isKeptAsItIs(path) && !isPart(query || {}) ? put("reads", { key: keyOf(path), body })
      : Promise.resolve();
  return kept.catch(() => {});
}

/** What was kept of a reading, as far as it can still be true; undefined when there is nothing. */
export async function recallReading(path, query) {
  try {
    if (path === LIST) return await recallList(query || {});
    const [, code] = DETAIL.exec(path) || [];
    const kept = code || isKeptAsItIs(path) ? await find("reads", keyOf(path)) : undefined;
    if (kept) return code ? unsure(kept.body) : kept.body;
    return code ? await recallFromList(code) : undefined;
  } catch {
    return undefined;
  }
}

/** Forget what belongs to the person who leaves. */
export async function forgetMine() {
  try {
    const own = (await all("reads")).filter(({ key }) => MINE.some((part) => key.includes(part)));
    await Promise.all(own.map(({ key }) => remove("reads", key)));
  } catch {
    // nothing could be kept, so nothing is left
  }
}

/** Whether the list of all stations has been read today, so that nobody need ask for it ahead. */
export async function hasTodaysList(today) {
  const kept = await find("reads", keyOf(LIST)).catch(() => null);
  return Boolean(kept && kept.whole === today);
}

/** Lists are kept as one: a complete one replaces it, a part adds to it. */
async function keepList(query, { items, next_cursor }) {
  const asked = Object.entries(query).filter(([name, value]) => value && !["lat", "lng", "coord_sys", "limit"].includes(name));
  const isWhole = !asked.length && !next_cursor;
  const before = isWhole ? null : await find("reads", keyOf(LIST));
  const stations = { ...(before ? before.stations : {}), ...Object.fromEntries(items.map((station) => [station.code, station])) };
  await put("reads", { key: keyOf(LIST), stations, whole: isWhole ? cityNow().day : before && before.whole });
}

async function recallList(query) {
  const kept = await find("reads", keyOf(LIST));
  if (!kept) return undefined;
  const from = query.lat === undefined ? null : { lat: query.lat, lng: query.lng };
  const word = (query.q || "").toLowerCase();
  const found = Object.values(kept.stations)
    .filter((station) => !query.district || station.district.code === query.district)
    .filter((station) => !query.service || station.services.some(({ code }) => code === query.service))
    .filter((station) => !word || `${station.name} ${station.code}`.toLowerCase().includes(word))
    .map((station) => ({ ...unsure(station), distance_m: from ? Math.round(metres(from, station.location)) : null }))
    .sort((a, b) => (from ? a.distance_m - b.distance_m : a.code < b.code ? -1 : 1));
  return { items: found.slice(0, query.limit || 100), next_cursor: null };
}

async function recallFromList(code) {
  const kept = await find("reads", keyOf(LIST));
  const station = kept && kept.stations[code];
  if (!station) return undefined;
  return { ...unsure(station), description: "", opening: [], languages: [], geofence: [], phone: null };
}

/** Whether a place is open now is nothing that a kept reading knows. */
const unsure = (station) => ({ ...station, open_state: "unknown", open_note: t("offline.open_note"), closure: null, today: { checkins: 0, special: null } });
