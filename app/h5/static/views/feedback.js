/** Feedback: a form for everybody, the private link it gives, and the page of that link with the answer. */

import { get, Refusal, tell } from "../api.js";
import { h, refill } from "../dom.js";
import { t } from "../i18n.js";
import { busyWhile, button, empty, linkButton, note, skeleton, topBar, trouble } from "../parts.js";
import { toast } from "../shell.js";

const ABOUT = { app: "feedback.app", station: "feedback.station", event: "feedback.event", hours: "feedback.hours", staff: "feedback.staff" };
const STATES = { open: ["feedback.open", "clock", "sea"], answered: ["feedback.answered", "done", "pine"], closed: ["feedback.closed", "info", "sand"] };
const TEXT_CHARS = 1000;
const CONTACT_CHARS = 100;

export function show({ params, query, memory, cache }) {
  const [token] = params;
  const body = h("div", { class: "stack" });
  if (!memory.told && query.get("about") in ABOUT) memory.told = { about: query.get("about"), text: "", contact: "" };
  const word = t(token ? "feedback.yours" : "feedback.title");
  const ready = token ? load(body, token, cache) : start(body, query.get("station"), memory, cache);
  return { title: word, ready, element: h("div", { class: "stack" }, topBar(word, "/me"), h("h1", { class: "unseen" }, word), body) };
}

/** The form; about one station when one came from there. */
async function start(body, code, memory, cache) {
  if (memory.link) {
    thank(body, memory);
    return;
  }
  if (code && !cache.has("station")) {
    refill(body, skeleton(2));
    try {
      cache.set("station", (await get(`/stations/${code}`)).name);
    } catch {
      cache.set("station", code); // its code is enough to say which one is meant
    }
  }
  write(body, code, memory, cache);
}

function write(body, code, memory, cache) {
  memory.told = memory.told || { about: code ? "station" : "app", text: "", contact: "" };
  const { told } = memory;
  const problem = h("p", { class: "field-error", id: "feedback-problem", role: "alert" });
  const text = h("textarea", { class: "field-input", rows: 6, maxlength: TEXT_CHARS, "aria-describedby": "feedback-problem", onInput: () => { told.text = text.value; } }, told.text);
  const contact = h("input", { class: "field-input", type: "text", value: told.contact, maxlength: CONTACT_CHARS, autocomplete: "off", "aria-describedby": "contact-hint", onInput: () => { told.contact = contact.value; } });
  const kinds = Object.entries(ABOUT).filter(([kind]) => kind !== "station");
  const about = h("select", { class: "field-select", onChange: () => { told.about = about.value; } }, kinds.map(([kind, word]) => h("option", { value: kind, selected: kind === told.about }, t(word))));
  const send = () => submit(body, code, memory, { problem, text });
  refill(body,
    h("form", { class: "card stack", novalidate: true, onSubmit: (event) => { event.preventDefault(); busyWhile(event.submitter || text, send); } },
      h("p", { class: "quiet" }, t("feedback.lead")),
      code
        ? h("p", {}, h("strong", {}, cache.get("station")))
        : h("label", { class: "field" }, h("span", { class: "field-label" }, t("feedback.about")), about),
      h("label", { class: "field" }, h("span", { class: "field-label" }, t("feedback.text")), text), problem,
      h("label", { class: "field" }, h("span", { class: "field-label" }, t("feedback.contact")), contact,
        h("span", { class: "field-hint", id: "contact-hint" }, t("feedback.contact_hint"))),
      button(t("feedback.send"), { kind: "main", type: "submit" })));
}

async function submit(body, code, memory, { problem, text }) {
  const { about, contact, text: words } = memory.told;
  try {
    const made = await tell({ about: code ? "station" : about, text: words, ...(code ? { ref: code } : {}), ...(contact.trim() ? { contact } : {}) });
    memory.link = made.status_url;
    thank(body, memory);
    body.querySelector("h2").focus();
  } catch (refusal) {
    const [first] = (refusal instanceof Refusal && refusal.facts.errors) || [];
    problem.textContent = first ? first.message : refusal instanceof Refusal ? refusal.message : t("state.no_answer");
    text.setAttribute("aria-invalid", "true");
    text.focus();
  }
}

/** Thanks, and the link under which the answer comes; it is shown here only. */
function thank(body, memory) {
  const path = new URL(memory.link).pathname;
  refill(body,
    h("section", { class: "card stack" },
      h("h2", { tabindex: -1 }, t("feedback.thanks")),
      h("p", {}, t("feedback.keep")),
      h("p", { class: "private-link" }, memory.link),
      h("div", { class: "actions" },
        navigator.clipboard ? button(t("feedback.copy"), { kind: "main", onClick: () => copy(memory.link) }) : null,
        linkButton(t("feedback.look"), path, { sign: "next" }))),
    button(t("feedback.again"), { kind: "quiet", onClick: () => { memory.link = null; memory.told = null; location.reload(); } }));
}

async function copy(link) {
  try {
    await navigator.clipboard.writeText(link);
    toast(t("feedback.copied"));
  } catch {
    toast(t("feedback.copy_by_hand"));
  }
}

async function load(body, token, cache) {
  if (!cache.has("told")) refill(body, skeleton(2));
  try {
    if (!cache.has("told")) cache.set("told", await get(`/feedback/${encodeURIComponent(token)}`));
    const told = cache.get("told");
    const [word, sign, tone] = STATES[told.state];
    refill(body, note(sign, t(word), tone),
      told.answer ? h("section", { class: "card" }, h("h2", {}, t("feedback.answer")), h("p", { class: "told" }, told.answer)) : null,
      h("section", { class: "card" }, h("h2", {}, t("feedback.said")), h("p", { class: "told" }, told.text)));
  } catch (problem) {
    const lost = problem instanceof Refusal && problem.status === 404;
    refill(body, lost
      ? empty(t("feedback.lost"), linkButton(t("feedback.title"), "/feedback", { kind: "main", sign: "edit" }))
      : trouble(problem, () => load(body, token, cache)));
  }
}
