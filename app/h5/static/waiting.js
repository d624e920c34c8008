/** The check-ins that wait for a network, and what became of those that have been sent. */

import { h, refill } from "./dom.js";
import { dayAndClock, t, tn } from "./i18n.js";
import { icon } from "./icons.js";
import { recallReading } from "./kept.js";
import { isOffline } from "./network.js";
import { busyWhile, button } from "./parts.js";
import { dismissJudged, offQueueChange, onQueueChange, queued, sendWaiting } from "./queue.js";
import { VERDICTS, verdictSign } from "./verdicts.js";
import { stationOf, verdictOf } from "./visit.js";

/** A card that follows the queue for as long as its screen stands; empty while there is nothing to say. */
export function waitingCards() {
  const place = h("div", { class: "stack", role: "status" });
  const follow = () => {
    if (place.isConnected || !place.dataset.drawn) draw(place);
    else offQueueChange(follow);
  };
  onQueueChange(follow);
  follow();
  return place;
}

async function draw(place) {
  place.dataset.drawn = "1";
  const { waiting, judged } = queued();
  const names = await stationNames([...waiting, ...judged]);
  place.hidden = !waiting.length && !judged.length;
  refill(place, waiting.length ? waitingCard(waiting, names) : null, judged.length ? judgedCard(judged, names) : null);
}

async function stationNames(items) {
  const list = items.length ? await recallReading("/stations", { limit: 500 }) : null;
  const names = new Map(list ? list.items.map(({ code, name }) => [code, name]) : []);
  return (item) => (item.body && item.body.station && item.body.station.name) || names.get(stationOf(item.credential)) || stationOf(item.credential) || t("station.word");
}

const waitingCard = (items, nameOf) =>
  h("section", { class: "card queue queue-waiting", "aria-labelledby": "waiting-title" },
    h("div", { class: "queue-head" }, verdictSign("waiting", "queue-sign"),
      h("div", {}, h("h2", { id: "waiting-title" }, tn("waiting.title", items.length)), h("p", { class: "quiet" }, t("waiting.help")))),
    h("ul", { class: "queue-list" }, items.map((item) => h("li", {}, h("span", { class: "queue-name" }, nameOf(item)), h("span", { class: "quiet" }, dayAndClock(item.client_time))))),
    button(t("waiting.send"), { kind: "plain", sign: "retry", disabled: isOffline(), onClick: (event) => busyWhile(event.currentTarget, sendWaiting) }));

const judgedCard = (items, nameOf) =>
  h("section", { class: "card queue", "aria-labelledby": "judged-title" },
    h("h2", { id: "judged-title" }, t("waiting.judged")),
    h("ul", { class: "queue-list" }, items.map((item) => judgedLine(item, nameOf(item)))),
    button(t("waiting.dismiss"), { kind: "quiet", sign: "done", onClick: (event) => busyWhile(event.currentTarget, dismissJudged) }));

function judgedLine(item, name) {
  const { verdict, facts } = verdictOf(item.status, item.body);
  const known = VERDICTS[verdict] ? verdict : "unreadable";
  const more = facts.detail || (verdict === "pending_review" ? facts.message || t(VERDICTS[known].help) : null);
  return h("li", { class: "queue-judged" }, verdictSign(known, "queue-sign"),
    h("div", {}, h("p", { class: "queue-name" }, `${name} · ${t(VERDICTS[known].word)}`),
      h("p", { class: "quiet" }, dayAndClock(item.client_time)), more ? h("p", {}, more) : null));
}

/** The line above every screen: no network, what waits, what has been judged; nothing while all is well. */
export function drawLine(line) {
  const { waiting, judged } = location.pathname === "/checkin" && !location.search ? { waiting: [], judged: [] } : queued(); // there the cards say it
  const said = [
    isOffline() ? h("p", { class: "line line-offline" }, icon("cloud"), h("span", {}, t("offline.banner"))) : null,
    waiting.length ? h("a", { class: "line line-waiting", href: "/checkin" }, icon("upload"), h("span", {}, tn("waiting.line", waiting.length)), icon("next")) : null,
    !waiting.length && judged.length ? h("a", { class: "line line-judged", href: "/checkin" }, icon("info"), h("span", {}, tn("waiting.judged_line", judged.length)), icon("next")) : null,
  ].filter(Boolean);
  line.hidden = !said.length;
  refill(line, said);
}
