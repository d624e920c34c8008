/** Sign in by phone: the number, the code that is sent to it, and one's own tick under the texts; then back to where one was. */

import { askCode, change, get, NoAnswer, Refusal, signIn } from "../api.js";
import { deskSlot } from "../desk_slot.js";
import { h, refill } from "../dom.js";
import { t, tn } from "../i18n.js";
import { busyWhile, button, topBar } from "../parts.js";
import { back, forgetScreens, go, wayBack } from "../router.js";
import { toast } from "../shell.js";

const PURPOSES = ["terms", "privacy"];
const DIGITS = 6;

export function show({ query, memory, cache }) {
  const screen = { memory, cache, next: wayBack(query.get("next"), "/me"), texts: h("div", { class: "consent-texts" }) };
  draw(screen);
  const ready = loadTexts(screen);
  tick(screen);
  const timer = setInterval(() => tick(screen), 1000);
  return {
    title: t("login.title"),
    name: "login",
    ready,
    leave: () => clearInterval(timer),
    element: h("div", { class: "stack" },
      topBar(t("me.title"), "/me"),
      h("header", { class: "heading" }, h("h1", {}, t("login.title")), h("p", {}, t("login.lead"))),
      deskSlot("people", (phone) => { screen.phone.value = memory.phone = phone; screen.phone.focus(); }),
      screen.form,
      h("p", { class: "login-browse" }, h("button", { class: "link", type: "button", onClick: () => back("/") }, t("login.browse")))),
  };
}

function draw(screen) {
  const { memory } = screen;
  screen.phone = h("input", {
    class: "field-input", type: "tel", name: "phone", value: memory.phone || "", inputmode: "tel", autocomplete: "tel", maxlength: 30,
    placeholder: "138 0013 8000", "aria-describedby": "phone-problem", enterkeyhint: "next",
    onInput: () => { memory.phone = screen.phone.value; },
  });
  screen.code = h("input", {
    class: "field-input digits", type: "text", name: "code", inputmode: "numeric", autocomplete: "one-time-code", maxlength: 12,
    placeholder: "000000", "aria-describedby": "code-problem code-said", enterkeyhint: "go",
  });
  screen.agree = h("input", { type: "checkbox", name: "agree", checked: memory.agreed, "aria-describedby": "agree-problem", onChange: () => { memory.agreed = screen.agree.checked; } });
  screen.send = button(t("login.get"), { kind: "quiet", onClick: () => busyWhile(screen.send, () => askForCode(screen)) });
  screen.said = h("div", { id: "code-said", role: "status" });
  screen.problems = Object.fromEntries(["phone", "code", "agree"].map((name) => [name, h("p", { class: "field-error", id: `${name}-problem`, role: "alert" })]));
  const enter = button(t("login.enter"), { kind: "main", type: "submit" });
  screen.form = h("form", { class: "card stack", novalidate: true, onSubmit: (event) => { event.preventDefault(); busyWhile(enter, () => enterBy(screen)); } },
    h("div", {}, h("label", { class: "field" }, h("span", { class: "field-label" }, t("login.phone")), screen.phone), screen.problems.phone),
    h("div", {},
      h("div", { class: "code-line" }, h("label", { class: "field" }, h("span", { class: "field-label" }, t("login.code")), screen.code), screen.send),
      screen.problems.code, screen.said),
    h("div", {},
      h("label", { class: "tick" }, screen.agree, h("span", {}, t("login.agree"))),
      screen.problems.agree, screen.texts),
    enter);
  if (memory.sent) say(screen);
}

/** The texts, each to be unfolded here: to read them takes one tap and loses no input. */
async function loadTexts(screen) {
  try {
    if (!screen.cache.has("consents")) screen.cache.set("consents", (await get("/consents")).items);
  } catch (problem) {
    refill(screen.texts, h("p", { class: "field-hint" }, problem instanceof NoAnswer ? t("state.no_answer") : problem.message),
      button(t("state.retry"), { kind: "quiet", sign: "retry", onClick: () => loadTexts(screen) }));
    return;
  }
  refill(screen.texts, asked(screen).map(({ title, text }) =>
    h("details", { class: "consent-text" }, h("summary", {}, title), h("div", {}, text.split("\n").filter(Boolean).map((line) => h("p", {}, line))))));
}

