/** Make elements without markup strings: text from the server is always text. */

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element. `attributes`: `on` + event for listeners, `dataset` an object, true for bare, null/false to leave out. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element; the same rules. */
export function s(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2).toLowerCase(), value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  put(element, children);
  return element;
}

function put(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) put(element, child);
    else element.append(child);
  }
}

/** Replace what an element holds. */
export function refill(element, ...children) {
  while (element.firstChild) element.firstChild.remove();
  put(element, children);
  return element;
}

/** The same for a whole screen, whose heading keeps the focus if it had it. */
export function refillScreen(element, ...children) {
  const held = document.activeElement === element.querySelector("h1");
  refill(element, children);
  const heading = held && element.querySelector("h1");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

/** Turn one of our own drawings (a constant of this repository, never data) into an SVG element. */
export function drawing(markup) {
  return document.importNode(new DOMParser().parseFromString(markup, "image/svg+xml").documentElement, true);
}
