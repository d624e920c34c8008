/** The part of 打卡 that reads a poster: by camera, by a photo; when neither works, the other ways stand beside it. */

import { NoAnswer, Refusal } from "../api.js";
import { canUseCamera, readPhoto, watchCamera } from "../camera.js";
import { h, refill } from "../dom.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";
import { busyWhile, button, note } from "../parts.js";
import { go } from "../router.js";
import { stationOf } from "../visit.js";

/** The card; `leave` stops the camera when the screen changes. */
export function scanCard() {
  const card = h("section", { class: "card stack scan", "aria-label": t("checkin.by_scan") });
  const screen = { card, said: h("div", { role: "alert" }), stop: () => {} };
  offer(screen);
  return { element: card, leave: () => screen.stop() };
}

function offer(screen) {
  const camera = canUseCamera();
  refill(screen.card,
    h("p", { class: "quiet" }, t(camera ? "scan.purpose_camera" : "scan.purpose_photo")),
    screen.said,
    h("div", { class: "actions" },
      camera ? button(t("scan.camera"), { kind: "main", sign: "camera", onClick: (event) => busyWhile(event.currentTarget, () => useCamera(screen)) }) : null,
      photoButton(screen, camera ? "plain" : "main")),
    h("p", { class: "field-hint" }, t("scan.other_ways")));
}

/** A real file field over the look of a button: it opens the phone's own camera. */
function photoButton(screen, kind) {
  const field = h("input", { type: "file", accept: "image/*", capture: "environment", "aria-label": t("scan.photo"), onChange: () => takePhoto(screen, field, label) });
  const label = h("label", { class: `button button-${kind} photo-button` }, icon("camera"), h("span", { "aria-hidden": "true" }, t("scan.photo")), field);
  return label;
}

function takePhoto(screen, field, label) {
  const [file] = field.files;
  if (!file) return;
  refill(screen.said);
  busyWhile(label, async () => {
    try {
      take(screen, await readPhoto(file));
    } catch (problem) {
      if (!(problem instanceof NoAnswer) && !(problem instanceof Refusal)) throw problem;
      const [first] = (problem.facts && problem.facts.errors) || [];
      say(screen, problem instanceof NoAnswer ? t("scan.no_answer") : first ? first.message : problem.message);
    } finally {
      field.value = ""; // the same photo may be chosen again
    }
  });
}

async function useCamera(screen) {
  refill(screen.said);
  const video = h("video", { class: "scan-video", playsinline: true, muted: true, "aria-label": t("scan.view") });
  try {
    const { found, stop } = await watchCamera(video);
    screen.stop = stop;
    if (!screen.card.isConnected) return void stop();
    refill(screen.card,
      h("div", { class: "scan-view" }, video, h("span", { class: "scan-frame", "aria-hidden": "true" })),
      h("p", { class: "center", role: "status" }, t("scan.hold")),
      button(t("scan.close"), { kind: "plain", sign: "close", onClick: () => { stop(); offer(screen); screen.card.querySelector("button").focus(); } }));
    screen.card.scrollIntoView({ block: "center" });
    found.then((text) => { if (text) take(screen, text); });
  } catch (problem) {
    offer(screen);
    say(screen, t(problem && problem.name === "NotAllowedError" ? "scan.denied" : "scan.no_camera"));
  }
}

/** A station's code opens its page, just as any camera app does; another code is told apart. */
function take(screen, text) {
  const path = pathOf(text);
  if (path) {
    if (navigator.vibrate) navigator.vibrate(30);
    go(path);
    return;
  }
  offer(screen);
  say(screen, t("scan.not_ours"));
}

/** `/c/CODE?…` of what a poster or a screen shows, or null; the host it was printed with does not matter. */
function pathOf(text) {
  const code = stationOf(text);
  const [, query] = text.trim().split("?");
  return code && query ? `/c/${code}?${query.split("#")[0]}` : null;
}

function say(screen, sentence) {
  refill(screen.said, note("info", sentence, "sand"));
  screen.said.scrollIntoView({ block: "center" });
}
