/** What became of a check-in: a sign, a word, the reason, and always a way on. */

import { get, getMine } from "../api.js";
import { h, refill, s } from "../dom.js";
import { clock, day, dayAndClock, distance, t } from "../i18n.js";
import { icon } from "../icons.js";
import { busyWhile, button, linkButton, note, stationRow, topBar } from "../parts.js";
import { stamp } from "../stamp.js";
import { offQueueChange, onQueueChange, queued, sendWaiting } from "../queue.js";
import { redraw } from "../router.js";
import { toast } from "../shell.js";
import { VERDICTS, verdictSign } from "../verdicts.js";
import { stationOf, verdictOf, visit } from "../visit.js";

const GRADES = { A: "grade.A", B: "grade.B", C: "grade.C" };

/** The screen for the outcome that `memory` holds. */
export function showResult(memory, cache) {
  takeVerdict(memory.outcome);
  const { verdict, facts } = memory.outcome;
  const stamped = verdict === "accepted" || verdict === "already";
  const status = h("p", { class: "verdict-say", role: "status" });
  const onward = h("div", { class: "stack" });
  const element = h("div", { class: "stack" },
    topBar(t("result.title"), "/checkin"),
    stamped ? stampedCard(verdict, facts, memory, status) : refusedCard(memory.outcome, status),
    onward,
    stamped ? details(memory.outcome) : null);
  setTimeout(() => { status.textContent = sentence(verdict, facts); }, 30); // a live region speaks of what changes in it
  const ready = stamped ? fillOnward(onward, memory.outcome, cache) : null;
  const heard = () => { if (takeVerdict(memory.outcome)) { offQueueChange(heard); redraw(); } };
  if (verdict === "waiting") onQueueChange(heard);
  return { title: t(VERDICTS[verdict].word), name: "result", ready, element, leave: () => offQueueChange(heard) };
}

/** Where the queue has the verdict by now, it takes the place of the waiting. Returns whether it did. */
function takeVerdict(outcome) {
  const item = outcome.verdict === "waiting" ? queued().judged.find(({ key }) => key === outcome.queued) : null;
  if (item) Object.assign(outcome, verdictOf(item.status, item.body));
  return Boolean(item);
}

function sentence(verdict, facts) {
  if (verdict === "accepted") return t("result.stamped", { name: facts.station.name });
  if (verdict === "already") return t("result.already", { time: clock(facts.checked_in_at) });
  return facts.message || facts.detail || t(VERDICTS[verdict].help);
}

function stampedCard(verdict, facts, memory, status) {
  const fresh = verdict === "accepted" && !memory.shown;
  memory.shown = true;
  const print = h("div", { class: `print${fresh ? " print-fresh" : ""}` },
    stamp(facts.station, { date: facts.business_date, label: t("stamp.label", { name: facts.station.name, day: day(facts.business_date) }) }));
  return h("section", { class: "paper verdict", onClick: () => print.classList.remove("print-fresh") },
    print,
    h("div", { class: "verdict-head" }, verdictSign(verdict), h("h1", {}, t(VERDICTS[verdict].word))),
    status,
    h("p", { class: "verdict-total" }, h("strong", {}, String(facts.passport.collected)), ` / ${facts.passport.total}`, h("span", {}, t("result.total"))));
}

function details({ verdict, facts, attempt, declined }) {
  return h("section", { class: "card stack" },
    h("dl", { class: "facts" },
      fact(t("result.when"), dayAndClock(facts.checked_in_at)),
      facts.distance_m === null || facts.distance_m === undefined ? null : fact(t("result.distance"), distance(facts.distance_m)),
      fact(t("result.grade"), t(GRADES[facts.grade]))),
    facts.station_open === false ? note("door", t("result.closed"), "sand") : null,
    attempt.usePlace && declined ? note("info", t(declined === "denied" ? "result.declined" : "result.no_place"), "sea") : null,
    verdict === "accepted" && facts.grade === "C" ? h("p", { class: "quiet" }, t("result.raise")) : null);
}

const fact = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));

/** The nearest station that has no stamp yet, and the passport. */
async function fillOnward(onward, { facts, attempt }, cache) {
  const book = h("div", { class: "actions" }, linkButton(t("result.passport"), "/passport", { sign: "passport" }));
  refill(onward, book);
  try {
    if (!cache.has("next")) cache.set("next", await nextStation(facts, attempt));
    const next = cache.get("next");
    refill(onward, next
      ? h("section", { class: "stack", "aria-labelledby": "next-title" },
        h("h2", { id: "next-title" }, t("result.next")),
        h("ul", { class: "rows" }, h("li", {}, stationRow(next))))
      : note("done", t("result.all_collected"), "pine"), book);
  } catch {
    // the stamp is what counts; without an answer there is simply no suggestion
  }
}

