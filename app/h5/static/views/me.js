/** Me: nickname, language, 长辈版, this account's devices, sign-out, and what happens to one's data. */

import { change, getMine, hasSession, Refusal, signOut } from "../api.js";
import { h, refill } from "../dom.js";
import { dayAndClock, locale, LOCALES, t, tn } from "../i18n.js";
import { icon } from "../icons.js";
import { setElder, speak } from "../language.js";
import { busyWhile, button, linkButton, note, skeleton, trouble } from "../parts.js";
import { isElder } from "../prefs.js";
import { dropQueue, queued, sendWaiting } from "../queue.js";
import { redraw } from "../router.js";
import { toast } from "../shell.js";
import { hasUnread } from "../unread.js";

const NAMES = { "zh-CN": "中文", en: "English" };
const PROMISES = ["privacy.place", "privacy.purge", "privacy.guest", "privacy.storage", "privacy.points"];

export function show({ memory, cache }) {
  const account = h("div", { class: "stack" });
  const devices = h("div", { class: "stack" });
  const ready = hasSession() ? load(account, devices, memory, cache) : null;
  if (!hasSession()) {
    refill(account, h("section", { class: "card person" }, portrait(), h("div", {}, h("h2", {}, t("me.guest")), h("p", { class: "quiet" }, t("me.guest_help")))), volunteerRow(), signInCard());
  }
  return {
    title: t("me.title"),
    ready,
    element: h("div", { class: "stack" }, h("header", { class: "heading" }, h("h1", {}, t("me.title"))), account, more(), settings(), devices, about()),
  };
}

/** The way in for who wants their passport on every phone. */
const signInCard = () => h("section", { class: "card stack" }, h("p", { class: "quiet" }, t("me.sign_in_help")), linkButton(t("me.sign_in"), "/login?next=/me", { kind: "quiet", sign: "phone" }));

/** The ways to one's visits and to the office. */
const more = () => h("section", { class: "card actions" },
  h("a", { class: "button button-plain", href: "/me/inbox" }, icon("mail"), h("span", {}, t("inbox.title")), hasUnread() ? h("span", { class: "dot" }, h("span", { class: "unseen" }, t("inbox.unread"))) : null),
  linkButton(t("signups.title"), "/signups", { sign: "ticket" }),
  linkButton(t("visits.title"), "/visits", { sign: "list" }), linkButton(t("feedback.title"), "/feedback", { sign: "edit" }));

const portrait = () => h("img", { class: "portrait", src: "/static/art/icon.svg", alt: "", width: 56, height: 56 });

async function load(account, devices, memory, cache) {
  if (!cache.has("me")) refill(account, skeleton(1));
  try {
    if (!cache.has("me")) {
      const [me, sessions] = await Promise.all([getMine("/me"), getMine("/me/sessions", { limit: 100 })]);
      cache.set("me", me);
      cache.set("sessions", sessions.items);
    }
    drawAccount(account, memory, cache);
    drawDevices(devices, memory, cache);
  } catch (problem) {
    refill(account, trouble(problem, () => load(account, devices, memory, cache)));
  }
}

function drawAccount(account, memory, cache) {
  const me = cache.get("me");
  if (memory.nickname === undefined) {
    refill(account, h("section", { class: "card person" }, portrait(),
      h("div", { class: "person-words" }, h("h2", {}, me.nickname), standing(me)),
      button(t("me.edit"), { kind: "quiet", sign: "edit", onClick: () => { memory.nickname = me.nickname; drawAccount(account, memory, cache); account.querySelector("input").focus(); } })),
    volunteerRow(me.volunteer),
    me.kind === "guest" ? signInCard() : me.phone_masked ? null : h("section", { class: "card" }, linkButton(t("me.add_phone"), "/login?next=/me", { kind: "quiet", sign: "phone" })));
    return;
  }
  const problem = h("p", { class: "field-error", id: "nickname-problem", role: "alert" });
  const input = h("input", {
    class: "field-input", type: "text", value: memory.nickname, maxlength: 40, autocomplete: "nickname", "aria-describedby": "nickname-problem",
    onInput: () => { memory.nickname = input.value; },
  });
  const close = () => { delete memory.nickname; drawAccount(account, memory, cache); };
  refill(account, h("form", { class: "card stack", novalidate: true, onSubmit: (event) => { event.preventDefault(); busyWhile(event.submitter || input, () => save(input, problem, cache, close)); } },
    h("label", { class: "field" }, h("span", { class: "field-label" }, t("me.nickname")), input), problem,
    h("div", { class: "actions" }, button(t("me.save"), { kind: "main", type: "submit" }), button(t("me.cancel"), { onClick: close }))));
}

const VOLUNTEER = {
  invited: ["volunteers.row_invited", "sand"], pending: ["volunteers.row_pending", "sea"], active: ["volunteers.row_active", "pine"],
  suspended: ["volunteers.row_suspended", "tile"], archived: ["volunteers.row_archived", "sea"],
};

