/** Draw a station's stamp from data: frame, ink, tilt and wear follow from the code, so no two are alike. */

import { s } from "./dom.js";
import { silhouetteOf } from "./silhouettes.js";

const FRAMES = ["round", "scallop", "octagon", "tile", "seal", "oval"];
const INKS = ["tile", "sea", "pine", "plum"];
const MIDDLE = 100;
let drawn = 0;

/** A stream of numbers in [0, 1) that a code always begins alike (FNV-1a, then xorshift). */
function chance(code) {
  let state = 2166136261;
  for (const letter of code) state = Math.imul(state ^ letter.charCodeAt(0), 16777619) >>> 0;
  return () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 4294967296;
  };
}

/**
 * The stamp of `station` ({code, name}) with `date` (YYYY-MM-DD), or, without a date, the empty place it will fill.
 * `label` is what a screen reader says; without it the drawing is decoration.
 */
export function stamp(station, { date = null, label = null } = {}) {
  const random = chance(`${station.code}/stamp`);
  for (let i = 0; i < 5; i += 1) random();
  const frame = FRAMES[Math.floor(random() * FRAMES.length)];
  const ink = INKS[Math.floor(random() * INKS.length)];
  const tilt = (random() * 16 - 8).toFixed(1);
  const id = `stamp-${station.code}-${(drawn += 1)}`;
  const attributes = {
    class: date ? `stamp stamp-${ink}` : "stamp stamp-empty",
    viewBox: "0 0 200 200",
    role: label ? "img" : null,
    "aria-label": label,
    "aria-hidden": label ? null : "true",
    focusable: "false",
  };
  if (!date) {
    return s("svg", attributes,
      s("path", { class: "stamp-outline", d: outline(frame, 90, random, 0) }),
      motif(station, frame));
  }
  return s("svg", attributes,
    wear(id, random),
    s("g", { mask: `url(#${id}-wear)`, transform: `rotate(${tilt} 100 100)` },
      s("path", { class: "stamp-frame", d: outline(frame, 94, random, 0.8), "stroke-width": 4.4 }),
      s("path", { class: "stamp-frame", d: outline(frame, 88, random, 0.5), "stroke-width": 1.3 }),
      lettering(station, frame, id),
      motif(station, frame),
      dateline(date, frame)));
}

/** The station's silhouette, or its first character, where the frame leaves room. */
function motif(station, frame) {
  const place = silhouetteOf(station.code);
  const [size, x, y] = frame === "tile" ? [84, 58, 54] : frame === "seal" ? [88, 56, 49] : [84, 58, 41];
  if (!place) {
    const first = station.name.replace(/^[^\p{L}\p{N}]+/u, "").charAt(0);
    return s("text", { class: "stamp-character", x: MIDDLE, y: y + size * 0.84, "font-size": size * 0.84, "text-anchor": "middle" }, first);
  }
  return s("g", { class: "stamp-motif", transform: `translate(${x} ${y}) scale(${size / 100})` },
    s("path", { d: place.solid, "fill-rule": "evenodd" }),
    place.line ? s("path", { class: "stamp-line", d: place.line }) : null);
}

