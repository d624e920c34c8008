/** Pieces that several screens are made of. */

import { h, s } from "./dom.js";
import { icon, serviceIcon } from "./icons.js";
import { distance, t } from "./i18n.js";
import { back } from "./router.js";
import { silhouetteOf } from "./silhouettes.js";
import { NoAnswer } from "./api.js";

/** The bar of an inner page: the way back, and where one is. */
export const topBar = (title, fallback) =>
  h("header", { class: "bar" },
    h("button", { class: "bar-back", type: "button", "aria-label": t("nav.back"), onClick: () => back(fallback) }, icon("back")),
    h("p", { class: "bar-title", "aria-hidden": "true" }, title));

/** A button with a word and, often, an icon; `kind`: main (the one action), plain, quiet. */
export const button = (word, { kind = "plain", sign, onClick, type = "button", ...rest } = {}) =>
  h("button", { class: `button button-${kind}`, type, onClick, ...rest }, sign ? icon(sign) : null, h("span", {}, word));

/** The same look for a link. */
export const linkButton = (word, href, { kind = "plain", sign } = {}) =>
  h("a", { class: `button button-${kind}`, href }, sign ? icon(sign) : null, h("span", {}, word));

/** Run what a button started; meanwhile it cannot start it twice. */
export async function busyWhile(pressed, work) {
  if (pressed.getAttribute("aria-busy") === "true") return;
  pressed.setAttribute("aria-busy", "true");
  try {
    await work();
  } finally {
    pressed.removeAttribute("aria-busy");
  }
}

/** Grey shapes of what is coming. */
export const skeleton = (rows = 3) =>
  h("div", { class: "skeleton", role: "status" },
    h("span", { class: "unseen" }, t("state.loading")),
    Array.from({ length: rows }, () => h("div", { class: "skeleton-row", "aria-hidden": "true" },
      h("span", { class: "skeleton-disc" }), h("span", { class: "skeleton-lines" }, h("i"), h("i")))));

/** What went wrong with a reading, and the button that tries again. */
export const trouble = (problem, retry) =>
  h("div", { class: "note note-tile", role: "alert" },
    icon(problem instanceof NoAnswer ? "cloud" : "warn"),
    h("div", {},
      h("p", {}, problem instanceof NoAnswer ? t("state.no_answer") : problem.message),
      button(t("state.retry"), { sign: "retry", onClick: retry })));

/** Nothing here, and what one can do about it. */
export const empty = (sentence, ...actions) =>
  h("div", { class: "empty" },
    h("img", { src: "/static/art/gull.svg", alt: "", width: 160, height: 112 }),
    h("p", {}, sentence), h("div", { class: "empty-actions" }, actions));

/** A quiet sentence with its icon. */
export const note = (sign, sentence, tone = "sea", role = null) =>
  h("div", { class: `note note-${tone}`, role }, icon(sign), h("p", {}, sentence));

/** 开放 / 关闭 / 以现场公告为准, by colour and word. */
export function openBadge(state) {
  const words = { open: "open.open", closed: "open.closed", unknown: "open.unknown" };
  return h("span", { class: `badge badge-${state}` }, t(words[state] || "open.unknown"));
}

/** A station's round sign: its silhouette or first character; inked when the stamp is collected. */
export function emblem(station, { inked = false } = {}) {
  const place = silhouetteOf(station.code);
  return h("span", { class: `emblem${inked ? " emblem-inked" : ""}`, "aria-hidden": "true" },
    place
      ? s("svg", { viewBox: "0 0 100 100", focusable: "false" },
        s("path", { d: place.solid, "fill-rule": "evenodd" }),
        place.line ? s("path", { class: "stamp-line", d: place.line }) : null)
      : station.name.charAt(0));
}

/** A photo's path on this host: the address the server gives names its public one, which a desk may reach by another. */
export const photoPath = (url) => new URL(url).pathname;

/** A station's photo in the round of its sign, or the sign; the sign too where the photo cannot be fetched. */
export function face(station, { inked = false } = {}) {
  if (!station.photo_small_url) return emblem(station, { inked });
  return h("img", {
    class: `emblem emblem-photo${inked ? " emblem-inked" : ""}`, src: photoPath(station.photo_small_url), alt: "", width: 52, height: 52,
    loading: "lazy", decoding: "async", onError: (event) => event.currentTarget.replaceWith(emblem(station, { inked })),
  });
}

/** One line of a list of stations. */
export const stationRow = (station, { inked = false } = {}) =>
  h("a", { class: "row", href: `/c/${station.code}` },
    face(station, { inked }),
    h("span", { class: "row-words" },
      h("span", { class: "row-name" }, station.name),
      h("span", { class: "row-facts" }, openBadge(station.open_state), h("span", {}, station.district.name),
        inked ? h("span", { class: "row-inked" }, icon("done"), t("station.collected")) : null),
      h("span", { class: "row-services" }, station.services.slice(0, 3).map((each) => each.name).join(" · "))),
    station.distance_m === undefined || station.distance_m === null
      ? icon("next", "row-next")
      : h("span", { class: "row-far" }, distance(station.distance_m)));

/** A service with its sign. */
export const serviceItem = (service) =>
  h("li", { class: `service${service.available === false ? " service-off" : ""}` },
    serviceIcon(service.code),
    h("span", { class: "service-words" }, h("span", {}, service.name),
      service.available === false ? h("small", {}, t("station.service_off")) : null,
      service.note ? h("small", {}, service.note) : null));

/** How far one has come, as a bar that is also words. */
export const progress = (collected, total) =>
  h("div", { class: "progress", role: "img", "aria-label": t("passport.progress", { collected, total }) },
    s("svg", { viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" },
      s("rect", { class: "progress-track", width: 100, height: 6, rx: 3 }),
      s("rect", { class: "progress-fill", width: total ? Math.max(collected ? 3 : 0, (100 * collected) / total) : 0, height: 6, rx: 3 })));
