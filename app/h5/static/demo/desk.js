/** The demo's desk: simulated positions and sample posters, so that every verdict can be seen from a chair. */

import { h, refill } from "../dom.js";
import { icon } from "../icons.js";
import { locale, t } from "../i18n.js";
import { cutLine, isCut } from "../network.js";
import { simulate } from "../place.js";
import { fillDeskSlot } from "../desk_slot.js";
import { redraw } from "../router.js";

const KEPT = "ouyu.demo.place";
const CUT = "ouyu.demo.cut"; // the demo's line is cut for this tab until it is mended
const OFFERED = "ouyu.demo.desk";
const DEVICE = "device";
let desk = { places: [], codes: [], people: [] };

/** Fetch what the desk offers and take the place of the device's position. */
export async function open() {
  if (sessionStorage.getItem(CUT)) cutLine(true);
  if (!(await read())) return;
  choose(chosen());
  fillDeskSlot(drawDesk);
}

async function read() {
  try {
    const answer = await fetch("/demo/desk.json");
    if (answer.ok) desk = await answer.json();
  } catch {
    desk = JSON.parse(sessionStorage.getItem(OFFERED)) || desk; // really no network: what was offered before still does
  }
  sessionStorage.setItem(OFFERED, JSON.stringify(desk));
  return desk.places.length > 0;
}

function cutOrMend() {
  const on = !isCut();
  if (on) sessionStorage.setItem(CUT, "1");
  else sessionStorage.removeItem(CUT);
  cutLine(on);
  redraw();
}

/** Take a code as it is now: the digits on the screen have changed since the page was opened. */
async function pickUp(key, onCode) {
  await read();
  const code = desk.codes.find((each) => each.key === key);
  if (code) onCode(code.credential);
}

const chosen = () => sessionStorage.getItem(KEPT) || desk.places[0].key;

function choose(key) {
  sessionStorage.setItem(KEPT, key);
  simulate(desk.places.find((place) => place.key === key) || null);
}

const nameOf = (thing) => (locale() === "en" ? thing.name.en : thing.name.zh);

function drawDesk(wants, onTaken) {
  const panel = h("section", { class: "desk", "aria-label": t("demo.label") });
  if (wants === "people") return refill(panel, peoplePicker(onTaken));
  const choices = [...desk.places.map((place) => [place.key, nameOf(place)]), [DEVICE, t("demo.device")]];
  if (wants === "place") return refill(panel, placePicker(choices));
  refill(panel,
    h("p", { class: "desk-head" }, h("strong", { class: "desk-mark" }, t("demo.mark")), h("span", {}, t("demo.place"))),
    h("div", { class: "desk-choices", role: "group", "aria-label": t("demo.place") },
      choices.map(([key, name]) => h("button", {
        type: "button",
        class: "chip",
        "aria-pressed": key === chosen() ? "true" : "false",
        dataset: { place: key, keep: `desk-${key}` },
        onClick: () => { choose(key); redraw(); },
      }, name)),
      h("button", { type: "button", class: "chip", "aria-pressed": isCut() ? "true" : "false", dataset: { network: "cut", keep: "desk-cut" }, onClick: cutOrMend }, icon("cloud"), t("demo.cut"))),
    h("p", { class: "desk-head" }, h("span", {}, t("demo.codes"))),
    h("div", { class: "desk-choices" },
      desk.codes.map((code) => h("button", {
        type: "button",
        class: "chip",
        dataset: { code: code.key },
        onClick: () => pickUp(code.key, onTaken),
      }, nameOf(code)))));
  return panel;
}

/** Whose phone to sign in by; its code is shown once it is asked for. */
const peoplePicker = (onPhone) => [
  h("p", { class: "desk-head" }, h("strong", { class: "desk-mark" }, t("demo.mark")), h("span", {}, t("demo.people"))),
  h("div", { class: "desk-choices" },
    desk.people.map((person) => h("button", {
      type: "button",
      class: "chip",
      dataset: { person: person.key },
      onClick: () => onPhone(person.phone),
    }, nameOf(person)))),
];

/** The same switch in one line, for screens that only use the position. */
const placePicker = (choices) =>
  h("label", { class: "desk-line" },
    h("strong", { class: "desk-mark" }, t("demo.mark")), h("span", {}, t("demo.place")),
    h("select", {
      class: "pill-select",
      dataset: { keep: "desk" },
      onChange: (event) => { choose(event.target.value); redraw(); },
    }, choices.map(([key, name]) => h("option", { value: key, selected: key === chosen() }, name))));
