/** Switch the language or 长辈版 without leaving the screen or losing what was typed. */

import { change, hasSession } from "./api.js";
import { loadLocale, locale, t } from "./i18n.js";
import * as prefs from "./prefs.js";
import { redraw } from "./router.js";
import { toast } from "./shell.js";

/** The other language. */
export const otherLocale = () => (locale() === "en" ? "zh-CN" : "en");

/** Speak another language from here on, also with the server. */
export async function speak(next) {
  try {
    await loadLocale(next);
  } catch {
    toast(t("state.no_answer"));
    return;
  }
  prefs.setLocale(next);
  tellServer({ locale: next });
  await redraw();
}

/** Turn 长辈版 on or off from here on. */
export async function setElder(on) {
  prefs.setElder(on);
  tellServer({ elder_mode: on });
  await redraw({ forget: false });
}

/** The choice counts on this device at once; the account hears of it when it can. */
function tellServer(wish) {
  if (hasSession()) change("PATCH", "/me", wish).catch(() => {});
}
