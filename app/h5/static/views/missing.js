/** The screen for an address nobody answers to; reached only by a link that is older than the page. */

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { empty, linkButton } from "../parts.js";

export const show = () => ({
  title: t("missing.title"),
  name: "missing",
  element: h("div", { class: "stack" },
    h("header", { class: "heading" }, h("h1", {}, t("missing.title"))),
    empty(t("missing.help"), linkButton(t("missing.home"), "/", { kind: "main", sign: "home" }))),
});
