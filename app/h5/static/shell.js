/** What stands around each screen: the tab bar, the title, the skip link and short notices. */

import { h, refill } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { onNetworkChange } from "./network.js";
import { onQueueChange, queued } from "./queue.js";
import { followUnread, hasUnread } from "./unread.js";
import { drawLine } from "./waiting.js";

const TABS = [
  { tab: "home", path: "/", icon: "home", word: "tab.home" },
  { tab: "events", path: "/events", icon: "calendar", word: "tab.events" },
  { tab: "checkin", path: "/checkin", icon: "stamp", word: "tab.checkin" },
  { tab: "passport", path: "/passport", icon: "passport", word: "tab.passport" },
  { tab: "me", path: "/me", icon: "person", word: "tab.me" },
];

/** Draw the bar for the current screen and name the document after it. */
export function drawShell({ tab, title }) {
  document.title = title ? `${title} · ${t("app.name")}` : t("app.name");
  document.getElementById("skip").textContent = t("app.skip");
  const bar = document.getElementById("tabs");
  bar.setAttribute("aria-label", t("tab.label"));
  drawLine(document.getElementById("line"));
  refill(bar,
    h("p", { class: "tabs-brand", "aria-hidden": "true" },
      h("img", { src: "/static/art/icon.svg", alt: "", width: 36, height: 36 }),
      h("span", {}, t("app.name"))),
    h("ul", {}, TABS.map((each) => h("li", {}, h("a", {
      href: each.path,
      class: `tab tab-${each.tab}`,
      "aria-current": each.tab === tab ? "page" : null,
    }, h("span", { class: "tab-icon" }, icon(each.icon)), h("span", { class: "tab-word" }, t(each.word)),
    each.tab === "checkin" ? countBadge() : each.tab === "me" ? newsDot() : null)))),
    h("p", { class: "tabs-motto", "aria-hidden": "true" }, t("app.motto")));
}

/** How many check-ins wait, on the tab; said in words by the line above. */
function countBadge() {
  const count = queued().waiting.length;
  return h("span", { class: "tab-count", "aria-hidden": "true", hidden: !count }, String(count));
}

/** Something in the inbox was not read yet, on the tab that leads to it. */
function newsDot() {
  return h("span", { class: "tab-news", hidden: !hasUnread() }, h("span", { class: "unseen" }, t("inbox.unread")));
}

/** Keep the dot true between screens. */
export const followNews = () => followUnread(() => {
  const dot = document.querySelector(".tab-news");
  if (dot) dot.replaceWith(newsDot());
});

/** Keep the line and the count true between screens. */
export function followQueue() {
  const draw = () => {
    drawLine(document.getElementById("line"));
    const badge = document.querySelector(".tab-count");
    if (badge) badge.replaceWith(countBadge());
  };
  onNetworkChange(draw);
  onQueueChange(draw);
}

/** Say something in passing; never the only place where an error stands. */
export function toast(sentence) {
  const note = h("p", { class: "toast" }, sentence);
  document.getElementById("toasts").append(note);
  setTimeout(() => note.remove(), 4000);
}
