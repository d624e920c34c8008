/** Where one can stamp, when it is more than one place: the circles in their proportions, north up, and oneself if near. */

import { h, s } from "./dom.js";
import { t } from "./i18n.js";

const LAT_M = 110574;
const LNG_M = 111320;

export function fence({ geofence, name }, place) {
  const [{ lat, lng }] = geofence;
  const east = LNG_M * Math.cos((lat * Math.PI) / 180);
  const at = (point) => [(point.lng - lng) * east, (lat - point.lat) * LAT_M];
  const drawn = geofence.map((circle) => [...at(circle), circle.radius_m]);
  const [west, north] = [0, 1].map((axis) => Math.min(...drawn.map((one) => one[axis] - one[2])));
  const [right, south] = [0, 1].map((axis) => Math.max(...drawn.map((one) => one[axis] + one[2])));
  const edge = Math.max(right - west, south - north) / 40;
  const here = place ? at(place) : null;
  const near = here && here[0] > west && here[0] < right && here[1] > north && here[1] < south;
  const words = t("station.circles", { n: geofence.length });
  return h("figure", { class: "circles" },
    s("svg", { viewBox: [west - edge, north - edge, right - west + 2 * edge, south - north + 2 * edge].join(" "), role: "img", "aria-label": `${name}: ${words}` },
      drawn.map(([cx, cy, r]) => s("circle", { class: "circles-one", cx, cy, r, "vector-effect": "non-scaling-stroke" })),
      drawn.map(([cx, cy]) => s("circle", { class: "circles-centre", cx, cy, r: edge / 2 })),
      near ? s("circle", { class: "circles-here", cx: here[0], cy: here[1], r: edge }) : null),
    h("figcaption", { class: "quiet" }, words));
}
