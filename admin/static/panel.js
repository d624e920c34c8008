// The panel's own script: nicer ways of doing what every page already does without it.

const csrf = document.body.dataset.csrf ?? "";
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// --- toasts: short words, with a way back where there is one ---------------------------------------

function toast(words, action) {
  let box = document.querySelector(".toasts");
  if (!box) {
    box = element("div", { className: "toasts" });
    box.setAttribute("role", "status");
    document.body.append(box);
  }
  const one = element("div", { className: "toast" }, element("span", { textContent: words }));
  const gone = setTimeout(() => one.remove(), action ? 10000 : 5000);
  if (action) {
    const button = element("button", { type: "button", textContent: action.label });
    button.addEventListener("click", () => { clearTimeout(gone); one.remove(); action.run(); });
    one.append(button);
  }
  box.append(one);
}

// --- menu on a narrow screen -------------------------------------------------------------------------

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (location.hash === "#menu") location.hash = "#main";
  for (const open of all("details.filters-more[open], details.more[open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

document.addEventListener("click", (event) => {
  for (const open of all("details.filters-more[open], details.more[open]")) if (!open.contains(event.target)) open.open = false;
});

// --- filters: a choice acts at once on a wide screen ---------------------------------------------------

for (const form of all("[data-filters]")) {
  form.addEventListener("submit", () => {
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
  });
  const station = form.querySelector("[data-lookup]");
  if (station) lookUp(station);
}
window.addEventListener("pageshow", () => {
  for (const form of all("[data-filters]")) for (const field of form.elements) field.disabled = false;
});

function lookUp(input) {
  let waiting;
  const ask = async () => {
    const answer = await fetch(`${input.dataset.lookup}?q=${encodeURIComponent(input.value)}`, { headers: { "X-Requested-With": "panel" } });
    if (!answer.ok) return;
    const { items } = await answer.json();
    input.list.replaceChildren(...items.map((one) => element("option", { value: one.value, label: `${one.label} ${one.value}` })));
  };
  input.addEventListener("focus", ask);
  input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 200); });
}

// --- buttons that ask first: the same page, in a dialog -------------------------------------------------

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-ask]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || !window.HTMLDialogElement) return;
  event.preventDefault();
  try {
    const answer = await fetch(link.href, { headers: { "X-Requested-With": "panel" } });
    if (!answer.ok) throw new Error(String(answer.status));
    openDialog(await answer.text());
  } catch {
    location.assign(link.href);
  }
});

function openDialog(html) {
  const dialog = element("dialog", { className: "dialog" });
  dialog.innerHTML = html;
  const heading = dialog.querySelector("h2");
  heading.id = "dialog-title";
  dialog.setAttribute("aria-labelledby", heading.id);
  document.body.append(dialog);
  prepare(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
    if (event.target.closest("[data-dismiss]")) { event.preventDefault(); dialog.close(); }
  });
  dialog.showModal();
  dialog.querySelector("[autofocus], input:not([type=hidden]), select, textarea, .form-foot button")?.focus();
}

// --- what a form, here or in a dialog, gets on top -------------------------------------------------------

function prepare(root) {
  for (const box of all("[data-presets]", root)) {
    box.hidden = false;
    const form = box.closest("form");
    box.querySelector("select").addEventListener("change", ({ target }) => {
      const { zh, en } = target.selectedOptions[0].dataset;
      if (!zh) return;
      form.elements.reason_zh.value = zh;
      form.elements.reason_en.value = en;
    });
  }
  for (const box of all(".secret", root)) {
    const input = box.querySelector("input");
    const button = element("button", { type: "button", className: "mini", textContent: "显示" });
    button.addEventListener("click", () => {
      const shown = input.type === "password";
      input.type = shown ? "text" : "password";
      button.textContent = shown ? "隐藏" : "显示";
    });
    box.append(button);
  }
  for (const select of all("dialog [data-ask-form] select")) {
    select.addEventListener("keydown", (event) => { // a browser sends a form by Enter from a line, but not from a choice
      if (event.key === "Enter") { event.preventDefault(); select.form.requestSubmit(); }
    });
  }
  for (const button of all("[data-copy]", root)) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.parentElement.querySelector("[data-copy-text]").textContent.trim());
      toast("已复制。");
    });
  }
  for (const input of all("input[data-max-bytes]", root)) {
    input.addEventListener("change", () => {
      const [file] = input.files;
      const large = file && file.size > Number(input.dataset.maxBytes);
      input.setCustomValidity(large ? `这张照片有 ${(file.size / 1048576).toFixed(1)} MB，最大 5 MB。请缩小后再选。` : "");
      if (large) input.reportValidity();
    });
  }
  for (const form of all("form[data-confirm]", root)) {
    form.addEventListener("submit", (event) => { if (!confirm(form.dataset.confirm)) event.preventDefault(); });
  }
  for (const form of all("form[method=post]", root)) {
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "yes";
    });
  }
}
prepare(document);
window.addEventListener("pageshow", () => { for (const form of all("form[data-sent]")) delete form.dataset.sent; });

