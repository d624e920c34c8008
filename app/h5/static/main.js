/** Start the phone page: language, elder mode, in the demo its desk, the first screen; then what works without a network. */

import { get } from "./api.js";
import { cityNow, loadFirstLocale } from "./i18n.js";
import { hasTodaysList } from "./kept.js";
import { isOffline, onNetworkChange } from "./network.js";
import { applyElder } from "./prefs.js";
import { openQueue } from "./queue.js";
import { start } from "./router.js";
import { drawShell, followNews, followQueue } from "./shell.js";

const AHEAD_MS = 1500;

async function begin() {
  applyElder();
  await loadFirstLocale();
  if (document.documentElement.dataset.profile === "demo") {
    const desk = await import("./demo/desk.js");
    await desk.open();
  }
  followQueue();
  const queue = openQueue(isOffline, onNetworkChange);
  await start(document.getElementById("main"), drawShell);
  await queue;
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => {}); // without it the page needs a network, no more
  setTimeout(() => { followNews(); readAhead(); }, AHEAD_MS);
}

/** Once a day, read the list of stations for the time without a network. */
async function readAhead() {
  if (isOffline() || await hasTodaysList(cityNow().day)) return;
  await get("/stations", { limit: 100 }).catch(() => {});
}

begin().catch(() => {
  document.getElementById("boot-trouble").hidden = false; // without the words no screen can be drawn: the shell has these two
});
