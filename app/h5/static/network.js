/** Whether there is a network: what the browser says, what our last call met, and in the demo a line cut by hand. */

const heard = new EventTarget();
let cut = false;
let silent = false;
let last = !navigator.onLine;

/** No network, or a server that does not answer. */
export const isOffline = () => cut || silent || !navigator.onLine;

/** Nothing can leave this device now, so a call need not be tried. */
export const isCut = () => cut;

/** Hear of every change. */
export const onNetworkChange = (listener) => heard.addEventListener("change", listener);

/** Cut the line by hand, or mend it; the demo's desk does. */
export function cutLine(on) {
  cut = on;
  tell();
}

/** Say whether the last call got an answer, of whatever kind. */
export function noteAnswered(answered) {
  silent = !answered;
  tell();
}

function tell() {
  if (isOffline() === last) return;
  last = isOffline();
  heard.dispatchEvent(new Event("change"));
}

addEventListener("offline", tell);
addEventListener("online", () => { silent = false; tell(); });
