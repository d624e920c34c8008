/** Draw a short text as a QR code on this device, so that a ticket needs no network. Level M, versions 1 to 3, mask 0. */

import { s } from "./dom.js";

const SIZES = [[14, 16, 10], [26, 28, 16], [42, 44, 26]]; // bytes that fit, codewords of data, codewords of correction
const FORMAT = 0x5412; // what stands around the corner for level M and mask 0
const QUIET = 4;

const EXP = [];
const LOG = [];
for (let i = 0, x = 1; i < 255; i += 1) {
  EXP[i] = x;
  LOG[x] = i;
  x = x > 127 ? (x << 1) ^ 0x11d : x << 1;
}
const times = (a, b) => (a && b ? EXP[(LOG[a] + LOG[b]) % 255] : 0);

/** The code of a text of at most 42 bytes, as an image with a name. */
export function qrCode(text, label) {
  const dark = squares(text);
  const size = dark.length + 2 * QUIET;
  const path = dark.flatMap((row, y) => row.map((on, x) => (on ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : ""))).join("");
  return s("svg", { class: "qr", viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": label, "shape-rendering": "crispEdges" },
    s("rect", { class: "qr-paper", width: size, height: size }), s("path", { class: "qr-ink", d: path }));
}

/** The same as rows of 1 (dark) and 0. */
export function squares(text) {
  const bytes = [...new TextEncoder().encode(text)];
  const version = SIZES.findIndex(([room]) => bytes.length <= room) + 1;
  if (!version) throw new RangeError("too long for a code of this size");
  const [, count, correction] = SIZES[version - 1];
  const data = codewords(bytes, count);
  return fill(frame(version), [...data, ...remainder(data, correction)]);
}

/** Mode 4 (bytes), length, bytes and the end, nibble by nibble; then padding. */
function codewords(bytes, count) {
  const nibbles = [4, bytes.length >> 4, bytes.length & 15, ...bytes.flatMap((byte) => [byte >> 4, byte & 15]), 0];
  const data = Array.from({ length: nibbles.length / 2 }, (_, i) => (nibbles[2 * i] << 4) | nibbles[2 * i + 1]);
  while (data.length < count) data.push((data.length - bytes.length) % 2 ? 0x11 : 0xec);
  return data;
}

/** The Reed–Solomon codewords over GF(256). */
function remainder(data, count) {
  let generator = [1];
  for (let i = 0; i < count; i += 1) generator = [...generator, 0].map((each, k) => each ^ times(generator[k - 1] || 0, EXP[i]));
  const rest = [...data, ...Array(count).fill(0)];
  data.forEach((_, i) => {
    const lead = rest[i];
    generator.forEach((each, k) => { rest[i + k] ^= times(each, lead); });
  });
  return rest.slice(data.length);
}

/** Everything that is the same in each code of a version; null where data goes. */
function frame(version) {
  const size = 17 + 4 * version;
  const grid = Array.from({ length: size }, () => Array(size).fill(null));
  const set = (x, y, on) => { if (grid[y] && x >= 0 && x < size) grid[y][x] = on ? 1 : 0; };
  for (let i = 0; i < size; i += 1) { set(6, i, i % 2 === 0); set(i, 6, i % 2 === 0); }
  const rings = (left, top, reach, light) => {
    for (let dy = -reach; dy <= reach; dy += 1) for (let dx = -reach; dx <= reach; dx += 1) set(left + dx, top + dy, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))));
  };
  [[3, 3], [size - 4, 3], [3, size - 4]].forEach(([x, y]) => rings(x, y, 4, [2, 4]));
  if (version > 1) rings(size - 7, size - 7, 2, [1]);
  for (let i = 0; i < 15; i += 1) {
    const on = (FORMAT >> i) & 1;
    if (i < 6) set(8, i, on);
    else if (i < 8) set(8, i + 1, on);
    else if (i === 8) set(7, 8, on);
    else set(14 - i, 8, on);
    if (i < 8) set(size - 1 - i, 8, on);
    else set(8, size - 15 + i, on);
  }
  set(8, size - 8, true);
  return grid;
}

/** Lay the bits up and down in pairs of columns from the right, inverted where mask 0 says. */
function fill(grid, data) {
  const size = grid.length;
  let bit = 0;
  for (let right = size - 1, up = true; right > 0; right -= right === 8 ? 3 : 2, up = !up) {
    for (let step = 0; step < size; step += 1) {
      const y = up ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (grid[y][x] !== null) continue;
        const on = bit < data.length * 8 ? (data[bit >> 3] >> (7 - (bit % 8))) & 1 : 0;
        grid[y][x] = on ^ ((x + y) % 2 === 0 ? 1 : 0);
        bit += 1;
      }
    }
  }
  return grid;
}
