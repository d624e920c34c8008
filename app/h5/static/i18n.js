/** The page's words: one JSON catalogue per language, city time for every date. */

import * as prefs from "./prefs.js";

export const LOCALES = ["zh-CN", "en"];
const CITY = "Asia/Shanghai";

let words = {};
let current = LOCALES[0];

export const locale = () => current;

/** Load the language chosen earlier, or the browser's. */
export async function loadFirstLocale() {
  const kept = prefs.getLocale();
  const asked = (navigator.language || "").toLowerCase().startsWith("zh") ? "zh-CN" : "en";
  await loadLocale(LOCALES.includes(kept) ? kept : asked);
}

/** Load a language and make it the page's. */
export async function loadLocale(next) {
  const answer = await fetch(`/static/i18n/${next}.json?v=${document.documentElement.dataset.version}`);
  if (!answer.ok) throw new Error(`no catalogue for ${next}`);
  words = await answer.json();
  current = next;
  document.documentElement.lang = next;
}

/** The sentence of a key with its blanks filled; a key nobody translated shows itself. */
export function t(key, facts) {
  const sentence = words[key];
  if (sentence === undefined) return key;
  return facts ? sentence.replace(/\{(\w+)\}/g, (blank, name) => (name in facts ? facts[name] : blank)) : sentence;
}

/** The same for a count: `key.one` or `key.other`, `{n}` written as a number of the language. */
export function tn(key, n, facts) {
  const form = new Intl.PluralRules(current).select(n) === "one" ? "one" : "other";
  return t(`${key}.${form}`, { n: number(n), ...facts });
}

export const number = (value, digits = 0) =>
  new Intl.NumberFormat(current, { maximumFractionDigits: digits }).format(value);

/** 320 → 320 米, 1840 → 1.8 公里. */
export function distance(metres) {
  if (metres < 995) return t("unit.m", { n: number(Math.round(metres / (metres < 100 ? 1 : 10)) * (metres < 100 ? 1 : 10)) });
  return t("unit.km", { n: number(metres / 1000, metres < 9950 ? 1 : 0) });
}

/** The same, as seen by the person; a fix is never exact enough for single metres. */
export const fromYou = (metres) => (metres < 30 ? t("station.here") : t("station.from_you", { distance: distance(metres) }));

const format = (options, when) => new Intl.DateTimeFormat(current, { timeZone: CITY, ...options }).format(when);

/** A city day (`2026-11-22`) in words; noon keeps it that day in every zone. */
export const day = (iso) => format({ year: "numeric", month: "long", day: "numeric" }, new Date(`${iso}T12:00:00+08:00`));

/** The same in little room. */
export const shortDay = (iso) => format({ year: "numeric", month: current === "en" ? "short" : "numeric", day: "numeric" }, new Date(`${iso}T12:00:00+08:00`));

/** The day without its year. */
export const monthDay = (iso) => format({ month: current === "en" ? "short" : "long", day: "numeric" }, new Date(`${iso}T12:00:00+08:00`));

/** The city day (`2026-11-22`) of a moment. */
export const dayOf = (iso) => new Date(Date.parse(iso) + 8 * 3600 * 1000).toISOString().slice(0, 10);

export const clock = (iso) => format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, new Date(iso));

/** A moment of these weeks, without its year. */
export const soonClock = (iso) => `${monthDay(dayOf(iso))} ${clock(iso)}`;

export const dayAndClock = (iso) =>
  format({ year: "numeric", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, new Date(iso));

/** Monday is 0; named in the page's language. */
export const weekday = (index, width = "long") => format({ weekday: width }, new Date(Date.UTC(2024, 0, 1 + index, 4)));

/** The city's hour (0–23), day (`2026-11-22`) and weekday (Monday is 0) now. */
export function cityNow() {
  const local = new Date(Date.now() + 8 * 3600 * 1000); // the city keeps UTC+8 all year
  return { hour: local.getUTCHours(), day: local.toISOString().slice(0, 10), weekday: (local.getUTCDay() + 6) % 7 };
}
