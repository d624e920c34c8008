/** Screens for what cannot be shown: an address nobody answers to, and a screen that did not load. */

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { button, empty, linkButton } from "../parts.js";

/** An address of ours without a screen; reached only by a link that is older than the page. */
export const show = () => screen("missing.title", "missing.help", linkButton(t("missing.home"), "/", { kind: "main", sign: "home" }));

/** The screen's own files did not arrive. */
export const offline = {
  show: () => screen("verdict.no_answer", "state.no_answer", button(t("state.retry"), { kind: "main", sign: "retry", onClick: () => location.reload() })),
};

const screen = (title, help, action) => ({
  title: t(title),
  name: "missing",
  element: h("div", { class: "stack" }, h("header", { class: "heading" }, h("h1", {}, t(title))), empty(t(help), action)),
});
