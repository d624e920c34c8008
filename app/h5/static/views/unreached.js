/** A screen whose script did not come, for want of a network or because the page is older than the server: load it anew. */

import { NoAnswer } from "../api.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { trouble } from "../parts.js";

export const show = () => ({
  title: t("unreached.title"),
  name: "unreached",
  element: h("div", { class: "stack" },
    h("header", { class: "heading" }, h("h1", {}, t("unreached.title"))),
    trouble(new NoAnswer("no script"), () => location.reload())),
});
