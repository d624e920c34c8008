/** My visits: every attempt with its outcome and reason; what was refused or is held can be appealed once. */

import { change, getMine, hasSession, Refusal } from "../api.js";
import { h, refill } from "../dom.js";
import { dayAndClock, t } from "../i18n.js";
import { busyWhile, button, empty, linkButton, note, skeleton, topBar, trouble } from "../parts.js";
import { toast } from "../shell.js";

const RESULTS = { accepted: ["visits.accepted", "open"], pending_review: ["visits.pending_review", "held"], refused: ["visits.refused", "closed"], void: ["visits.void", "unknown"] };
const APPEALS = { open: ["appeal.open", "eye", "sea"], upheld: ["appeal.upheld", "done", "pine"], dismissed: ["appeal.dismissed", "info", "sand"] };
const TEXT_CHARS = 500;

export function show({ cache, memory }) {
  const body = h("div", { class: "stack" });
  const ready = hasSession() ? load(body, cache, memory) : null;
  if (!hasSession()) refill(body, nothing());
  return {
    title: t("visits.title"),
    ready,
    element: h("div", { class: "stack" }, topBar(t("visits.title"), "/me"), h("h1", { class: "unseen" }, t("visits.title")), body),
  };
}

const nothing = () => empty(t("visits.empty"), linkButton(t("passport.start"), "/checkin", { kind: "main", sign: "stamp" }));

async function load(body, cache, memory) {
  if (!cache.has("visits")) refill(body, skeleton(4));
  try {
    if (!cache.has("visits")) cache.set("visits", await getMine("/me/checkins"));
    draw(body, cache, memory);
  } catch (problem) {
    refill(body, trouble(problem, () => load(body, cache, memory)));
  }
}

function draw(body, cache, memory) {
  const { items, next_cursor: more } = cache.get("visits");
  if (!items.length) {
    refill(body, nothing());
    return;
  }
  const again = () => draw(body, cache, memory);
  refill(body,
    h("ul", { class: "stack" }, items.map((visit) => h("li", {}, card(visit, memory, again)))),
    more ? button(t("visits.more"), { onClick: (event) => busyWhile(event.currentTarget, () => loadMore(body, cache, memory)) }) : null);
}

async function loadMore(body, cache, memory) {
  const { items, next_cursor: cursor } = cache.get("visits");
  try {
    const page = await getMine("/me/checkins", { cursor });
    cache.set("visits", { items: [...items, ...page.items], next_cursor: page.next_cursor });
    draw(body, cache, memory);
  } catch (problem) {
    body.append(trouble(problem, () => load(body, cache, memory)));
  }
}

function card(visit, memory, again) {
  const [word, tone] = RESULTS[visit.result];
  const open = visit.result === "refused" || visit.result === "pending_review";
  return h("section", { class: "card visit" },
    h("div", { class: "visit-head" },
      h("h2", {}, h("a", { class: "visit-station", href: `/c/${visit.station.code}` }, visit.station.name)),
      h("span", { class: `badge badge-${tone}` }, t(word))),
    h("p", { class: "quiet" }, dayAndClock(visit.checked_in_at)),
    visit.result === "pending_review" ? h("p", {}, t("visits.held")) : null,
    visit.result !== "accepted" && visit.reason_text ? h("p", {}, visit.reason_text) : null,
    visit.appeal ? answerOf(visit.appeal) : null,
    open && !visit.appeal
      ? memory.appealing === visit.id
        ? form(visit, memory, again)
        : button(t("appeal.ask"), { sign: "edit", onClick: () => { memory.appealing = visit.id; memory.appeal = ""; again(); } })
      : null);
}

function answerOf({ state, answer }) {
  const [word, sign, tone] = APPEALS[state];
  return note(sign, answer ? t("appeal.answered", { state: t(word), answer }) : t(word), tone);
}

function form(visit, memory, again) {
  const problem = h("p", { class: "field-error", id: "appeal-problem", role: "alert" });
  const input = h("textarea", {
    class: "field-input", rows: 4, maxlength: TEXT_CHARS, "aria-describedby": "appeal-problem", dataset: { keep: "appeal" },
    onInput: () => { memory.appeal = input.value; },
  }, memory.appeal || "");
  const send = async () => {
    try {
      visit.appeal = { ...(await change("POST", `/checkins/${encodeURIComponent(visit.id)}/appeal`, { text: input.value })), answer: null };
      memory.appealing = null;
      again();
      toast(t("appeal.sent"));
    } catch (refusal) {
      const [first] = (refusal instanceof Refusal && refusal.facts.errors) || [];
      problem.textContent = first ? first.message : refusal instanceof Refusal ? refusal.message : t("state.no_answer");
      input.setAttribute("aria-invalid", "true");
      input.focus();
    }
  };
  return h("form", { class: "stack", novalidate: true, onSubmit: (event) => { event.preventDefault(); busyWhile(event.submitter || input, send); } },
    h("label", { class: "field" }, h("span", { class: "field-label" }, t("appeal.label")), input), problem,
    h("div", { class: "actions" },
      button(t("appeal.send"), { kind: "main", type: "submit" }),
      button(t("me.cancel"), { onClick: () => { memory.appealing = null; again(); } })));
}
