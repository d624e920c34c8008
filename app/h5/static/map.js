/** The stations as points over a schematic coast; a tap picks the nearest point, the list beside it serves the keyboard. */

import { FRAMES, ISLANDS, MAINLAND } from "./coast.js";
import { h, refill, s } from "./dom.js";
import { number, t, tn } from "./i18n.js";
import { stationRow } from "./parts.js";

const WIDTH = 400;
const TOGETHER = 24; // points nearer than this on the drawing are one bubble
const REACH = 34; // how far from a point a finger may land

/** The map of `stations` with the choice of frame and, below, what was picked. */
export function drawMap(stations, { place, stamps }) {
  const fits = (frame) => stations.filter(({ location }) => within(FRAMES[frame], location)).length;
  let frame = fits("city") >= Math.max(1, stations.length / 2) ? "city" : "all";
  const picked = h("div", { class: "picked", role: "status" });
  const canvas = h("div", { class: "map-canvas" });
  const choice = h("div", { class: "segments", role: "group", "aria-label": t("map.frame") });
  const draw = () => {
    refill(choice, ["city", "all"].map((each) => h("button", {
      type: "button", "aria-pressed": each === frame ? "true" : "false", onClick: () => { frame = each; draw(); choice.querySelector('[aria-pressed="true"]').focus(); },
    }, t(each === "city" ? "map.city" : "map.all"))));
    refill(canvas, sheet(FRAMES[frame], stations, place, stamps, (group) => pick(picked, group, stamps)));
    pick(picked, null, stamps);
  };
  draw();
  return h("section", { class: "map", "aria-label": t("stations.map") }, choice, canvas,
    h("p", { class: "field-hint" }, t("map.schematic")), picked);
}

function pick(picked, group, stamps) {
  if (!group) return refill(picked, h("p", { class: "quiet" }, t("map.hint")));
  return refill(picked, h("ul", { class: "rows" },
    group.map((station) => h("li", {}, stationRow(station, { inked: stamps.has(station.code) })))));
}

const within = ([west, south, east, north], { lat, lng }) => lng >= west && lng <= east && lat >= south && lat <= north;

function sheet(frame, stations, place, stamps, onPick) {
  const [west, south, east, north] = frame;
  const stretch = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = WIDTH / ((east - west) * stretch);
  const height = Math.round((north - south) * scale);
  const at = (lng, lat) => [(lng - west) * stretch * scale, (north - lat) * scale];
  const groups = gather(stations.filter(({ location }) => within(frame, location)), at);
  const map = s("svg", {
    class: "map-sheet", viewBox: `0 0 ${WIDTH} ${height}`, role: "img",
    "aria-label": tn("map.label", groups.reduce((sum, group) => sum + group.members.length, 0)),
  },
  s("rect", { class: "map-sea", width: WIDTH, height }),
  s("path", { class: "map-swell", d: swell(height) }),
  s("path", { class: "map-shelf", d: land(at, frame, height) }),
  s("path", { class: "map-land", d: land(at, frame, height) }),
  ISLANDS.map(([lng, lat, half]) => { const [x, y] = at(lng, lat); return s("ellipse", { class: "map-land", cx: x, cy: y, rx: Math.max(2, half * stretch * scale), ry: Math.max(1.5, half * 0.75 * scale) }); }),
  frame === FRAMES.city ? namesOfCity(at) : namesOfAll(at),
  place && within(frame, place) ? here(at(place.lng, place.lat)) : null,
  groups.map((group) => point(group, stamps)));
  map.addEventListener("click", (event) => {
    const box = map.getBoundingClientRect();
    const [x, y] = [((event.clientX - box.left) * WIDTH) / box.width, ((event.clientY - box.top) * height) / box.height];
    const [nearest] = groups.map((group) => [Math.hypot(group.x - x, group.y - y), group]).sort((a, b) => a[0] - b[0]);
    if (!nearest || nearest[0] > REACH) return;
    map.querySelectorAll(".map-picked").forEach((ring) => ring.remove());
    map.append(s("circle", { class: "map-picked", cx: nearest[1].x, cy: nearest[1].y, r: 17 }));
    onPick(nearest[1].members);
  });
  return map;
}

/** Points that would touch become one group at their middle. */
function gather(stations, at) {
  const groups = [];
  for (const station of stations) {
    const [x, y] = at(station.location.lng, station.location.lat);
    const near = groups.find((group) => Math.hypot(group.x - x, group.y - y) < TOGETHER);
    if (!near) groups.push({ x, y, members: [station] });
    else {
      near.members.push(station);
      near.x += (x - near.x) / near.members.length;
      near.y += (y - near.y) / near.members.length;
    }
  }
  return groups;
}

function point({ x, y, members }, stamps) {
  const inked = members.every(({ code }) => stamps.has(code));
  const many = members.length > 1;
  return s("g", { class: `map-point${inked ? " map-inked" : ""}`, transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` },
    s("circle", { r: many ? 13 : 8 }),
    many ? s("text", { y: 4.6, "text-anchor": "middle" }, number(members.length)) : s("circle", { class: "map-eye", r: 2.6 }));
}

const here = ([x, y]) => s("g", { class: "map-here", transform: `translate(${x} ${y})` }, s("circle", { class: "map-halo", r: 16 }), s("circle", { r: 6 }));

/** The coast as one smooth line, closed over the land far outside the frame. */
function land(at, frame, height) {
  const points = MAINLAND.map(([lng, lat]) => at(lng, lat));
  const middle = ([ax, ay], [bx, by]) => `${((ax + bx) / 2).toFixed(1)} ${((ay + by) / 2).toFixed(1)}`;
  let d = `M${points[0].map((value) => value.toFixed(1)).join(" ")}`;
  for (let i = 1; i < points.length - 1; i += 1) d += `Q${points[i].map((value) => value.toFixed(1)).join(" ")} ${middle(points[i], points[i + 1])}`;
  const far = 20 * Math.max(WIDTH, height);
  return `${d}L${far} ${-far}L${-far} ${-far}L${-far} ${far}L${points[0][0].toFixed(1)} ${far}z`;
}

function swell(height) {
  let d = "";
  for (let y = 24; y < height; y += 34) d += `M${(y * 7) % 60 - 40} ${y}${"q10-6 20 0t20 0q10-6 20 0t20 0m34 0".repeat(5)}`;
  return d;
}

const namesOfCity = (at) => [label(at(120.267, 36.128), t("map.bay"), "start"), label(at(120.43, 36.036), t("map.yellow_sea"))];
const namesOfAll = (at) => [label(at(120.6, 35.85), t("map.yellow_sea"))];
const label = ([x, y], word, anchor = "middle") => s("text", { class: "map-name", x, y, "text-anchor": anchor }, word);
