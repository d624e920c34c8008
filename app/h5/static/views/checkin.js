/** Check in by reading the poster, by the six digits of a station's screen, or by its link; the result has this address too. */

import { get } from "../api.js";
import { deskSlot } from "../desk_slot.js";
import { h, refill } from "../dom.js";
import { t } from "../i18n.js";
import { busyWhile, button, trouble } from "../parts.js";
import { stationOf, visit } from "../visit.js";
import { waitingCards } from "../waiting.js";
import { showResult } from "./result.js";
import { scanCard } from "./scan.js";

export function show({ query, memory, cache }) {
  if (query.has("result") && memory.outcome) return showResult(memory, cache);
  if (memory.mode === undefined) {
    memory.mode = query.get("station") ? "digits" : "scan";
    memory.station = query.get("station") || "";
    memory.link = "";
    memory.digits = "";
  }
  const screen = { memory, cache, form: h("div", { class: "stack" }), leave: () => {} };
  const ready = draw(screen);
  return {
    title: t("checkin.title"),
    ready,
    leave: () => screen.leave(),
    element: h("div", { class: "stack" },
      h("header", { class: "heading" }, h("h1", {}, t("checkin.title")), h("p", {}, t("checkin.lead"))),
      waitingCards(),
      deskSlot("codes", (credential) => takeFromDesk(screen, credential)),
      screen.form,
      how()),
  };
}

/** The demo's desk lays a poster or digits into the fields, as a scan would. */
function takeFromDesk(screen, credential) {
  const [, station, digits] = /^([A-Z0-9]+):(\d+)$/.exec(credential) || [];
  Object.assign(screen.memory, digits ? { mode: "digits", station, digits } : { mode: "link", link: credential });
  return draw(screen).then(() => {
    const target = screen.form.querySelector(".button-main");
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "nearest" });
  });
}

async function draw(screen) {
  const { memory } = screen;
  screen.leave();
  screen.leave = () => {};
  if (memory.mode === "scan") {
    const scan = scanCard();
    screen.leave = scan.leave;
    return void refill(screen.form, ways(screen), scan.element);
  }
  const problem = h("p", { class: "field-error", id: "code-problem", role: "alert" });
  const fields = memory.mode === "digits" ? digitFields(screen) : linkFields(screen);
  refill(screen.form,
    ways(screen),
    h("form", { class: "card stack", novalidate: true, onSubmit: (event) => { event.preventDefault(); submit(screen, problem, event.submitter, true); } },
      fields.element, problem,
      h("p", { class: "quiet" }, t("stamping.purpose")),
      h("div", { class: "actions" },
        button(t("station.stamp"), { kind: "main", sign: "stamp", type: "submit" }),
        button(t("stamping.without_place"), { onClick: (event) => submit(screen, problem, event.currentTarget, false) }))));
  await fields.ready;
}

const ways = (screen) =>
  h("div", { class: "segments", role: "group", "aria-label": t("checkin.by") },
    [["scan", "checkin.by_scan"], ["digits", "checkin.by_digits"], ["link", "checkin.by_link"]].map(([mode, word]) => h("button", {
      type: "button", "aria-pressed": screen.memory.mode === mode ? "true" : "false", dataset: { way: mode },
      onClick: () => {
        screen.memory.mode = mode;
        draw(screen);
        screen.form.querySelector('[aria-pressed="true"]').focus();
      },
    }, t(word))));

function linkFields({ memory }) {
  return {
    element: h("label", { class: "field" },
      h("span", { class: "field-label" }, t("checkin.link_label")),
      h("input", {
        class: "field-input", type: "text", name: "credential", value: memory.link, maxlength: 500, autocomplete: "off", autocapitalize: "characters",
        spellcheck: "false", enterkeyhint: "go", placeholder: "ZHANQIAO?v=…&k=…", "aria-describedby": "code-problem link-hint",
        onInput: (event) => { memory.link = event.target.value; },
      }),
      h("span", { class: "field-hint", id: "link-hint" }, t("checkin.link_hint"))),
  };
}

function digitFields(screen) {
  const { memory, cache } = screen;
  const select = h("select", { class: "field-select", name: "station", onChange: (event) => { memory.station = event.target.value; } });
  const fill = (stations) => {
    refill(select, h("option", { value: "" }, t("checkin.choose_station")),
      stations.map(({ code, name }) => h("option", { value: code, selected: code === memory.station }, name)));
    if (memory.station && !stations.some(({ code }) => code === memory.station)) {
      select.append(h("option", { value: memory.station, selected: true }, memory.station));
    }
  };
  const place = h("div", {});
  const read = async () => {
    try {
      if (!cache.has("stations")) cache.set("stations", (await get("/stations", { limit: 100 })).items);
      refill(place);
      fill(cache.get("stations"));
    } catch (problem) {
      refill(place, trouble(problem, read));
    }
  };
  fill(cache.get("stations") || []);
  return {
    ready: read(),
    element: h("div", { class: "stack" },
      h("label", { class: "field" }, h("span", { class: "field-label" }, t("checkin.station_label")), select), place,
      h("label", { class: "field" },
        h("span", { class: "field-label" }, t("checkin.digits_label")),
        h("input", {
          class: "field-input digits", type: "text", name: "digits", value: memory.digits, inputmode: "numeric", maxlength: 6, autocomplete: "one-time-code",
          enterkeyhint: "go", placeholder: "000000", "aria-describedby": "code-problem digits-hint",
          onInput: (event) => { memory.digits = event.target.value; },
        }),
        h("span", { class: "field-hint", id: "digits-hint" }, t("checkin.digits_hint")))),
  };
}

function submit(screen, problem, pressed, usePlace) {
  const { memory, form } = screen;
  const found = memory.mode === "digits" ? digitCredential(memory) : linkCredential(memory);
  const field = found.field && form.querySelector(`[name="${found.field}"]`);
  form.querySelectorAll("[aria-invalid]").forEach((each) => each.removeAttribute("aria-invalid"));
  problem.textContent = found.say ? t(found.say) : "";
  if (field) {
    field.setAttribute("aria-invalid", "true");
    field.focus();
    return;
  }
  busyWhile(pressed || form.querySelector(".button-main"), () => visit({ credential: found.credential, usePlace }));
}

/** Only what is plainly unfinished is stopped here; whether a code is right is for the server to say. */
function linkCredential({ link }) {
  const credential = link.trim();
  if (!credential) return { field: "credential", say: "checkin.link_missing" };
  return stationOf(credential) ? { credential } : { field: "credential", say: "checkin.link_unclear" };
}

function digitCredential({ station, digits }) {
  const plain = digits.trim().replace(/[０-９]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0));
  if (!station) return { field: "station", say: "checkin.station_missing" };
  return /^\d{6}$/.test(plain) ? { credential: `${station}:${plain}` } : { field: "digits", say: "checkin.digits_missing" };
}

const how = () =>
  h("section", { class: "card", "aria-labelledby": "how-title" },
    h("h2", { id: "how-title" }, t("checkin.how")),
    h("ol", { class: "steps" }, ["checkin.how_1", "checkin.how_2", "checkin.how_3"].map((word) => h("li", {}, t(word)))),
    h("a", { class: "link", href: "/stations" }, t("checkin.find")));
