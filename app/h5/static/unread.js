/** Whether something in the inbox was not read yet: asked in the background, in nobody's way. */

import { getMine, hasSession } from "./api.js";

const EVERY_MS = 120000;
let any = false;
let askedAt = 0;
let changed = () => {};

export const hasUnread = () => any && hasSession();

/** Draw with `draw` whenever it changes; look now, and again when the page comes back to the front. */
export function followUnread(draw) {
  changed = draw;
  draw(); // a screen may have seen something already
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  return look();
}

/** Ask, at most every two minutes. */
export async function look() {
  if (!hasSession() || Date.now() - askedAt < EVERY_MS) return;
  askedAt = Date.now();
  try {
    note((await getMine("/me/inbox", { unread: "true", limit: 1 })).items.length > 0);
  } catch {
    // no answer: the dot stays as it is
  }
}

/** What a screen has just seen for itself. */
export function note(found) {
  if (found === any) return;
  any = found;
  changed();
}
