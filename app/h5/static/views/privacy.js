/** Privacy and data: what one agreed to, a copy of one's data, and leaving; each said plainly, each taken back as easily. */

import { change, get, getMine, hasSession, Refusal } from "../api.js";
import { h, refill } from "../dom.js";
import { day, t } from "../i18n.js";
import { busyWhile, button, linkButton, note, skeleton, topBar, trouble } from "../parts.js";
import { getCopy } from "../prefs.js";
import { copySection, leaveSection } from "../rights.js";

const ALWAYS_SHOWN = ["terms", "privacy", "location"]; // the others once they are given: nobody is asked for what is not needed
const CONSEQUENCE = { terms: "privacy.withdraw_terms", privacy: "privacy.withdraw_privacy", location: "privacy.withdraw_location", realname: "privacy.withdraw_realname", guardian: "privacy.withdraw_guardian" };

export function show({ memory, cache }) {
  const body = h("div", { class: "stack" }, skeleton(3));
  return {
    title: t("privacy.page"),
    name: "privacy",
    ready: load(body, memory, cache),
    element: h("div", { class: "stack" }, topBar(t("privacy.page"), "/me"),
      h("header", { class: "heading" }, h("h1", {}, t("privacy.page")), h("p", { class: "quiet" }, t("privacy.lead"))), body),
  };
}

async function load(body, memory, cache) {
  try {
    if (!cache.has("texts")) {
      const [texts, mine, copy, leaving] = await Promise.all([
        get("/consents"), mineOr({ items: [] }, "/me/consents"), getCopy() ? mineOr(null, `/me/export/${encodeURIComponent(getCopy())}`) : null, mineOr({ effective_on: null }, "/me/deletion"),
      ]);
      cache.set("texts", texts.items);
      cache.set("mine", mine.items);
      cache.set("copy", copy);
      cache.set("leaving", leaving.effective_on);
    }
    const again = () => draw(body, memory, cache, again);
    again();
  } catch (problem) {
    refill(body, trouble(problem, () => { refill(body, skeleton(3)); load(body, memory, cache); }));
  }
}

/** Something of one's own; what is not there yet, or nobody signed in, is `nothing`. */
async function mineOr(nothing, path) {
  if (!hasSession()) return nothing;
  try {
    return await getMine(path);
  } catch (problem) {
    if (problem instanceof Refusal && problem.status === 404) return nothing;
    throw problem;
  }
}

function draw(body, memory, cache, again) {
  refill(body,
    h("section", { class: "card", "aria-labelledby": "consents" }, h("h2", { id: "consents" }, t("privacy.consents")),
      h("ul", { class: "consents" }, shown(cache).map((text) => consentItem(text, memory, cache, again)))),
    hasSession() ? [copySection(cache, again), leaveSection(memory, cache, again)]
      : h("section", { class: "card stack" }, note("shield", t("privacy.nothing_kept")), linkButton(t("privacy.back_home"), "/")));
}

const standing = (cache, purpose) => cache.get("mine").find((one) => one.purpose === purpose && !one.withdrawn_at);
const shown = (cache) => cache.get("texts").filter(({ purpose }) => ALWAYS_SHOWN.includes(purpose) || standing(cache, purpose));

function consentItem(text, memory, cache, again) {
  const given = standing(cache, text.purpose);
  return h("li", { class: "consent" },
    h("div", { class: "consent-head" },
      h("h3", {}, text.title, text.draft ? h("span", { class: "badge badge-closed" }, t("privacy.draft")) : null),
      h("p", { class: "quiet" }, stateOf(text, given, cache))),
    !hasSession() || memory.withdrawing === text.purpose ? null : h("div", { class: "consent-acts" }, given && !given.outdated
      ? button(t("privacy.withdraw"), { kind: "quiet", onClick: () => { memory.withdrawing = text.purpose; again(); focusOn(text.purpose); } })
      : button(given ? t("privacy.agree_new") : t("privacy.agree"), { onClick: (event) => busyWhile(event.currentTarget, () => agree(text, cache, again)) })),
    h("details", { class: "consent-text" }, h("summary", {}, t("privacy.read")),
      h("div", {}, text.text.split("\n").filter(Boolean).map((line) => h("p", {}, line)))),
    memory.withdrawing === text.purpose ? confirm(text, memory, cache, again) : null);
}

function stateOf(text, given, cache) {
  if (given) return t(given.outdated ? "privacy.given_old" : "privacy.given", { when: day(given.given_at.slice(0, 10)), version: given.version });
  const last = cache.get("mine").find(({ purpose }) => purpose === text.purpose);
  return last ? t("privacy.withdrawn", { when: day(last.withdrawn_at.slice(0, 10)) }) : t("privacy.not_given");
}

function confirm(text, memory, cache, again) {
  const close = () => { delete memory.withdrawing; again(); };
  return h("div", { class: "stack consent-sure", id: `sure-${text.purpose}`, tabindex: "-1" },
    note("info", t(CONSEQUENCE[text.purpose] || "privacy.withdraw_other"), "sand"),
    h("div", { class: "actions" },
      button(t("privacy.keep"), { onClick: close }),
      button(t("privacy.withdraw_yes"), { sign: "close", onClick: (event) => busyWhile(event.currentTarget, () => withdraw(text, memory, cache, again)) })));
}

const focusOn = (purpose) => document.getElementById(`sure-${purpose}`).focus();

async function agree(text, cache, again) {
  await told(cache, again, async () => {
    await change("POST", "/me/consents", { purpose: text.purpose, version: text.version });
  });
}

async function withdraw(text, memory, cache, again) {
  await told(cache, again, async () => {
    await change("DELETE", `/me/consents/${text.purpose}`);
    delete memory.withdrawing;
  });
}

/** Do something about a consent, read anew what stands, and say what went wrong where it was pressed. */
async function told(cache, again, act) {
  try {
    await act();
    const [texts, mine] = await Promise.all([get("/consents"), getMine("/me/consents")]);
    cache.set("texts", texts.items);
    cache.set("mine", mine.items);
    again();
  } catch (problem) {
    again();
    document.querySelector(".consents").before(trouble(problem, () => told(cache, again, act)));
  }
}