/** What stands with somebody as a volunteer, or the way to become one; an invitation waits for an answer. */
function volunteerRow(volunteer) {
  const [word, tone] = volunteer ? VOLUNTEER[volunteer.state] : ["volunteers.row_none", "sea"];
  return h("a", { class: `note note-${tone} volunteer-row`, href: "/me/volunteer" }, icon("hand"),
    h("span", {}, t(word), volunteer ? h("small", {}, t("volunteers.number", { no: volunteer.volunteer_no })) : null), icon("next"));
}

const standing = (me) => me.kind === "guest"
  ? h("p", { class: "quiet" }, t("me.kind_guest"))
  : h("p", { class: "quiet signed-in" }, h("span", { class: "badge badge-open" }, t("me.signed_in")), h("span", {}, me.phone_masked || t("me.by_wechat")));

async function save(input, problem, cache, close) {
  try {
    cache.set("me", await change("PATCH", "/me", { nickname: input.value }));
    close();
    toast(t("me.saved"));
  } catch (refusal) {
    const [first] = (refusal instanceof Refusal && refusal.facts.errors) || [];
    input.setAttribute("aria-invalid", "true");
    problem.textContent = first ? first.message : refusal instanceof Refusal ? refusal.message : t("state.no_answer");
    input.focus();
  }
}

function settings() {
  const elder = h("button", { class: "switch", type: "button", role: "switch", "aria-checked": isElder() ? "true" : "false", dataset: { keep: "elder" }, onClick: () => setElder(!isElder()) },
    icon("bigtext"), h("span", { class: "switch-words" }, t("elder.name"), h("small", {}, t("elder.help"))), h("span", { class: "switch-track", "aria-hidden": "true" }));
  return h("section", { class: "card", "aria-label": t("me.settings") },
    elder,
    h("div", { class: "setting" }, icon("globe"), h("span", { class: "switch-words" }, t("me.language")),
      h("div", { class: "segments", role: "group", "aria-label": t("me.language") }, LOCALES.map((each) => h("button", {
        type: "button", lang: each, "aria-pressed": each === locale() ? "true" : "false", dataset: { keep: each }, onClick: () => speak(each),
      }, NAMES[each])))));
}

function drawDevices(devices, memory, cache) {
  const sessions = cache.get("sessions");
  refill(devices,
    h("section", { class: "card" }, h("h2", {}, t("me.devices")),
      h("ul", { class: "devices" }, sessions.map((session) => h("li", {},
        icon("device"),
        h("div", { class: "device-words" }, h("p", {}, session.device, session.current ? h("span", { class: "badge badge-sea" }, t("me.this_device")) : null),
          h("p", { class: "quiet" }, t("me.last_seen", { when: dayAndClock(session.last_seen_at) }))),
        session.current ? null : button(t("me.end_session"), { kind: "quiet", onClick: (event) => busyWhile(event.currentTarget, () => endSession(session, devices, memory, cache)) })))),
      memory.leaving
        ? h("div", { class: "stack leaving", role: "alert" }, cache.get("me").kind === "guest" ? note("warn", t("me.sign_out_warning"), "tile") : note("info", t("me.sign_out_citizen")),
          queued().waiting.length ? note("upload", tn("me.sign_out_waiting", queued().waiting.length), "sand") : null,
          h("div", { class: "actions" },
            button(t("me.stay"), { kind: "plain", onClick: () => { memory.leaving = false; drawDevices(devices, memory, cache); } }),
            queued().waiting.length ? button(t("waiting.send"), { sign: "retry", onClick: (event) => busyWhile(event.currentTarget, async () => { await sendWaiting(); drawDevices(devices, memory, cache); }) }) : null,
            button(t("me.sign_out_yes"), { kind: "plain", sign: "leave", onClick: (event) => busyWhile(event.currentTarget, () => leaveAccount(memory)) })))
        : button(t("me.sign_out"), { kind: "plain", sign: "leave", onClick: () => { memory.leaving = true; drawDevices(devices, memory, cache); } })));
}

async function endSession(session, devices, memory, cache) {
  try {
    await change("DELETE", `/me/sessions/${encodeURIComponent(session.id)}`);
    cache.set("sessions", cache.get("sessions").filter(({ id }) => id !== session.id));
    drawDevices(devices, memory, cache);
    toast(t("me.session_ended"));
  } catch (problem) {
    devices.append(trouble(problem, () => redraw()));
  }
}

async function leaveAccount(memory) {
  try {
    await signOut();
    await dropQueue();
    memory.leaving = false;
    await redraw();
    toast(t("me.signed_out"));
  } catch {
    toast(t("state.no_answer"));
  }
}

const about = () =>
  h("section", { class: "card" }, h("h2", {}, t("privacy.title")),
    h("ul", { class: "promises" }, PROMISES.map((promise) => h("li", {}, icon("shield"), h("span", {}, t(promise))))),
    h("div", { class: "actions spaced" }, linkButton(t("privacy.manage"), "/me/privacy", { sign: "shield" })),
    h("p", { class: "quiet spaced" }, t("me.about")));
