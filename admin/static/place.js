// The place of a station in its form: circles added and removed, coordinates pasted as they come, a map to drag them on.
// The server reads and converts; without this script the same fields are read when the form is sent.

import { ISLANDS, MAINLAND } from "/static/coast.js";

const box = document.querySelector("[data-place]");
const all = (selector, root = box) => [...root.querySelectorAll(selector)];
const datum = box.querySelector("[name=coord_sys]");
const said = box.querySelector("[data-converted]");
const readings = box.querySelector("[data-readings]");
const CIRCLES_MAX = 8;
const CITY = [[36.022, 120.262], [36.186, 120.502]];
let places = []; // by row, as the server last read them: {index, lat, lng} in WGS-84, or null
let map = null;

// --- rows ---------------------------------------------------------------------------------------------

const rows = () => all("[data-circle]");
const field = (row, part) => row.querySelector(`[name$="-${part}"]`);
const indexOf = (row) => Number(field(row, "lat").name.split("-")[1]);

function dress(row) {
  const remove = Object.assign(document.createElement("button"), { type: "button", className: "mini mini-danger", textContent: "移除" });
  remove.setAttribute("aria-label", "移除这个圆");
  remove.addEventListener("click", () => {
    if (rows().length > 1) row.remove();
    else for (const part of ["lat", "lng"]) field(row, part).value = "";
    changed();
    (box.querySelector("[data-add-circle]") || datum).focus();
  });
  row.append(remove);
}

for (const spare of all("details.more-circle")) spare.remove();
rows().forEach(dress);
const add = box.querySelector("[data-add-circle]");
add.hidden = false;
add.addEventListener("click", () => {
  const used = rows().map(indexOf);
  const free = [...Array(CIRCLES_MAX).keys()].find((index) => !used.includes(index));
  if (free === undefined) return;
  const last = rows().at(-1);
  const row = last.cloneNode(true);
  row.querySelector("button").remove();
  for (const part of ["lat", "lng", "radius_m"]) {
    field(row, part).name = `circles-${free}-${part}`;
    if (part !== "radius_m") field(row, part).value = "";
  }
  dress(row);
  last.after(row);
  const place = map ? map.getCenter() : null;
  if (place && places.some(Boolean)) put(row, place.lat, place.lng);
  else field(row, "lat").focus();
  changed();
});

// --- what the server makes of it -----------------------------------------------------------------------

let waiting;
let turn = 0;
async function ask() {
  const mine = (turn += 1);
  const given = new URLSearchParams({ coord_sys: datum.value });
  for (const row of rows()) for (const part of ["lat", "lng", "radius_m"]) given.set(field(row, part).name, field(row, part).value);
  const answer = await fetch(`${box.dataset.place}?${given}`, { headers: { "X-Requested-With": "panel" } }).catch(() => null);
  if (!answer || !answer.ok || mine !== turn) return;
  const { words, circles, html } = await answer.json();
  said.textContent = words;
  readings.innerHTML = html;
  places = circles;
  const byIndex = new Map(circles.map((one) => [one.index, one]));
  for (const row of rows()) {
    const one = byIndex.get(indexOf(row));
    if (one && !field(row, "lng").value && one.typed_lng) [field(row, "lat").value, field(row, "lng").value] = [one.typed_lat, one.typed_lng];
  }
  draw();
}

function changed() {
  add.disabled = rows().length >= CIRCLES_MAX;
  clearTimeout(waiting);
  waiting = setTimeout(ask, 250);
  box.closest("form").dispatchEvent(new Event("input"));
}

box.addEventListener("input", (event) => {
  if (event.target.matches("[data-circle] input, [name=coord_sys]")) changed();
});
for (const row of rows()) field(row, "lat").addEventListener("paste", () => { field(row, "lng").value = ""; setTimeout(changed); });

// --- the map ---------------------------------------------------------------------------------------------

/** Write a dragged point. The map speaks WGS-84, so all rows do from then on. */
function put(row, lat, lng) {
  if (datum.value !== "wgs84") {
    for (const other of rows()) {
      const place = places.find((one) => one.index === indexOf(other));
      if (place && place.lat !== null) [field(other, "lat").value, field(other, "lng").value] = [place.lat.toFixed(6), place.lng.toFixed(6)];
    }
    datum.value = "wgs84";
  }
  [field(row, "lat").value, field(row, "lng").value] = [lat.toFixed(6), lng.toFixed(6)];
}

const shapes = [];
let framed = false;
function draw() {
  if (!map) return;
  while (shapes.length) shapes.pop().remove();
  const marks = [];
  rows().forEach((row, number) => {
    const place = places.find((one) => one.index === indexOf(row));
    if (!place || place.lat === null) return;
    const radius = Number(field(row, "radius_m").value) || 0;
    const circle = L.circle([place.lat, place.lng], { radius, className: "fence-circle", interactive: false }).addTo(map);
    const icon = L.divIcon({ className: "fence-point", html: `<span>${rows().length > 1 ? number + 1 : ""}</span>`, iconSize: [44, 44] });
    const point = L.marker([place.lat, place.lng], { draggable: true, icon, keyboard: false, title: "拖动来移动", alt: `圆 ${number + 1} 的中心` }).addTo(map);
    point.on("drag", () => circle.setLatLng(point.getLatLng()));
    point.on("dragend", () => { const { lat, lng } = point.getLatLng(); put(row, lat, lng); changed(); });
    shapes.push(circle, point);
    marks.push(circle.getBounds());
  });
  if (!framed && marks.length) {
    framed = true;
    map.fitBounds(marks.reduce((sum, one) => sum.extend(one), L.latLngBounds(marks[0])), { padding: [30, 30], maxZoom: 16, animate: false });
  }
}

function coast() {
  const land = [...MAINLAND, [122, 38], [118, 38], [118, 35]].map(([lng, lat]) => [lat, lng]);
  L.polygon(land, { className: "coast-land", interactive: false, smoothFactor: 0 }).addTo(map);
  for (const [lng, lat, half] of ISLANDS) L.circle([lat, lng], { radius: half * 80000, className: "coast-land", interactive: false }).addTo(map);
}

function start() {
  const canvas = box.querySelector("[data-map]");
  if (!window.L || !canvas) return;
  box.querySelector("[data-map-box]").hidden = false;
  map = L.map(canvas, { zoomControl: false, attributionControl: false, scrollWheelZoom: false, minZoom: 8, maxZoom: 18 }).fitBounds(CITY);
  L.control.zoom({ zoomInTitle: "放大", zoomOutTitle: "缩小" }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  if (canvas.dataset.tiles) {
    L.tileLayer(canvas.dataset.tiles, { maxZoom: 18 }).addTo(map);
    L.control.attribution({ prefix: false }).addAttribution(canvas.dataset.credit).addTo(map);
  } else coast();
  map.on("click", ({ latlng }) => {
    const empty = rows().find((row) => !field(row, "lat").value && !field(row, "lng").value);
    if (!empty) return;
    put(empty, latlng.lat, latlng.lng);
    changed();
  });
}

start();
ask();