async function nextStation(facts, { location }) {
  const from = location || (await get(`/stations/${facts.station.code}`)).location;
  const [near, passport] = await Promise.all([
    get("/stations", { lat: from.lat, lng: from.lng, coord_sys: from.coord_sys, limit: 100 }),
    getMine("/me/passport"),
  ]);
  const have = new Set(passport.stamps.map(({ station }) => station.code));
  return near.items.find(({ code }) => !have.has(code) && code !== facts.station.code) || null;
}

function refusedCard(outcome, status) {
  const { verdict, facts, attempt } = outcome;
  return h("section", { class: "card verdict" },
    verdict === "too_far" ? ring(facts) : verdictSign(verdict),
    h("h1", {}, t(VERDICTS[verdict].word)),
    status,
    verdict === "too_far" ? measures(facts) : null,
    verdict === "too_many" && facts.retry_after ? h("p", { class: "verdict-help" }, t("result.wait", { n: facts.retry_after })) : null,
    h("div", { class: "actions" }, waysOn(verdict, facts, attempt), facts.id ? linkButton(t("way.visits"), "/visits", { kind: "quiet", sign: "list" }) : null));
}

/** At least one button for each refusal; the first is the best. */
function waysOn(verdict, facts, attempt) {
  const again = (word, kind, sign_, wish) => button(t(word), {
    kind, sign: sign_, onClick: (event) => busyWhile(event.currentTarget, () => visit({ credential: attempt.credential, ...wish }, { replace: true })),
  });
  const code = stationOf(attempt.credential);
  const station = code ? linkButton(t("way.station"), `/c/${code}`, { sign: "pin" }) : null;
  const typed = attempt.credential.includes(":") && !attempt.credential.includes("?");
  const type = linkButton(t("way.type"), code && typed ? `/checkin?station=${code}` : "/checkin", { kind: "main", sign: "code" });
  const stations = linkButton(t("way.stations"), "/stations", { kind: "main", sign: "list" });
  switch (verdict) {
    case "too_far":
      return [again("way.retry_fine", "main", "locate", { usePlace: true, fine: true }), again("stamping.without_place", "plain", "stamp", { usePlace: false }), station];
    case "waiting":
      return [
        button(t("waiting.send"), { kind: "main", sign: "retry", onClick: (event) => busyWhile(event.currentTarget, sendNow) }),
        linkButton(t("result.passport"), "/passport", { sign: "passport" }), station];
    case "no_answer":
    case "busy":
      return [again("state.retry", "main", "retry", attempt)];
    case "too_many":
      return [again("state.retry", "main", "retry", { usePlace: attempt.usePlace }), station];
    case "code_revoked":
      return [linkButton(t("way.new_poster"), "/checkin", { kind: "main", sign: "code" }), station];
    case "station_withdrawn":
      return [stations];
    case "account_frozen":
      return [linkButton(t("way.me"), "/me", { kind: "main", sign: "person" }), stations];
    case "pending_review":
      return [linkButton(t("result.passport"), "/passport", { kind: "main", sign: "passport" }), station];
    default:
      return [type, station];
  }
}

async function sendNow() {
  await sendWaiting();
  if (queued().waiting.length) toast(t("waiting.still"));
}

const measures = (facts) =>
  h("dl", { class: "facts facts-three" },
    fact(t("far.distance"), distance(facts.distance_m)),
    fact(t("far.radius"), distance(facts.radius_m)),
    fact(t("far.accuracy"), `± ${distance(facts.accuracy_m)}`));

/** The circle one has to be in, and where one stands outside it. */
function ring({ distance_m, radius_m }) {
  const reach = 42;
  const away = Math.min(210, 100 + 60 * Math.log10(Math.max(1.2, distance_m / radius_m)));
  const left = (320 - (reach + away + 10)) / 2 + reach;
  return s("svg", { class: "ring", viewBox: "0 0 320 110", "aria-hidden": "true", focusable: "false", "data-verdict": "too_far" },
    s("circle", { class: "ring-area", cx: left, cy: 55, r: reach }),
    s("circle", { class: "ring-station", cx: left, cy: 55, r: 7 }),
    s("path", { class: "ring-way", d: `M${left + reach + 8} 55H${left + away - 14}` }),
    s("circle", { class: "ring-you", cx: left + away, cy: 55, r: 10 }),
    s("circle", { class: "ring-dot", cx: left + away, cy: 55, r: 4 }));
}