const asked = ({ cache }) => (cache.get("consents") || []).filter(({ purpose }) => PURPOSES.includes(purpose));

async function askForCode(screen) {
  if (waitLeft(screen) > 0 || !isComplete(screen, { code: false })) return;
  const { memory } = screen;
  try {
    const sent = await askCode(memory.phone);
    memory.sent = { again: Date.now() + sent.retry_after_s * 1000, minutes: Math.floor(sent.expires_in_s / 60), demo: sent.demo_code || null };
    say(screen);
    screen.code.focus();
  } catch (problem) {
    if (problem instanceof Refusal && problem.code === "auth.too_many") memory.sent = { ...memory.sent, again: Date.now() + problem.retryAfter * 1000 };
    complain(screen, problem instanceof Refusal && problem.code === "auth.phone_invalid" ? "phone" : "code", problem);
  }
  tick(screen);
}

/** That a code is on its way; the demo, which sends none, shows it and says so. */
function say(screen) {
  const { minutes, demo } = screen.memory.sent;
  refill(screen.said,
    minutes ? h("p", { class: "field-hint" }, tn("login.sent", minutes)) : null,
    demo ? h("div", { class: "desk demo-code" },
      h("p", {}, h("span", { class: "desk-mark" }, t("demo.mark")), t("login.demo"), h("strong", {}, demo)),
      button(t("login.demo_fill"), { kind: "quiet", onClick: () => { screen.code.value = demo; screen.code.focus(); } })) : null);
}

async function enterBy(screen) {
  if (!isComplete(screen, { code: true })) return;
  try {
    await signIn({ phone: screen.memory.phone, code: screen.code.value });
  } catch (problem) {
    complain(screen, problem instanceof Refusal && problem.code === "auth.phone_invalid" ? "phone" : "code", problem);
    return;
  }
  // The consents are the citizen's own, so they are given after the sign-in; what fails is asked for again under 我的.
  await Promise.allSettled(asked(screen).map(({ purpose, version }) => change("POST", "/me/consents", { purpose, version })));
  Object.keys(screen.memory).forEach((name) => delete screen.memory[name]);
  forgetScreens();
  await go(screen.next, { replace: true });
  toast(t("login.done"));
}

/** What is plainly missing is said here, at its field; everything else is for the server to say. */
function isComplete(screen, { code }) {
  const { memory, problems } = screen;
  ["phone", "code", "agree"].forEach((name) => { screen[name].removeAttribute("aria-invalid"); problems[name].textContent = ""; });
  const missing = [
    ["phone", !(memory.phone || "").trim(), "login.phone_missing"],
    ["code", code && screen.code.value.replace(/\s/g, "").length !== DIGITS, "login.code_missing"],
    ["agree", !memory.agreed, "login.agree_needed"],
  ].filter(([, isMissing]) => isMissing);
  for (const [name, , word] of missing) mark(screen, name, t(word));
  if (missing.length) screen[missing[0][0]].focus();
  return missing.length === 0;
}

function complain(screen, name, problem) {
  if (!(problem instanceof Refusal) && !(problem instanceof NoAnswer)) throw problem;
  mark(screen, name, problem instanceof NoAnswer ? t("state.no_answer") : problem.message);
  screen[name].focus();
  if (name === "code") screen.code.select();
}

function mark(screen, name, sentence) {
  screen[name].setAttribute("aria-invalid", "true");
  screen.problems[name].textContent = sentence;
}

const waitLeft = ({ memory }) => (memory.sent ? Math.ceil((memory.sent.again - Date.now()) / 1000) : 0);

/** The button counts down where the wait is a minute; a longer one is told in the sentence beside it. */
function tick(screen) {
  const left = waitLeft(screen);
  const word = left > 0 && left <= 60 ? t("login.again", { n: left }) : t(screen.memory.sent ? "login.resend" : "login.get");
  screen.send.setAttribute("aria-disabled", left > 0 ? "true" : "false");
  const words = screen.send.querySelector("span");
  if (words.textContent !== word) words.textContent = word;
}
