/** One's own sign-ups in words, and what one does about them. */

import { change, NoAnswer, Refusal } from "./api.js";
import { h, refill } from "./dom.js";
import { soonClock, t, tn } from "./i18n.js";
import { icon } from "./icons.js";
import { busyWhile, button, linkButton, note } from "./parts.js";
import { timeLeft } from "./programme.js";
import { forgetScreens } from "./router.js";

export const STATES = {
  confirmed: { sign: "done", tone: "pine", word: "mine.confirmed", help: "mine.confirmed_help" },
  waitlisted: { sign: "queue", tone: "sand", word: "mine.waitlisted", help: "mine.waitlisted_help" },
  pending: { sign: "eye", tone: "dusk", word: "mine.pending", help: "mine.pending_help" },
  offered: { sign: "hourglass", tone: "sea", word: "mine.offered", help: "mine.offered_help" },
  invited: { sign: "hand", tone: "sea", word: "mine.invited", help: "mine.invited_help" },
  declined: { sign: "close", tone: "grey", word: "mine.declined", help: "mine.ended_help" },
  expired: { sign: "hourglass", tone: "grey", word: "mine.expired", help: "mine.ended_help" },
  cancelled_self: { sign: "close", tone: "grey", word: "mine.cancelled_self", help: "mine.ended_help" },
  cancelled_org: { sign: "warn", tone: "tile", word: "mine.cancelled_org", help: "mine.ended_help" },
  rejected: { sign: "info", tone: "grey", word: "mine.rejected", help: "mine.ended_help" },
};
const LIVE = ["confirmed", "waitlisted", "pending", "offered", "invited"];
const ASKED = ["offered", "invited"];

/** Where a reason leads, if there is something to do about it on this phone. */
const WAYS = {
  "signup.not_a_volunteer": ["/me/volunteer", "join.volunteer", "hand"],
  "signup.guardian_needed": ["/me/volunteer", "join.profile", "person"],
  "signup.time_conflict": ["/signups", "join.clash", "calendar"],
};

export const isLive = ({ state }) => LIVE.includes(state);
export const isAsked = ({ state }) => ASKED.includes(state);
export const isOver = ({ shift }) => Date.parse(shift.ends_at) <= Date.now();

/** The event as a file that the phone's own calendar takes. */
export const calendarLink = (id) => h("a", { class: "button button-plain", href: `/api/v1/events/${id}.ics`, download: "" }, icon("calendar"), h("span", {}, t("event.calendar")));

/** A state's sign. */
export const stateSign = (state, className = "queue-sign") => h("span", { class: `${className} tone-${STATES[state].tone}`, dataset: { signup: state } }, icon(STATES[state].sign));

/** A state in a word; what is over has no other. */
export const stateWord = (signup) => t(signup.state === "confirmed" && isOver(signup) ? "event.over" : STATES[signup.state].word);

/** What follows from a state, in a sentence or two. */
export function stateWords(signup) {
  if (signup.state === "waitlisted" && signup.queue_position) return tn("mine.ahead", signup.queue_position - 1);
  if (signup.state === "offered" && signup.offer_until) return t("mine.offer_left", { left: timeLeft(signup.offer_until), until: soonClock(signup.offer_until) });
  return t(STATES[signup.state].help);
}

/** Reasons why a shift cannot be had, each with what can be done about it. */
export const reasonList = (reasons, role = null, clash = null) =>
  h("div", { class: "reasons", role }, reasons.map(({ code, message }) => {
    const [anywhere, word, sign] = WAYS[code] || [];
    const path = clash && code === "signup.time_conflict" ? `/signups/${clash.id}` : anywhere;
    return h("div", { class: "reason" }, icon("info"), h("div", {}, h("p", {}, message), path ? linkButton(t(word), withWayBack(path), { kind: "plain", sign }) : null));
  }));

/** The page of one's record as a volunteer leads back to where one came from. */
const withWayBack = (path) => (path === "/me/volunteer" ? `${path}?next=${encodeURIComponent(location.pathname)}` : path);

/** A refusal or a silence, said where it happened. */
export function refusal(problem) {
  if (problem instanceof NoAnswer) return h("div", { class: "note note-tile", role: "alert" }, icon("cloud"), h("p", {}, t("join.no_answer")));
  if (!(problem instanceof Refusal)) throw problem;
  const { reasons = [], conflicts_with: clash } = problem.facts;
  return reasons.length ? reasonList(reasons, "alert", clash) : note("warn", problem.message, "tile", "alert");
}

/**
 * The two buttons under an offer or an invitation. `done` gets the answered sign-up. Where risks must be read first, they are
 * shown here with the tick, and the acceptance goes on from there.
 */
export function answerButtons(signup, done) {
  const place = h("div", { class: "stack" });
  const send = async (how, body) => {
    try {
      const answered = await change("POST", `/signups/${signup.id}/${how}`, body);
      forgetScreens();
      done(answered);
    } catch (problem) {
      if (problem instanceof Refusal && problem.code === "signup.risk_ack_needed") {
        askAboutRisks();
        return;
      }
      draw(null, refusal(problem));
    }
  };
  const askAboutRisks = () => {
    const tick = riskTick(false, () => {});
    draw(h("div", { class: "risk" }, h("h3", {}, t("event.risk")), h("p", { class: "told" }, signup.risk_note), tick), null);
    tick.querySelector("input").focus();
  };
  const accept = (event) => busyWhile(event.currentTarget, () => {
    const tick = place.querySelector("[name=risk_ack]");
    return tick && !tick.checked ? complain(tick) : send("accept", tick ? { risk_ack: true } : {});
  });
  const draw = (risks, said) => refill(place, risks, said, h("div", { class: "actions" },
    button(t(signup.state === "offered" ? "mine.take" : "mine.come"), { kind: "main", sign: "done", onClick: accept }),
    button(t("mine.decline"), { onClick: (event) => busyWhile(event.currentTarget, () => send("decline")) })));
  draw(null, null);
  return place;
}

/** The tick under the risks. */
export const riskTick = (checked, onTick) =>
  h("div", { class: "risk-tick" },
    h("label", { class: "tick" }, h("input", { type: "checkbox", name: "risk_ack", checked, "aria-describedby": "risk-problem", onChange: (event) => { onTick(event.currentTarget.checked); event.currentTarget.removeAttribute("aria-invalid"); document.getElementById("risk-problem").textContent = ""; } }), h("span", {}, t("event.risk_ack"))),
    h("p", { class: "field-error", id: "risk-problem", role: "alert" }));

/** Ask for the tick where it is missing. */
export function complain(tick) {
  tick.setAttribute("aria-invalid", "true");
  document.getElementById("risk-problem").textContent = t("event.risk_needed");
  tick.focus();
}
