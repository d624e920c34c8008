/** An event: what, when, where, with whom; its shifts with their places, and the one tap that signs up. */

import { change, get, getMine, hasSession, newKey, NoAnswer, Refusal } from "../api.js";
import { h, refillScreen } from "../dom.js";
import { dayOf, fromYou, t } from "../i18n.js";
import { icon } from "../icons.js";
import { busyWhile, button, empty, linkButton, note, skeleton, topBar, trouble } from "../parts.js";
import { lastPlace, metres } from "../place.js";
import { CATEGORIES, dayWords, fullness, hasPlaces, hours, placesWords, stateBadge, whenWords } from "../programme.js";
import { forgetScreens, go } from "../router.js";
import { calendarLink, complain, isLive, reasonList, refusal, riskTick, STATES } from "../signing.js";

/** Reasons that lie in the person and not in the shift: said once, above all shifts. */
const PERSONAL = ["signup.account_frozen", "signup.not_a_volunteer", "signup.suspended"];

export function show({ params: [id], memory, cache }) {
  const screen = { id, memory, cache, body: h("div", { class: "stack" }, h("h1", { class: "unseen" }, t("event.word")), skeleton(3)) };
  return {
    title: cache.has("event") ? cache.get("event").title : t("event.word"),
    name: "event",
    ready: load(screen),
    leave: () => { screen.gone = true; },
    element: h("div", {}, topBar(t("event.word"), "/events"), screen.body),
  };
}

async function load(screen) {
  const { id, cache, body } = screen;
  try {
    if (!cache.has("event")) {
      cache.set("event", await (hasSession() ? getMine : get)(`/events/${id}`));
      cache.set("station", await stationOf(cache.get("event")));
    }
    if (screen.gone) return;
    document.title = `${cache.get("event").title} · ${t("app.name")}`;
    draw(screen);
  } catch (problem) {
    const lost = problem instanceof Refusal && problem.status === 404;
    refillScreen(body, h("h1", { class: lost ? "center" : "unseen" }, t(lost ? "event.missing" : "event.word")),
      lost ? empty(t("event.missing_help"), linkButton(t("event.missing_go"), "/events", { kind: "main", sign: "calendar" })) : trouble(problem, () => load(screen)));
  }
}

/** The station's point, wanted only where it can say how far it is. */
async function stationOf({ station }) {
  if (!station || !lastPlace()) return null;
  return get(`/stations/${station.code}`).catch(() => null);
}

function draw(screen) {
  const event = screen.cache.get("event");
  const shifts = event.positions.flatMap(({ shifts: all }) => all);
  const personal = personalReasons(shifts);
  const mayJoin = hasSession() && !personal.length;
  const isAhead = event.state === "upcoming" || event.state === "running";
  const open = shifts.filter((shift) => mayJoin && isOpen(shift));
  refillScreen(screen.body,
    h("header", { class: "event-head" },
      h("p", { class: "plate-facts" }, h("span", { class: "badge badge-sea" }, t(CATEGORIES[event.category])), stateBadge(event)),
      h("h1", {}, event.title),
      event.summary ? h("p", { class: "event-summary" }, event.summary) : null),
    event.state === "cancelled" ? note("warn", t("event.reason", { reason: event.cancel_reason }), "tile") : null,
    event.state === "over" ? note("info", t("event.over_help")) : null,
    facts(event, screen.cache.get("station")),
    event.description ? h("p", { class: "story told" }, event.description) : null,
    section("event.requirements", event.requirements),
    event.risk_note && isAhead ? risks(screen, event, open) : null,
    isAhead ? before(personal, shifts) : null,
    event.positions.map((position) => positionCard(screen, event, position, { mayJoin, single: open.length === 1 })),
    open.length ? h("p", { class: "quiet event-rule" }, t("event.cancel_rule")) : null,
    h("section", { class: "card stack event-notes" },
      h("div", {}, h("h2", {}, t("event.hours")), h("p", {}, event.hour_rule)),
      event.insurance_note ? h("div", {}, h("h2", {}, t("event.insurance")), h("p", {}, event.insurance_note)) : null),
    h("div", { class: "actions" }, isAhead ? calendarLink(event.id) : null,
      linkButton(t("feedback.report"), "/feedback?about=event", { kind: "quiet", sign: "edit" })));
}

const section = (word, text) => (text ? h("section", { class: "card" }, h("h2", {}, t(word)), h("p", { class: "told" }, text)) : null);

function facts({ starts_at, ends_at, place, station, organisation, contact }, point) {
  const line = (sign, word, ...said) => h("div", { class: "event-fact" }, h("dt", {}, icon(sign), word), h("dd", {}, said));
  const phone = /\+?[\d-]{7,}/.exec(contact || "");
  return h("dl", { class: "card event-facts" },
    line("clock", t("event.when"), whenWords({ starts_at, ends_at })),
    line("pin", t("event.where"), h("span", {}, place), point ? h("small", {}, fromYou(metres(lastPlace(), point.location))) : null,
      station ? h("a", { class: "link", href: `/c/${station.code}` }, station.name === place ? t("event.to_station") : station.name, icon("next")) : null),
    line("hand", t("event.organiser"), organisation),
    contact ? line("phone", t("event.contact"), phone ? h("a", { class: "link", href: `tel:${phone[0].replace(/-/g, "")}` }, contact) : contact) : null);
}

