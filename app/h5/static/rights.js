/** Two rights over one's own data, as sections of a screen: a copy to take home, and leaving for good. */

import { change, getMine } from "./api.js";
import { h } from "./dom.js";
import { day, dayAndClock, t } from "./i18n.js";
import { icon } from "./icons.js";
import { busyWhile, button, note, trouble } from "./parts.js";
import { setCopy } from "./prefs.js";

const LOOK_AGAIN_MS = 2000;
const LOSES = ["leave.lose_account", "leave.lose_stamps", "leave.lose_access", "leave.stays"];

/** A copy of everything kept about the person: ask, wait, fetch once. */
export function copySection(cache, again) {
  const copy = cache.get("copy");
  const state = copy ? copy.state : null;
  const problem = h("div", {});
  const ask = async () => {
    try {
      const asked = await change("POST", "/me/export");
      setCopy(asked.id);
      cache.set("copy", asked);
      again();
      await follow(cache, again);
    } catch (refusal) {
      problem.replaceChildren(trouble(refusal, ask));
    }
  };
  const spent = () => setTimeout(() => { cache.set("copy", { ...copy, state: "expired" }); again(); }, 300);
  return h("section", { class: "card stack", "aria-labelledby": "copy" },
    h("h2", { id: "copy" }, t("copy.title")), h("p", {}, t("copy.what")),
    h("div", { role: "status" },
      state === "preparing" ? note("hourglass", t("copy.preparing")) : null,
      state === "ready" ? note("done", t("copy.ready", { when: dayAndClock(copy.expires_at) }), "pine") : null),
    problem,
    h("div", { class: "actions" },
      state === "ready"
        ? h("a", { class: "button button-main", href: copy.download_url, download: "", onClick: spent }, icon("download"), h("span", {}, t("copy.download")))
        : button(t(state === "preparing" ? "copy.look" : "copy.ask"), {
          sign: state === "preparing" ? "retry" : "download",
          onClick: (event) => busyWhile(event.currentTarget, () => (state === "preparing" ? follow(cache, again) : ask())),
        })));
}

/** Look until the copy is ready, for a minute at most; the button looks again. */
async function follow(cache, again) {
  const { id } = cache.get("copy");
  for (let turn = 0; turn < 30 && document.querySelector("#copy"); turn += 1) {
    const now = await getMine(`/me/export/${encodeURIComponent(id)}`);
    cache.set("copy", now);
    if (now.state !== "preparing") break;
    await new Promise((done) => setTimeout(done, LOOK_AGAIN_MS));
  }
  if (document.querySelector("#copy")) again();
}

/** Leaving: what goes, what stays, the seven days, and the way back. */
export function leaveSection(memory, cache, again) {
  const on = cache.get("leaving");
  const problem = h("div", {});
  const act = async (method) => {
    try {
      const answer = await change(method, "/me/deletion");
      cache.set("leaving", answer ? answer.effective_on : null);
      delete memory.goingAway;
      again();
    } catch (refusal) {
      problem.replaceChildren(trouble(refusal, () => act(method)));
    }
  };
  const press = (word, method, sign) => button(word, { sign, onClick: (event) => busyWhile(event.currentTarget, () => act(method)) });
  return h("section", { class: "card stack", "aria-labelledby": "leave" },
    h("h2", { id: "leave" }, t("leave.title")),
    h("div", { role: "status" }, on ? note("hourglass", t("leave.pending", { day: day(on) }), "sand") : null),
    on ? null : h("p", {}, t("leave.what")),
    on || !memory.goingAway ? null : h("ul", { class: "leave-list" }, LOSES.map((line) => h("li", {}, icon("info"), h("span", {}, t(line))))),
    problem,
    on ? h("div", { class: "actions" }, press(t("leave.take_back"), "DELETE", "again"))
      : memory.goingAway
        ? h("div", { class: "actions" },
          button(t("leave.stay"), { onClick: () => { delete memory.goingAway; again(); } }),
          press(t("leave.yes"), "POST", "leave"))
        : h("div", { class: "actions" }, button(t("leave.look"), { onClick: () => { memory.goingAway = true; again(); } })));
}
