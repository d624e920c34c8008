/** Words and pieces about events and their shifts: when, where, of which kind, and how many places. */

import { h, s } from "./dom.js";
import { clock, cityNow, dayOf, locale, monthDay, number, t, tn, weekday } from "./i18n.js";
import { icon } from "./icons.js";

export const CATEGORIES = {
  guidance: "category.guidance", tide_safety: "category.tide_safety", order: "category.order", lost_person: "category.lost_person",
  environment: "category.environment", gull_watching: "category.gull_watching", convenience: "category.convenience", foreign_languages: "category.foreign_languages",
};
const STATES = { running: ["event.running", "sea"], over: ["event.over", "unknown"], cancelled: ["event.cancelled", "tile"] };

/** A city day with its weekday; today and tomorrow by name as well. */
export function dayWords(day) {
  const words = t("event.day", { day: monthDay(day), weekday: weekday(weekdayOf(day), locale() === "en" ? "short" : "long") });
  const near = { [cityNow().day]: "events.today", [nextDay(cityNow().day)]: "events.tomorrow" }[day];
  return near ? t("event.near_day", { near: t(near), day: words }) : words;
}

export const nextDay = (day, days = 1) => new Date(Date.parse(`${day}T12:00:00Z`) + days * 864e5).toISOString().slice(0, 10);

/** Monday is 0. */
export const weekdayOf = (day) => (new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7;

/** 09:00–12:00, with the days where it ends on another one. */
export const hours = ({ starts_at: from, ends_at: to }) =>
  dayOf(from) === dayOf(to) ? `${clock(from)}–${clock(to)}` : `${monthDay(dayOf(from))} ${clock(from)} – ${monthDay(dayOf(to))} ${clock(to)}`;

/** The day and the hours in one line. */
export const whenWords = (time) => (dayOf(time.starts_at) === dayOf(time.ends_at) ? `${dayWords(dayOf(time.starts_at))} ${hours(time)}` : hours(time));

/** How many places are left, or how many wait; null where nobody can come any more. */
export function placesWords({ capacity, taken, waitlisted }) {
  if (waitlisted) return tn("places.queue", waitlisted);
  return taken < capacity ? tn("places.left", capacity - taken) : t("places.full");
}

export const hasPlaces = ({ capacity, taken, waitlisted }) => taken < capacity && !waitlisted;

/** Places as a word with its colour; the state instead where an event is running, over or cancelled. */
export function stateBadge({ state, places }) {
  const [word, tone] = STATES[state] || [null, hasPlaces(places) ? "open" : "closed"];
  return h("span", { class: `badge badge-${tone}` }, word ? t(word) : placesWords(places));
}

/** How full a shift is, as a bar; the words stand beside it. */
export const fullness = ({ capacity, taken }) =>
  s("svg", { class: "fullness", viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" },
    s("rect", { class: "fullness-all", width: 100, height: 4 }),
    s("rect", { class: taken < capacity ? "fullness-taken" : "fullness-full", width: capacity ? Math.min(100, (100 * taken) / capacity) : 0, height: 4 }));

/** A line with its sign. */
export const lineOf = (sign, ...words) => h("span", { class: "with-sign" }, icon(sign), h("span", {}, words));

/** One event of a list. */
export const eventCard = (event) =>
  h("a", { class: `card happening happening-${event.state}`, href: `/events/${event.id}` },
    h("span", { class: "happening-head" }, h("span", { class: "happening-kind" }, t(CATEGORIES[event.category])), stateBadge(event)),
    h("h3", {}, event.title),
    lineOf("clock", hours(event)),
    lineOf("pin", event.place),
    event.state === "cancelled"
      ? h("span", { class: "happening-reason" }, t("event.reason", { reason: event.cancel_reason }))
      : lineOf("hand", event.organisation),
    event.state === "running" && dayOf(event.ends_at) > cityNow().day ? h("span", { class: "happening-places" }, placesWords(event.places)) : null);

/** How long until a moment: 2 小时 15 分. */
export function timeLeft(until, now = Date.now()) {
  const minutes = Math.max(0, Math.ceil((Date.parse(until) - now) / 60000));
  if (minutes < 60) return t("left.minutes", { m: number(minutes) });
  if (minutes < 1440 && minutes % 60 === 0) return t("left.whole_hours", { h: number(minutes / 60) });
  return minutes < 1440 ? t("left.hours", { h: number(Math.floor(minutes / 60)), m: number(minutes % 60) }) : t("left.days", { d: number(Math.floor(minutes / 1440)), h: number(Math.floor((minutes % 1440) / 60)) });
}
