/** Oneself as a volunteer: the form, an invitation to answer, and one's card with its state and qualifications. */

import { change, get, getMine, hasSession, Refusal } from "../api.js";
import { h, refill } from "../dom.js";
import { day, t } from "../i18n.js";
import { icon } from "../icons.js";
import { busyWhile, button, linkButton, note, skeleton, topBar, trouble } from "../parts.js";
import { consentText, drawForm } from "../volunteer_form.js";
import { FIELDS, GENDERS, LANGUAGES, SKILLS } from "../volunteer_words.js";
import { wayBack } from "../router.js";
import { toast } from "../shell.js";

const STATES = {
  pending: ["volunteers.pending", "hourglass", "sand"], active: ["volunteers.active", "done", "pine"],
  suspended: ["volunteers.suspended", "pause", "tile"], archived: ["volunteers.archived", "info", "sand"],
};

export function show({ query, memory, cache }) {
  const word = t("volunteers.title");
  const body = h("div", { class: "stack" }, skeleton(2));
  const screen = { body, memory, cache, next: wayBack(query.get("next"), null) };
  screen.draw = () => draw(screen);
  return {
    title: word,
    name: "volunteer",
    ready: load(screen),
    element: h("div", { class: "stack" }, topBar(word, screen.next || "/me"), h("header", { class: "heading" }, h("h1", {}, word)), body),
  };
}

async function load(screen) {
  const { body, cache } = screen;
  try {
    if (!cache.has("texts")) {
      const me = hasSession() ? await getMine("/me") : null;
      const [mine, texts, districts] = await Promise.all([me && me.volunteer ? getMine("/me/volunteer") : null, get("/consents"), get("/districts")]);
      cache.set("me", me);
      cache.set("mine", mine);
      cache.set("districts", districts.items);
      cache.set("texts", texts.items);
    }
    screen.draw();
  } catch (problem) {
    refill(body, trouble(problem, () => { refill(body, skeleton(2)); load(screen); }));
  }
}

function draw(screen) {
  const { body, cache, memory } = screen;
  const mine = cache.get("mine");
  if (!cache.get("me") || !cache.get("me").phone_masked) refill(body, invitation(screen), whatFor());
  else if (memory.editing || !mine) refill(body, mine ? null : whatFor(), drawForm(screen, mine, saved(screen)));
  else if (mine.state === "invited") refill(body, answerCard(screen, mine));
  else refill(body, card(mine), stateNote(mine), mine.state === "active" ? toEvents(screen) : null, qualifications(mine), facts(screen, mine));
}

/** What a volunteer does here, and what is asked for and why. */
const whatFor = () => h("section", { class: "card stack" },
  h("p", {}, t("volunteers.lead")),
  h("ul", { class: "promises" }, ["volunteers.free", "volunteers.no_id", "volunteers.sealed"].map((line) => h("li", {}, icon("shield"), h("span", {}, t(line))))));

function invitation({ next }) {
  const here = `/me/volunteer${next ? `?next=${encodeURIComponent(next)}` : ""}`;
  return h("section", { class: "card stack" },
    h("p", {}, t("volunteers.needs_phone")), linkButton(t("me.sign_in"), `/login?next=${encodeURIComponent(here)}`, { kind: "main", sign: "phone" }));
}

/** On to what one came for: the event one wanted to sign up for, or all of them. */
const toEvents = ({ next }) => linkButton(t(next ? "volunteers.back" : "volunteers.to_events"), next || "/events", { kind: "main", sign: "next" });

function saved(screen) {
  return (mine) => {
    const first = !screen.cache.get("mine");
    Object.keys(screen.memory).forEach((name) => delete screen.memory[name]);
    screen.cache.set("mine", mine);
    screen.draw();
    window.scrollTo(0, 0);
    toast(t(first ? "volunteers.joined" : "me.saved"));
    focusCard(screen);
  };
}

const focusCard = ({ body }) => { const head = body.querySelector("h2"); if (head) { head.tabIndex = -1; head.focus({ preventScroll: true }); } };

