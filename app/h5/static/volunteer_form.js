/** The form of a volunteer: only what is needed; a guardian for the youngest alone; what is kept sealed is replaced, not shown. */

import { change, get, Refusal } from "./api.js";
import { h, refill } from "./dom.js";
import { cityNow, t } from "./i18n.js";
import { busyWhile, button, note } from "./parts.js";
import { AGREE, FIELDS, GENDERS, LANGUAGES, SKILLS } from "./volunteer_words.js";

const GUARDIAN_AGE = 14;
const AT = { "/guardian/name": "guardian_name", "/guardian/phone": "guardian_phone", "/guardian/consent": "agree_guardian" };

/** The form. `mine`: what stands, or null at first. `done(mine)`: called with the saved record. */
export function drawForm(screen, mine, done) {
  const { memory, cache } = screen;
  const given = memory.given = memory.given || start(mine);
  const form = { screen, mine, done, given, fields: {}, problems: {} };
  const line = (name, attributes) => row(form, name, h("input", {
    class: "field-input", type: "text", value: given[name] || "", autocomplete: "off", ...attributes, onInput: (event) => { given[name] = event.currentTarget.value; },
  }), mine && kept(mine, name));
  const choice = (name, options) => row(form, name, h("select", { class: "field-select", onChange: (event) => { given[name] = event.currentTarget.value; } },
    h("option", { value: "" }, t(name === "gender" ? "volunteers.unsaid" : "volunteers.choose")), options.map(([value, word]) => h("option", { value, selected: value === given[name] }, word))));
  form.guardian = h("div", {});
  const birth = row(form, "birth_date", h("input", {
    class: "field-input", type: "date", value: given.birth_date, min: "1900-01-01", max: cityNow().day, autocomplete: "bday",
    onInput: (event) => { given.birth_date = event.currentTarget.value; drawGuardian(form); },
  }));
  drawGuardian(form);
  form.said = h("div", {});
  const send = button(t(mine ? "volunteers.save" : "volunteers.send"), { kind: "main", type: "submit" });
  return h("form", { class: "card stack", novalidate: true, onSubmit: (event) => { event.preventDefault(); busyWhile(send, () => submit(form)); } },
    h("h2", {}, t(mine ? "volunteers.edit" : "volunteers.form")),
    memory.lacks ? note("info", t("volunteers.lacks"), "sea", "status") : null,
    line("real_name", { autocomplete: "name", maxlength: 40 }), birth,
    choice("district", cache.get("districts").map(({ code, name }) => [code, name])),
    form.guardian,
    h("details", { class: "consent-text volunteer-more", open: Boolean(mine) }, h("summary", {}, t("volunteers.more")),
      h("div", { class: "stack" },
        choice("gender", Object.entries(GENDERS).map(([code, word]) => [code, t(word)])),
        line("emergency_contact", { maxlength: 60, placeholder: t("volunteers.emergency_example") }),
        several(form, "languages", LANGUAGES), several(form, "skills", SKILLS))),
    mine ? null : agreement(form, "realname"),
    form.said,
    h("div", { class: "actions" }, send, mine ? button(t("me.cancel"), { onClick: () => { leave(screen); } }) : null));
}

const start = (mine) => ({
  real_name: "", birth_date: (mine && mine.birth_date) || "", district: (mine && mine.district && mine.district.code) || "", gender: (mine && mine.gender) || "",
  emergency_contact: "", guardian_name: "", guardian_phone: "", languages: mine ? [...mine.languages] : [], skills: mine ? [...mine.skills] : [],
});

/** What stands of a sealed field, masked. */
const kept = (mine, name) => ({ real_name: mine.real_name_masked, emergency_contact: mine.emergency_contact_masked })[name];

function leave(screen) {
  ["editing", "given", "lacks"].forEach((name) => delete screen.memory[name]);
  screen.draw();
}

function row(form, name, input, standing) {
  const problem = h("p", { class: "field-error", id: `${name}-problem`, role: "alert" });
  const hint = standing ? h("p", { class: "field-hint", id: `${name}-hint` }, t("volunteers.kept", { now: standing })) : null;
  input.setAttribute("aria-describedby", hint ? `${name}-problem ${name}-hint` : `${name}-problem`);
  form.fields[name] = input;
  form.problems[name] = problem;
  return h("div", {}, h("label", { class: "field" }, h("span", { class: "field-label" }, t(FIELDS[name])), input), hint, problem);
}

function several(form, name, words) {
  const { given } = form;
  const toggle = (code, on) => { given[name] = on ? [...given[name], code] : given[name].filter((each) => each !== code); };
  return h("div", { role: "group", "aria-labelledby": `${name}-words` }, h("p", { class: "field-label", id: `${name}-words` }, t(FIELDS[name])),
    h("div", { class: "volunteer-chips" }, Object.entries(words).map(([code, word]) => h("button", {
      class: "chip", type: "button", "aria-pressed": given[name].includes(code) ? "true" : "false",
      onClick: (event) => {
        const on = event.currentTarget.getAttribute("aria-pressed") !== "true";
        toggle(code, on);
        event.currentTarget.setAttribute("aria-pressed", on ? "true" : "false");
      },
    }, t(word)))));
}