/** The name along the upper edge, the city along the lower one. */
function lettering(station, frame, id) {
  const name = station.name.replace(/[（(].*$/, "").replace(/\s*·.*$/, "").trim();
  const straight = frame === "tile" || frame === "seal";
  const wide = width(name);
  if (straight) {
    const size = Math.min(16, (frame === "tile" ? 102 : 116) / wide);
    return [
      s("text", { class: "stamp-words", x: MIDDLE, y: frame === "tile" ? 46 : 43, "font-size": size, "text-anchor": "middle" }, name),
      s("text", { class: "stamp-city", x: MIDDLE, y: 172, "font-size": 7.5, "text-anchor": "middle", "letter-spacing": 3.2 }, "QINGDAO"),
    ];
  }
  const [rx, ry] = frame === "oval" ? [61, 67] : frame === "octagon" ? [63, 63] : [67, 67];
  const size = Math.min(16, (2.55 * rx) / wide);
    return [
    s("path", { id: `${id}-up`, fill: "none", d: `M${100 - rx} 100A${rx} ${ry} 0 0 1 ${100 + rx} 100` }),
    s("path", { id: `${id}-down`, fill: "none", d: `M${100 - rx - 8} 100A${rx + 8} ${ry + 8} 0 0 0 ${100 + rx + 8} 100` }),
    s("text", { class: "stamp-words", "font-size": size, "text-anchor": "middle", "letter-spacing": wide < 7 ? 2 : 0 },
      s("textPath", { href: `#${id}-up`, startOffset: "50%" }, name)),
    s("text", { class: "stamp-city", "font-size": 9, "text-anchor": "middle", "letter-spacing": 3 },
      s("textPath", { href: `#${id}-down`, startOffset: "50%" }, "QINGDAO")),
  ];
}

function dateline(date, frame) {
  const y = frame === "tile" || frame === "seal" ? 157 : 146;
  return [
    s("text", { class: "stamp-date", x: MIDDLE, y, "font-size": 16.5, "text-anchor": "middle", "letter-spacing": 0.6 }, date.replace(/-/g, ".")),
    s("path", { class: "stamp-frame", "stroke-width": 1, d: `M54 ${y - 15.500}h92M62 ${y + 4.500}h76` }),
  ];
}

/** What the ink missed: specks, and one side pressed more lightly. */
function wear(id, random) {
  let specks = "";
  for (let i = 0; i < 46; i += 1) {
    const [x, y, r] = [random() * 200, random() * 200, 0.4 + random() * random() * 2.1];
    specks += `M${x.toFixed(1)} ${y.toFixed(1)}m${-r.toFixed(2)} 0a${r.toFixed(2)} ${(r * 0.7).toFixed(2)} ${Math.round(random() * 90)} 1 0 ${(r * 2).toFixed(2)} 0a${r.toFixed(2)} ${(r * 0.7).toFixed(2)} 0 1 0 ${(-r * 2).toFixed(2)} 0`;
  }
  const turn = Math.round(random() * 360);
  return s("defs", {},
    s("linearGradient", { id: `${id}-press`, gradientTransform: `rotate(${turn} .5 .5)` },
      s("stop", { offset: "0", "stop-color": "#fff", "stop-opacity": 0.55 + random() * 0.2 }),
      s("stop", { offset: ".45", "stop-color": "#fff", "stop-opacity": 0.97 }),
      s("stop", { offset: "1", "stop-color": "#fff" })),
    s("mask", { id: `${id}-wear`, maskUnits: "userSpaceOnUse", x: 0, y: 0, width: 200, height: 200 },
      s("rect", { width: 200, height: 200, fill: `url(#${id}-press)` }),
      s("path", { d: specks, fill: "#000" })));
}

/** A frame's edge as a smooth closed line that wavers by about `slack` units, as rubber does. */
function outline(frame, radius, random, slack) {
  const phases = [random() * 6.3, random() * 6.3, random() * 6.3];
  const points = edge(frame, radius).map(([x, y], i, all) => {
    const a = (i / all.length) * Math.PI * 2;
    const r = 1 + (slack * (Math.sin(3 * a + phases[0]) + Math.sin(7 * a + phases[1]) * 0.6 + Math.sin(17 * a + phases[2]) * 0.3)) / radius;
    return [MIDDLE + (x - MIDDLE) * r, MIDDLE + (y - MIDDLE) * r];
  });
  const between = ([ax, ay], [bx, by]) => `${((ax + bx) / 2).toFixed(1)} ${((ay + by) / 2).toFixed(1)}`;
  let d = `M${between(points[points.length - 1], points[0])}`;
  points.forEach((point, i) => {
    d += `Q${point[0].toFixed(1)} ${point[1].toFixed(1)} ${between(point, points[(i + 1) % points.length])}`;
  });
  return `${d}z`;
}

function edge(frame, radius) {
  if (frame === "tile") return along([[100 - radius * 0.86, 100 + radius * 0.94], [100 - radius * 0.86, 100 - radius * 0.3], ...arc(radius), [100 + radius * 0.86, 100 - radius * 0.3], [100 + radius * 0.86, 100 + radius * 0.94]]);
  if (frame === "seal") {
    const [far, cut] = [radius * 0.86, radius * 0.16];
    return along([[100 - far + cut, 100 - far], [100 + far - cut, 100 - far], [100 + far, 100 - far + cut], [100 + far, 100 + far - cut], [100 + far - cut, 100 + far], [100 - far + cut, 100 + far], [100 - far, 100 + far - cut], [100 - far, 100 - far + cut]]);
  }
  if (frame === "octagon") return along(around(8, radius, Math.PI / 8));
  const steps = 96;
  return around(steps, radius, 0).map(([x, y], i) => {
    const scallop = frame === "scallop" ? 1 + 0.028 * Math.abs(Math.sin((i / steps) * Math.PI * 24)) - 0.028 : 1;
    return [100 + (x - 100) * scallop * (frame === "oval" ? 0.93 : 1), 100 + (y - 100) * scallop];
  });
}

const around = (count, radius, from) =>
  Array.from({ length: count }, (_, i) => {
    const a = from + (i / count) * Math.PI * 2 - Math.PI / 2;
    return [100 + radius * Math.cos(a), 100 + radius * Math.sin(a)];
  });

/** The arched head of a roof tile, from left to right. */
const arc = (radius) =>
  Array.from({ length: 13 }, (_, i) => {
    const a = Math.PI + (i / 12) * Math.PI;
    return [100 + radius * 0.86 * Math.cos(a), 100 - radius * 0.3 + radius * 0.66 * Math.sin(a)];
  });

/** Points every few units along a closed polygon, so that corners stay crisp and sides can waver. */
function along(corners) {
  return corners.flatMap(([ax, ay], i) => {
    const [bx, by] = corners[(i + 1) % corners.length];
    const count = Math.max(1, Math.round(Math.hypot(bx - ax, by - ay) / 7));
    return Array.from({ length: count }, (_, k) => [ax + ((bx - ax) * k) / count, ay + ((by - ay) * k) / count]);
  });
}

/** How many Chinese characters wide a word is: Latin letters count a little over half. */
const width = (word) => Array.from(word).reduce((sum, letter) => sum + (letter.charCodeAt(0) > 0x2e80 ? 1 : 0.56), 0);
