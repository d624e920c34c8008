/** Start the phone page: language, elder mode, in the demo its desk, then the first screen. */

import { loadFirstLocale } from "./i18n.js";
import { applyElder } from "./prefs.js";
import { start } from "./router.js";
import { drawShell } from "./shell.js";

async function begin() {
  applyElder();
  await loadFirstLocale();
  if (document.documentElement.dataset.profile === "demo") {
    const desk = await import("./demo/desk.js");
    await desk.open();
  }
  await start(document.getElementById("main"), drawShell);
}

begin().catch(() => {
  document.getElementById("boot-trouble").hidden = false; // without the words no screen can be drawn: the shell has these two
});