/** The age on the city's day, as the server counts it; null for what is no day yet. */
function ageOf(birth) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(birth)) return null;
  const today = cityNow().day;
  return Number(today.slice(0, 4)) - Number(birth.slice(0, 4)) - (today.slice(5) < birth.slice(5) ? 1 : 0);
}

const isYoung = ({ given }) => { const age = ageOf(given.birth_date); return age !== null && age >= 0 && age < GUARDIAN_AGE; };

function drawGuardian(form) {
  const { given, mine, guardian } = form;
  if (!isYoung(form)) {
    refill(guardian);
    return;
  }
  if (guardian.firstChild) return; // it stands already: what is typed there stays
  const line = (name, attributes) => row(form, name, h("input", {
    class: "field-input", value: given[name], autocomplete: "off", ...attributes, onInput: (event) => { given[name] = event.currentTarget.value; },
  }));
  refill(guardian, h("div", { class: "stack volunteer-guardian", role: "group", "aria-labelledby": "guardian-words" }, h("h3", { id: "guardian-words" }, t("volunteers.guardian")),
    h("p", { class: "quiet" }, t(mine && mine.guardian ? "volunteers.guardian_stands" : "volunteers.guardian_why")),
    line("guardian_name", { type: "text", maxlength: 40 }), line("guardian_phone", { type: "tel", inputmode: "tel", maxlength: 30 }),
    agreement(form, "guardian")));
}

/** A text to read and one's own tick under it. */
function agreement(form, purpose) {
  const name = `agree_${purpose}`;
  const tick = h("input", { type: "checkbox", name, "aria-describedby": `${name}-problem` });
  const problem = h("p", { class: "field-error", id: `${name}-problem`, role: "alert" });
  form.fields[name] = tick;
  form.problems[name] = problem;
  return h("div", {}, h("label", { class: "tick" }, tick, h("span", {}, t(AGREE[purpose]))), problem, consentText(form.screen, purpose));
}

/** The text of a purpose, to be unfolded. */
export function consentText({ cache }, purpose) {
  const text = cache.get("texts").find((one) => one.purpose === purpose);
  return text ? h("details", { class: "consent-text" }, h("summary", {}, text.title), h("div", {}, text.text.split("\n").filter(Boolean).map((each) => h("p", {}, each)))) : null;
}

async function submit(form) {
  const { screen, done } = form;
  Object.entries(form.problems).forEach(([name, problem]) => { problem.textContent = ""; form.fields[name].removeAttribute("aria-invalid"); });
  refill(form.said);
  const asked = agreements(form);
  const missing = asked.filter((purpose) => !form.fields[`agree_${purpose}`].checked);
  missing.forEach((purpose) => mark(form, `agree_${purpose}`, t("volunteers.tick_first")));
  if (missing.length) { form.fields[`agree_${missing[0]}`].focus(); return; }
  try {
    for (const purpose of asked) {
      const { version } = screen.cache.get("texts").find((one) => one.purpose === purpose);
      await change("POST", "/me/consents", { purpose, version });
    }
    done(await change("PUT", "/me/volunteer", body(form)));
  } catch (problem) {
    await complain(form, problem);
  }
}

/** Which texts are agreed to by sending: one's own at first, the guardian's when a guardian is given. */
const agreements = (form) => [...(form.mine ? [] : ["realname"]), ...(isYoung(form) && hasGuardian(form) ? ["guardian"] : [])];
const hasGuardian = ({ given, mine }) => Boolean(given.guardian_name || given.guardian_phone || !(mine && mine.guardian));

function body(form) {
  const { given, mine } = form;
  const made = { district: given.district, gender: given.gender || null, languages: given.languages, skills: given.skills };
  if (given.birth_date || !mine) made.birth_date = given.birth_date || null;
  if (given.real_name || !mine) made.real_name = given.real_name;
  if (given.emergency_contact) made.emergency_contact = given.emergency_contact;
  if (isYoung(form) && (given.guardian_name || given.guardian_phone)) {
    made.guardian = { name: given.guardian_name, phone: given.guardian_phone, consent: form.fields.agree_guardian.checked };
  }
  return made;
}

async function complain(form, problem) {
  if (problem instanceof Refusal && problem.code === "volunteer.guardian_needed") {
    mark(form, "guardian_name", problem.message);
    (form.fields.guardian_name || form.fields.birth_date).focus();
    return;
  }
  if (problem instanceof Refusal && problem.code === "consent.text_changed") form.screen.cache.set("texts", (await get("/consents")).items);
  const errors = (problem instanceof Refusal && problem.facts.errors) || [];
  const placed = errors.map(({ pointer, message }) => [AT[pointer] || pointer.split("/")[1], message]).filter(([name]) => form.fields[name]);
  placed.forEach(([name, message]) => mark(form, name, message));
  if (placed.length) form.fields[placed[0][0]].focus();
  else refill(form.said, note("warn", problem instanceof Refusal ? problem.message : t("state.no_answer"), "tile", "alert"));
}

function mark(form, name, sentence) {
  if (!form.fields[name]) { refill(form.said, note("warn", sentence, "tile", "alert")); return; }
  form.fields[name].setAttribute("aria-invalid", "true");
  form.problems[name].textContent = sentence;
}
