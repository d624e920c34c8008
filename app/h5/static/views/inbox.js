/** Messages: what one was told, newest first; below, the private link that puts one's sign-ups into a calendar. */

import { change, getMine, hasSession, Refusal } from "../api.js";
import { h, refill } from "../dom.js";
import { dayAndClock, t } from "../i18n.js";
import { icon } from "../icons.js";
import { busyWhile, button, empty, linkButton, note, skeleton, topBar, trouble } from "../parts.js";
import { toast } from "../shell.js";
import { note as noteUnread } from "../unread.js";

export function show({ cache }) {
  const body = h("div", { class: "stack" });
  const ready = hasSession() ? load(body, cache) : null;
  if (!hasSession()) refill(body, nothing());
  return {
    title: t("inbox.title"),
    ready,
    element: h("div", { class: "stack" }, topBar(t("inbox.title"), "/me"), h("h1", { class: "unseen" }, t("inbox.title")), body,
      hasSession() ? calendarCard() : null),
  };
}

const nothing = () => empty(t("inbox.empty"), linkButton(t("inbox.start"), "/events", { kind: "main", sign: "calendar" }));

async function load(body, cache) {
  if (!cache.has("inbox")) refill(body, skeleton(4));
  try {
    if (!cache.has("inbox")) cache.set("inbox", await getMine("/me/inbox"));
    draw(body, cache);
  } catch (problem) {
    refill(body, trouble(problem, () => load(body, cache)));
  }
}

function draw(body, cache) {
  const { items, next_cursor: more } = cache.get("inbox");
  const unread = items.filter((message) => !message.read_at);
  if (!more) noteUnread(unread.length > 0);
  if (!items.length) {
    refill(body, nothing());
    return;
  }
  const again = () => draw(body, cache);
  refill(body,
    unread.length ? button(t("inbox.read_all"), { kind: "quiet", sign: "done", onClick: (event) => busyWhile(event.currentTarget, () => readAll(unread, body, again)) }) : null,
    h("ul", { class: "stack" }, items.map((message) => h("li", {}, card(message, again)))),
    more ? button(t("visits.more"), { onClick: (event) => busyWhile(event.currentTarget, () => loadMore(body, cache)) }) : null);
}

async function loadMore(body, cache) {
  const { items, next_cursor: cursor } = cache.get("inbox");
  try {
    const page = await getMine("/me/inbox", { cursor });
    cache.set("inbox", { items: [...items, ...page.items], next_cursor: page.next_cursor });
    draw(body, cache);
  } catch (problem) {
    body.append(trouble(problem, () => load(body, cache)));
  }
}

/** A message; with a page of its own it is a link to it, which marks it as read on the way. */
function card(message, again) {
  const said = [
    h("div", { class: "message-head" },
      message.read_at ? null : h("span", { class: "dot" }, h("span", { class: "unseen" }, t("inbox.unread"))),
      h("h2", {}, message.title),
      message.link ? icon("next", "row-next") : null),
    h("p", { class: "told" }, message.text),
    h("p", { class: "quiet" }, dayAndClock(message.created_at)),
  ];
  const tone = `card message${message.read_at ? "" : " message-new"}`;
  if (message.link) return h("a", { class: tone, href: new URL(message.link).pathname, onClick: () => { read(message).catch(() => {}); } }, said);
  return h("article", { class: tone }, said,
    message.read_at ? null : button(t("inbox.read"), { kind: "quiet", onClick: (event) => busyWhile(event.currentTarget, () => readAll([message], event.currentTarget.parentNode, again)) }));
}

async function read(message) {
  if (message.read_at) return;
  await change("POST", `/me/inbox/${encodeURIComponent(message.id)}/read`);
  message.read_at = new Date().toISOString();
}

async function readAll(messages, place, again) {
  try {
    for (const message of messages) await read(message); // one after the other: a slow line is not flooded
    again();
  } catch (problem) {
    place.append(trouble(problem, () => readAll(messages, place, again)));
  }
}

/** The way into one's own calendar. The link is shown once and kept nowhere, for whoever has it reads along. */
function calendarCard() {
  const made = h("div", { class: "stack" });
  return h("section", { class: "card stack" },
    h("h2", {}, t("calendar.title")), h("p", { class: "quiet" }, t("calendar.help")), made,
    button(t("calendar.make"), { sign: "calendar", onClick: (event) => busyWhile(event.currentTarget, () => make(made, event.currentTarget)) }));
}

async function make(made, pressed) {
  try {
    const { url } = await change("POST", "/me/calendar");
    refill(made, h("p", { class: "private-link", tabindex: -1 }, url), note("info", t("calendar.keep"), "sand"),
      h("div", { class: "actions" },
        h("a", { class: "button button-main", href: url.replace(/^https?:/, "webcal:") }, icon("calendar"), h("span", {}, t("calendar.open"))),
        navigator.clipboard ? button(t("feedback.copy"), { onClick: () => copy(url) }) : null));
    pressed.querySelector("span").textContent = t("calendar.again");
    made.querySelector(".private-link").focus();
  } catch (problem) {
    refill(made, note("warn", problem instanceof Refusal ? problem.message : t("state.no_answer"), "tile", "alert"));
  }
}

async function copy(link) {
  try {
    await navigator.clipboard.writeText(link);
    toast(t("feedback.copied"));
  } catch {
    toast(t("feedback.copy_by_hand"));
  }
}