/** The risks, and the tick that makes signing up one tap. */
function risks({ memory }, event, open) {
  return h("section", { class: "card risk" }, h("h2", {}, icon("warn"), t("event.risk")), h("p", { class: "told" }, event.risk_note),
    open.length ? riskTick(Boolean(memory.acknowledged), (on) => { memory.acknowledged = on; }) : null);
}

function personalReasons(shifts) {
  const found = new Map();
  for (const { eligibility } of shifts) for (const reason of (eligibility && eligibility.reasons) || []) if (PERSONAL.includes(reason.code)) found.set(reason.code, reason);
  return [...found.values()];
}

/** What has to be done first, once for all shifts: sign in, or become a volunteer. */
function before(personal, shifts) {
  if (!shifts.some(({ state }) => state === "open" || state === "full")) return null;
  if (!hasSession()) {
    return h("section", { class: "card stack" }, h("p", {}, t("join.sign_in")), linkButton(t("me.sign_in"), `/login?next=${encodeURIComponent(location.pathname)}`, { kind: "main", sign: "phone" }));
  }
  return personal.length ? h("section", { class: "card" }, reasonList(personal)) : null;
}

const isOpen = ({ state, my_signup: mine, eligibility }) =>
  (state === "open" || state === "full") && !(mine && isLive(mine)) && (!eligibility || reasonsOf(eligibility).length === 0);

/** The tick is asked for when it is wanted. */
const reasonsOf = ({ reasons }) => (reasons || []).filter(({ code }) => code !== "signup.risk_ack_needed");

function positionCard(screen, event, position, how) {
  return h("section", { class: "card position", "aria-labelledby": `position-${position.id}` },
    h("h2", { id: `position-${position.id}` }, position.title),
    h("p", { class: "quiet" }, t(position.approval === "review" ? "event.review" : "event.instant")),
    position.requirements ? h("p", { class: "told" }, position.requirements) : null,
    h("ul", { class: "shifts" }, position.shifts.map((shift) => shiftItem(screen, event, position, shift, how))));
}

function shiftItem(screen, event, position, shift, { mayJoin, single }) {
  const mine = shift.my_signup && isLive(shift.my_signup) ? shift.my_signup : null;
  const places = shift.state === "closed" ? t("shift.closed") : shift.state === "cancelled" ? t("shift.cancelled") : placesWords(shift);
  const tone = shift.state === "cancelled" ? "tile" : shift.state === "closed" ? "unknown" : hasPlaces(shift) ? "open" : "closed";
  const said = screen.said && screen.said.shift === shift.id ? refusal(screen.said.problem) : null;
  const reasons = mayJoin && !mine && shift.eligibility && (shift.state === "open" || shift.state === "full") ? reasonsOf(shift.eligibility).filter(({ code }) => !PERSONAL.includes(code)) : [];
  return h("li", { class: `shift shift-${shift.state}` },
    h("div", { class: "shift-head" },
      h("p", { class: "shift-when" }, h("span", {}, dayWords(dayOf(shift.starts_at))), h("strong", {}, hours(shift))),
      h("span", { class: `badge badge-${tone}` }, places)),
    shift.state === "open" || shift.state === "full" ? [fullness(shift), h("p", { class: "unseen" }, t("places.of", { taken: shift.taken, capacity: shift.capacity }))] : null,
    said,
    mine ? linkButton(t(STATES[mine.state].word), `/signups/${mine.id}`, { kind: "quiet", sign: STATES[mine.state].sign }) : null,
    reasons.length && !said ? reasonList(reasons) : null,
    mayJoin && isOpen(shift) ? joinButton(screen, event, position, shift, single) : null);
}

function joinButton(screen, event, position, shift, single) {
  const word = hasPlaces(shift) ? (position.approval === "review" ? "shift.ask" : "shift.join") : "shift.queue";
  return button(t(word), {
    kind: single ? "main" : "plain", sign: hasPlaces(shift) ? "hand" : "queue", dataset: { shift: shift.id, keep: `shift-${shift.id}` },
    "aria-label": t("shift.label", { act: t(word), when: whenWords(shift), position: position.title }),
    onClick: (pressed) => busyWhile(pressed.currentTarget, () => join(screen, event, shift)),
  });
}

/** Sign up and show the ticket or the place in the queue; what stands in the way is said at the shift. */
async function join(screen, event, shift) {
  const { memory, cache, body } = screen;
  const tick = body.querySelector("[name=risk_ack]");
  if (tick && !tick.checked) {
    complain(tick);
    return;
  }
  memory.keys = memory.keys || {};
  memory.keys[shift.id] = memory.keys[shift.id] || newKey(); // after a silence the very same request is sent again
  try {
    const made = await change("POST", `/shifts/${shift.id}/signups`, event.risk_note ? { risk_ack: true } : {}, memory.keys[shift.id]);
    delete memory.keys[shift.id];
    forgetScreens();
    await go(`/signups/${made.id}`, { memory: { fresh: true } });
  } catch (problem) {
    if (!(problem instanceof NoAnswer)) delete memory.keys[shift.id];
    screen.said = { shift: shift.id, problem };
    if (problem instanceof Refusal) {
      const now = await getMine(`/events/${screen.id}`).catch(() => null);
      if (now) cache.set("event", now);
    }
    draw(screen);
    const alert = body.querySelector(".shift [role=alert]");
    if (alert) alert.scrollIntoView({ block: "nearest" });
  }
}
