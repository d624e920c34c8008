/** My sign-ups: what waits for my answer first, then what is coming, then what is past. */

import { getMine, hasSession } from "../api.js";
import { h, refill } from "../dom.js";
import { t, tn } from "../i18n.js";
import { icon } from "../icons.js";
import { busyWhile, button, empty, linkButton, skeleton, topBar, trouble } from "../parts.js";
import { whenWords } from "../programme.js";
import { go } from "../router.js";
import { answerButtons, isAsked, isLive, isOver, STATES, stateSign, stateWord, stateWords } from "../signing.js";

const PAGE = 50;

export function show({ cache }) {
  const screen = { cache, body: h("div", { class: "stack" }) };
  if (!hasSession()) refill(screen.body, nothing());
  return {
    title: t("signups.title"),
    name: "signups",
    ready: hasSession() ? load(screen) : null,
    element: h("div", { class: "stack" }, topBar(t("events.title"), "/events"), h("header", { class: "heading" }, h("h1", {}, t("signups.title"))), screen.body),
  };
}

const nothing = () => empty(t("signups.none"), linkButton(t("event.missing_go"), "/events", { kind: "main", sign: "calendar" }));

async function load(screen) {
  const { cache, body } = screen;
  if (!cache.has("signups")) refill(body, skeleton(3));
  try {
    if (!cache.has("signups")) cache.set("signups", await getMine("/me/signups", { limit: PAGE }));
    draw(screen);
  } catch (problem) {
    refill(body, trouble(problem, () => load(screen)));
  }
}

function draw(screen) {
  const { items, next_cursor: more } = screen.cache.get("signups");
  if (!items.length) return refill(screen.body, nothing());
  const byTime = (a, b) => (a.shift.starts_at < b.shift.starts_at ? -1 : 1);
  const current = items.filter((each) => isLive(each) && !isOver(each)).sort(byTime);
  const asked = current.filter(isAsked);
  const coming = current.filter((each) => !isAsked(each));
  const past = items.filter((each) => !current.includes(each)).sort((a, b) => byTime(b, a));
  return refill(screen.body,
    asked.length ? h("section", { class: "stack", "aria-labelledby": "asked" }, h("h2", { id: "asked" }, t("signups.asked")), asked.map(askedCard)) : null,
    h("section", { class: "stack", "aria-labelledby": "coming" }, h("h2", { id: "coming" }, t("signups.coming")),
      coming.length ? h("ul", { class: "rows" }, coming.map(line)) : h("p", { class: "quiet" }, t("signups.none_coming"), " ", h("a", { class: "link", href: "/events" }, t("event.missing_go"), icon("next")))),
    past.length ? h("section", { class: "stack", "aria-labelledby": "past" }, h("h2", { id: "past" }, t("signups.past")), h("ul", { class: "rows" }, past.map(line))) : null,
    more ? button(t("visits.more"), { kind: "quiet", onClick: (event) => busyWhile(event.currentTarget, () => readOn(screen, more)) }) : null);
}

async function readOn(screen, cursor) {
  const { cache, body } = screen;
  try {
    const page = await getMine("/me/signups", { limit: PAGE, cursor });
    cache.set("signups", { items: [...cache.get("signups").items, ...page.items], next_cursor: page.next_cursor });
    draw(screen);
  } catch (problem) {
    body.append(trouble(problem, () => draw(screen)));
  }
}

const line = (signup) => h("li", {}, h("a", { class: "row", href: `/signups/${signup.id}` },
  stateSign(signup.state),
  h("span", { class: "row-words" },
    h("span", { class: "row-name" }, signup.event.title),
    h("span", { class: "row-services" }, whenWords(signup.shift)),
    h("span", { class: "row-facts" }, h("strong", {}, stateWord(signup)), signup.state === "waitlisted" && signup.queue_position ? h("span", {}, tn("mine.number", signup.queue_position)) : null)),
  icon("next", "row-next")));

const askedCard = (signup) => h("section", { class: "card stack", "aria-label": signup.event.title },
  h("div", { class: "queue-head" }, stateSign(signup.state),
    h("div", {}, h("h3", {}, h("a", { class: "visit-station", href: `/signups/${signup.id}` }, signup.event.title)), h("p", {}, whenWords(signup.shift)),
      h("p", { class: "quiet" }, `${t(STATES[signup.state].word)} · ${stateWords(signup)}`))),
  answerButtons(signup, () => go(`/signups/${signup.id}`, { memory: { fresh: true } })));
