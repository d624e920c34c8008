/** One sign-up: the ticket with its code, a place in the queue, an offer or an invitation; and cancelling, consequences first. */

import { change, getMine, hasSession, Refusal } from "../api.js";
import { h, refill, refillScreen } from "../dom.js";
import { soonClock, t } from "../i18n.js";
import { isOffline } from "../network.js";
import { busyWhile, button, empty, linkButton, note, skeleton, topBar, trouble } from "../parts.js";
import { whenWords } from "../programme.js";
import { qrCode } from "../qr.js";
import { forgetScreens } from "../router.js";
import { answerButtons, calendarLink, isAsked, isLive, isOver, refusal, stateSign, stateWord, stateWords } from "../signing.js";

const LOOK_AGAIN_MS = 30000;
const MOVING = ["waitlisted", "offered", "pending"];

export function show({ params: [id], memory, cache }) {
  const screen = { id, memory, cache, body: h("div", { class: "stack" }, h("h1", { class: "unseen" }, t("ticket.word")), skeleton(2)) };
  const timer = setInterval(() => lookAgain(screen), LOOK_AGAIN_MS);
  return {
    title: t("ticket.word"),
    name: "ticket",
    ready: hasSession() ? load(screen) : lost(screen),
    leave: () => { clearInterval(timer); screen.gone = true; },
    element: h("div", {}, topBar(t("ticket.word"), "/signups"), screen.body),
  };
}

async function load(screen) {
  const { id, cache, body } = screen;
  try {
    if (!cache.has("signup")) cache.set("signup", await getMine(`/signups/${id}`));
    if (!screen.gone) draw(screen);
  } catch (problem) {
    if (problem instanceof Refusal && problem.status === 404) lost(screen);
    else refillScreen(body, h("h1", { class: "unseen" }, t("ticket.word")), trouble(problem, () => load(screen)));
  }
}

function lost({ body }) {
  refillScreen(body, h("h1", { class: "center" }, t("ticket.missing")), empty(t("ticket.missing_help"), linkButton(t("signups.title"), "/signups", { kind: "main", sign: "ticket" })));
}

/** What others do moves one's place: ask again now and then, while somebody looks and nothing is being decided here. */
async function lookAgain(screen) {
  const { cache, memory, body } = screen;
  const signup = cache.get("signup");
  if (!signup || document.hidden || isOffline() || memory.cancelling || !MOVING.includes(signup.state) || body.querySelector("[aria-busy=true], [name=risk_ack]")) return;
  const now = await getMine(`/signups/${screen.id}`).catch(() => null);
  if (!now || screen.gone || JSON.stringify(now) === JSON.stringify(signup) && signup.state !== "offered") return;
  const held = body.contains(document.activeElement) ? document.activeElement.textContent : null;
  cache.set("signup", now);
  draw(screen);
  const again = held && [...body.querySelectorAll("a, button")].find((each) => each.textContent === held);
  if (again) again.focus({ preventScroll: true });
}

function draw(screen) {
  const { cache, memory, body } = screen;
  const signup = cache.get("signup");
  const word = stateWord(signup);
  const done = (now) => { cache.set("signup", { ...signup, ...now }); memory.fresh = true; draw(screen); body.querySelector("h1").focus(); };
  const said = h("p", { class: "verdict-say", role: "status" });
  document.title = `${word} · ${t("app.name")}`;
  refillScreen(body,
    h("section", { class: `ticket ticket-${signup.state}`, dataset: { signup: signup.state } },
      h("div", { class: "ticket-top" },
        stateSign(signup.state, "verdict-sign"),
        h("h1", { tabindex: -1 }, word),
        said),
      signup.ticket && isLive(signup) && !isOver(signup) ? code(signup) : null,
      h("div", { class: "ticket-facts" },
        h("h2", {}, signup.event.title),
        h("p", { class: "ticket-when" }, whenWords(signup.shift)),
        h("p", {}, signup.position),
        h("p", { class: "quiet" }, signup.place),
        signup.contact && isLive(signup) ? h("p", { class: "quiet" }, t("ticket.contact", { contact: signup.contact })) : null,
        signup.reason ? h("p", {}, t("mine.because", { reason: signup.reason })) : null)),
    isOffline() ? note("cloud", t("ticket.offline"), "sand") : null,
    isAsked(signup) ? h("section", { class: "card" }, answerButtons(signup, done)) : null,
    h("div", { class: "actions" },
      signup.state === "confirmed" && !isOver(signup) ? calendarLink(signup.event.id) : null,
      linkButton(t("ticket.event"), `/events/${signup.event.id}`, { sign: "info" }),
      isLive(signup) ? null : linkButton(t("event.missing_go"), "/events", { sign: "search" })),
    isLive(signup) && !isAsked(signup) && !isOver(signup) ? cancelSection(screen, done) : null);
  setTimeout(() => { said.textContent = signup.state === "confirmed" && isOver(signup) ? t("event.over_help") : stateWords(signup); }, memory.fresh ? 30 : 0); // a live region speaks of what changes in it
}

/** The code to be shown on the spot, large and on white. */
const code = ({ ticket }) =>
  h("div", { class: "ticket-code" }, qrCode(ticket.code, t("ticket.qr")), h("p", { class: "ticket-digits" }, ticket.code), h("p", { class: "quiet" }, t("ticket.show")));

function cancelSection(screen, done) {
  const { cache, memory } = screen;
  const signup = cache.get("signup");
  const seated = signup.state === "confirmed";
  const isLate = seated && Date.parse(signup.cancel_until) < Date.now();
  const rule = !seated ? t("ticket.leave_queue") : isLate ? t("ticket.late") : t("ticket.free_until", { when: soonClock(signup.cancel_until) });
  const place = h("section", { class: "card stack ticket-cancel" });
  const offer = (sure, problem) => {
    memory.cancelling = sure;
    refill(place, h("p", { class: sure ? null : "quiet" }, rule),
      problem ? refusal(problem) : null,
      sure
        ? h("div", { class: "actions" }, button(t("ticket.keep"), { onClick: () => { offer(false); place.querySelector("button").focus(); } }),
          button(t("ticket.cancel_yes"), { sign: "close", onClick: (event) => busyWhile(event.currentTarget, send) }))
        : button(t(seated ? "ticket.cancel" : "ticket.withdraw"), { kind: "plain", sign: "close", disabled: isOffline(), onClick: () => { offer(true); place.querySelector("button").focus(); } }));
  };
  const send = async () => {
    try {
      const now = await change("DELETE", `/signups/${signup.id}`);
      memory.cancelling = false;
      forgetScreens();
      done(now);
    } catch (problem) {
      offer(true, problem);
    }
  };
  offer(Boolean(memory.cancelling));
  return place;
}