/** The card itself: the number as it is read out. */
const card = (mine) => h("section", { class: "cover volunteer-card" },
  h("p", { class: "cover-city" }, t("volunteers.card")),
  h("h2", {}, mine.real_name_masked),
  h("p", { class: "volunteer-no" }, h("span", { class: "unseen" }, t("volunteers.no")), mine.volunteer_no.replace(/(\d{3})(?=\d)/g, "$1 ")),
  h("p", { class: "cover-quiet" }, mine.district ? mine.district.name : null));

function stateNote(mine) {
  const [word, sign, tone] = STATES[mine.state];
  return h("div", { class: `note note-${tone}`, role: "status" }, icon(sign), h("div", {}, h("p", {}, h("strong", {}, t(word))), h("p", {}, mine.state_note)));
}

const qualifications = ({ qualifications: held }) => h("section", { class: "card" }, h("h2", {}, t("volunteers.qualifications")),
  held.length
    ? h("ul", { class: "volunteer-proofs" }, held.map((one) => h("li", {}, icon("done"), h("span", {}, h("strong", {}, one.name),
      h("small", {}, one.valid_until ? t("volunteers.valid_until", { day: day(one.valid_until) }) : t("volunteers.valid_always"))))))
    : h("p", { class: "quiet" }, t("volunteers.no_qualifications")));

function facts(screen, mine) {
  const again = mine.state === "archived";
  const edit = () => { screen.memory.editing = true; screen.draw(); screen.body.querySelector("input").focus(); };
  return h("section", { class: "card stack" }, h("h2", {}, t("volunteers.about")), factList(mine),
    h("div", { class: "actions" }, button(t(again ? "volunteers.again" : "volunteers.edit"), { kind: again ? "main" : "plain", sign: "edit", onClick: edit })),
    h("p", { class: "quiet" }, t("volunteers.leave_hint")));
}

function factList(mine) {
  const named = (words, codes) => codes.map((code) => t(words[code])).join(t("volunteers.between"));
  const rows = [
    [FIELDS.real_name, mine.real_name_masked], [FIELDS.birth_date, mine.birth_date && day(mine.birth_date)],
    [FIELDS.district, mine.district && mine.district.name], [FIELDS.gender, mine.gender && t(GENDERS[mine.gender])],
    [FIELDS.languages, named(LANGUAGES, mine.languages)], [FIELDS.skills, named(SKILLS, mine.skills)],
    [FIELDS.emergency_contact, mine.emergency_contact_masked], ["volunteers.guardian", mine.guardian && `${mine.guardian.name_masked} ${mine.guardian.phone_masked}`],
  ];
  return h("dl", { class: "facts" }, rows.filter(([, value]) => value).map(([word, value]) => h("div", {}, h("dt", {}, t(word)), h("dd", {}, value))));
}

/** Somebody wrote this person down: what they wrote, and both answers, equally easy. */
function answerCard(screen, mine) {
  const problem = h("div", {});
  const act = (path, after) => async () => {
    try {
      after(await change("POST", `/me/volunteer/${path}`));
    } catch (refusal) {
      const lacks = refusal instanceof Refusal && refusal.status === 422;
      if (lacks) { screen.memory.editing = true; screen.memory.lacks = true; screen.draw(); } else refill(problem, trouble(refusal, act(path, after)));
    }
  };
  const declined = () => { screen.cache.set("mine", null); screen.memory.declining = false; screen.draw(); toast(t("volunteers.declined")); };
  const run = (work) => (event) => busyWhile(event.currentTarget, work);
  const ask = (on) => () => { screen.memory.declining = on; screen.draw(); };
  return h("section", { class: "card stack" }, h("h2", {}, t("volunteers.invitation")), h("p", {}, mine.state_note), factList(mine),
    consentText(screen, "realname"), problem,
    screen.memory.declining
      ? [note("info", t("volunteers.decline_sure"), "sand"), h("div", { class: "actions" },
        button(t("volunteers.keep"), { onClick: ask(false) }), button(t("volunteers.decline_yes"), { sign: "close", onClick: run(act("decline", declined)) }))]
      : h("div", { class: "actions" },
        button(t("volunteers.accept"), { kind: "main", onClick: run(act("accept", saved(screen))) }), button(t("volunteers.decline"), { onClick: ask(true) })));
}