for (const form of all("form[data-guard]")) {
  let touched = false;
  form.addEventListener("input", () => { touched = true; });
  form.addEventListener("submit", () => { touched = false; });
  window.addEventListener("beforeunload", (event) => { if (touched) event.preventDefault(); });
}

// --- changing a field in the list, with a way to undo -----------------------------------------------------

for (const box of all("[data-inline]")) {
  const button = box.querySelector(".inline-edit");
  button.hidden = false;
  button.addEventListener("click", () => editInline(box));
}

function editInline(box) {
  if (box.querySelector("form")) return;
  const shown = [...box.children];
  const choices = box.dataset.options ? JSON.parse(box.dataset.options) : null;
  const input = choices
    ? element("select", {}, ...choices.map(([value, words]) => element("option", { value, textContent: words, selected: value === box.dataset.value })))
    : element("input", { type: "text", value: box.dataset.value });
  input.setAttribute("aria-label", box.dataset.label);
  const problems = element("ul", { className: "problems" });
  problems.setAttribute("role", "alert");
  const form = element("form", { className: "inline-form" }, input, problems, element("div", { className: "inline-buttons" },
    element("button", { className: "mini mini-good", textContent: "保存" }),
    element("button", { className: "mini", type: "button", textContent: "取消" })));
  const close = () => { form.remove(); for (const one of shown) one.hidden = false; box.querySelector(".inline-edit").focus(); };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (input.value === box.dataset.value) { close(); return; }
    const problem = await saveInline(box, input.value, true);
    if (problem) problems.replaceChildren(element("li", { textContent: problem }));
    else close();
  });
  form.querySelector("[type=button]").addEventListener("click", close);
  form.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); close(); } });
  for (const one of shown) one.hidden = true;
  box.append(form);
  input.focus();
  input.select?.();
}

async function saveInline(box, value, mayUndo) {
  const row = box.closest("tr");
  const table = box.closest("table");
  const body = new URLSearchParams({ csrf_token: csrf, id: row.dataset.row, name: box.dataset.inline, value, seen_version: row.dataset.version ?? "" });
  let answer, said;
  try {
    answer = await fetch(`/admin/${table.dataset.table}/inline/`, { method: "POST", body, headers: { "X-Requested-With": "panel" } });
    said = await answer.json();
  } catch {
    return "没有连上服务器，还没有保存，请再试一次。";
  }
  if (!answer.ok) return said.message;
  const { before } = said;
  box.dataset.value = said.value;
  box.querySelector(".inline-value").innerHTML = said.html;
  if (said.version !== null) row.dataset.version = said.version;
  toast(said.message, mayUndo ? { label: "撤销", run: async () => { const problem = await saveInline(box, before, false); if (problem) toast(problem); } } : null);
  return "";
}

// --- keys of a page: a letter follows the link or presses the button that carries it ------------------------

document.addEventListener("keydown", (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey || event.target.closest("input, select, textarea, dialog")) return;
  const target = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!target) return;
  event.preventDefault();
  target.click();
});

// --- a chart that does not fit begins at its newest end

for (const box of all(".chart-box")) box.scrollLeft = box.scrollWidth;

// --- the station's editor ---------------------------------------------------------------------------------

for (const tools of all("[data-hours-tools]")) tools.hidden = false;
for (const button of all("[data-copy-hours]")) {
  button.addEventListener("click", () => {
    const rows = all(".hours-row", button.closest(".field").querySelector(".hours-grid"));
    const from = all("select, input", rows[0]);
    for (const row of rows.slice(1, Number(button.dataset.copyHours))) all("select, input", row).forEach((field, n) => { field.value = from[n].value; });
  });
}
for (const button of all("[data-add-exception]")) {
  button.addEventListener("click", () => {
    const grid = document.querySelector("[data-exceptions]");
    const copy = grid.lastElementChild.cloneNode(true);
    for (const field of all("input, select", copy)) {
      field.name = field.name.replace(/x(\d+)/, (_, number) => `x${Number(number) + 1}`);
      field.value = "";
    }
    grid.append(copy);
    copy.querySelector("input").focus();
  });
}

// --- rosters: all of a part at once, and paper ---------------------------------------------------------------

for (const whole of all("[data-tick-all]")) {
  const ticks = all("input[name=ids]", whole.closest("form"));
  const own = whole.querySelector("input");
  whole.hidden = ticks.length < 2;
  own.addEventListener("change", () => { for (const one of ticks) one.checked = own.checked; });
  for (const one of ticks) one.addEventListener("change", () => { own.checked = ticks.every((each) => each.checked); });
}
for (const button of all("[data-print]")) {
  button.hidden = false;
  for (const hint of all("[data-without-script]")) hint.hidden = true;
  button.addEventListener("click", () => window.print());
}
