/** What long lists share: a choice among names, and the foot that reads on or says where the list ends. */

import { h } from "./dom.js";
import { busyWhile, button, trouble } from "./parts.js";

/** A choice among `items` ({code, name}); its first option is any. */
export function picker(anyWord, items, chosen, onChoose) {
  const select = h("select", { class: `pill-select${chosen ? " is-set" : ""}`, "aria-label": anyWord, onChange: () => { select.classList.toggle("is-set", Boolean(select.value)); onChoose(select.value); } },
    h("option", { value: "" }, anyWord),
    items.map((item) => h("option", { value: item.code, selected: item.code === chosen }, item.name)));
  return select;
}

/**
 * The foot of a list whose `screen.cache` holds the `next` cursor: a button that runs `more`, by itself when it comes into
 * sight, or the `end` in words. `again` draws the list anew after a failure. The watcher is left in `screen.watcher`.
 */
export function listFoot(screen, { more, word, end, again }) {
  if (!screen.cache.get("next")) return h("p", { class: "list-end" }, end);
  const readOn = button(word, { kind: "quiet", onClick: () => busyWhile(readOn, () => more().catch((problem) => readOn.replaceWith(trouble(problem, again)))) });
  readOn.classList.add("button-wide");
  if (window.IntersectionObserver) {
    screen.watcher = new IntersectionObserver(([edge]) => { if (edge.isIntersecting) readOn.click(); }, { rootMargin: "200px" });
    screen.watcher.observe(readOn);
  }
  return readOn;
}
