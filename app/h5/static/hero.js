/** The home page's picture: the pier, its pavilion, red roofs, trees, sea and gulls; its colours follow the city's hour. */

import { drawing } from "./dom.js";
import { cityNow } from "./i18n.js";

/** dawn, day, dusk or night in the city. */
export function partOfDay() {
  const { hour } = cityNow();
  if (hour < 5 || hour >= 19) return "night";
  if (hour < 8) return "dawn";
  return hour < 17 ? "day" : "dusk";
}

const house = (x, y, w, hgt, roof, tone = "") => `
  <path class="wall${tone}" d="M${x} ${y}h${w}v${hgt}h${-w}z"/>
  <path class="roof${tone}" d="M${x - 5} ${y + 1}l${w / 2 + 5} ${-roof} ${w / 2 + 5} ${roof}z"/>
  <path class="window" d="M${x + w * 0.2} ${y + hgt * 0.25}h${w * 0.18}v${hgt * 0.28}h${-w * 0.18}zM${x + w * 0.6} ${y + hgt * 0.25}h${w * 0.18}v${hgt * 0.28}h${-w * 0.18}z"/>`;

const hip = (x, y, w, hgt, roof) => `
  <path class="wall" d="M${x} ${y}h${w}v${hgt}h${-w}z"/>
  <path class="roof" d="M${x - 6} ${y + 1}l${w * 0.22} ${-roof}h${w * 0.56 + 12}l${w * 0.22} ${roof}z"/>
  <path class="window" d="M${x + w * 0.12} ${y + hgt * 0.3}h${w * 0.12}v${hgt * 0.3}h${-w * 0.12}zM${x + w * 0.44} ${y + hgt * 0.3}h${w * 0.12}v${hgt * 0.3}h${-w * 0.12}zM${x + w * 0.76} ${y + hgt * 0.3}h${w * 0.12}v${hgt * 0.3}h${-w * 0.12}z"/>`;

const tree = (x, y, r, tone = "tree") =>
  `<path class="${tone}" d="M${x - r} ${y}a${r * 0.62} ${r * 0.62} 0 0 1 ${r * 0.28} ${-r * 0.95}a${r * 0.78} ${r * 0.78} 0 0 1 ${r * 1.44} 0a${r * 0.62} ${r * 0.62} 0 0 1 ${r * 0.28} ${r * 0.95}z"/>`;

const lamp = (x, y) => `<path class="rail" d="M${x} ${y}v-17"/><circle class="lamp" cx="${x}" cy="${y - 19}" r="2.800"/>`;

const arch = (x, y, w, hgt) => `M${x} ${y + hgt}v${-hgt * 0.45}a${w / 2} ${hgt * 0.55} 0 0 1 ${w} 0v${hgt * 0.45}z`;

const gull = (x, y, size, turn = 0) => `
  <g transform="translate(${x} ${y}) rotate(${turn}) scale(${size})">
    <path class="gull" d="M0 0c-6-11-17-19-34-18 13 3 20 9 24 17 3 4 7 6 10 6s7-2 9-6c5-8 12-13 25-16-17-2-28 6-34 17z"/>
    <path class="gull-tip" d="M-34-18c5 0 8 .4 12 2.300l-3-2.300c-3-.8-6-.5-9 0zM34-17c-5 0-8 .4-12 2.300l3-2.300c3-.8 6-.5 9 0z"/>
  </g>`;

const PAVILION = `
  <g transform="translate(486 236)">
    <path class="stone" d="M-4 140h132l14 16H-18z"/>
    <path class="stone-dark" d="M-18 156h160v18c-50 6-110 6-160 0z"/>
    <path class="pillar" d="M14 94h96v46H14z"/>
    <path class="inside" d="${arch(20, 102, 18, 38)}${arch(44, 102, 36, 38)}${arch(86, 102, 18, 38)}"/>
    <path class="rail" d="M0 140v-11h124v11M12 129v11M112 129v11"/>
    <path class="tiles" d="M62 52c14 0 24 2 30 5 8 14 22 24 42 29 4 1 8 0 10-4 1 8-3 14-9 15H-11c-6-1-10-7-9-15 2 4 6 5 10 4 20-5 34-15 42-29 6-3 16-5 30-5z"/>
    <path class="tiles-dark" d="M-11 97h146c3-.5 5-2 7-4H-18c2 2 4 3.500 7 4z"/>
    <path class="pillar" d="M34 40h56v18H34z"/>
    <path class="inside" d="M40 44h9v12h-9zM54 44h16v12H54zM75 44h9v12h-9z"/>
    <path class="tiles" d="M62-6c8 18 24 28 44 33 4 1 7 0 9-3 1 7-2 12-8 14H17c-6-2-9-7-8-14 2 3 5 4 9 3C38 22 54 12 62-6z"/>
    <path class="tiles-dark" d="M17 38h90c3-1 5-2 6-4H11c1 2 3 3 6 4z"/>
    <path class="gold" d="M62-26c3 5 4 8 4 11s-1 5-1 9h-6c0-4-1-6-1-9s1-6 4-11z"/>
    <path class="ridge" d="M62-4C58 14 50 26 40 34M62-4c4 18 12 30 22 38M44 58C38 74 28 86 14 93M80 58c6 16 16 28 30 35M62 54v38"/>
  </g>`;

const PIER = `
  <path class="stone" d="M196 386l294-4v12H196z"/>
  <path class="stone-dark" d="M196 394h290v26H196z"/>
  <path class="water-under" d="${[330, 376, 422, 462].map((x) => arch(x, 399, 26, 22)).join("")}"/>
  <path class="rail" d="M200 374l290-4M200 380l290-4${Array.from({ length: 20 }, (_, i) => `M${204 + i * 15} ${387 - i * 0.17}v-13`).join("")}"/>
  ${[338, 388, 438].map((x, i) => lamp(x, 373 - i * 0.8)).join("")}`;

const TOWN = `
  <path class="hill" d="M-90 330c20-20 60-36 90-30c40-22 84-30 128-18 52 13 88 48 132 98v20H-90z"/>
  ${tree(-50, 330, 30, "tree-back")}${tree(16, 300, 26, "tree-back")}${tree(196, 318, 24, "tree-back")}${tree(62, 286, 20, "tree-back")}
  <path class="wall" d="M98 232h20v60H98zM136 232h20v60h-20zM118 250h18v42h-18z"/>
  <path class="spire" d="M96 234l12-52 12 52zM134 234l12-52 12 52z"/>
  <path class="rail" d="M108 184v-12M104 177h8M146 184v-12M142 177h8"/>
  <path class="window" d="M105 244h6v12h-6zM143 244h6v12h-6zM105 264h6v12h-6zM143 264h6v12h-6z"/><circle class="window" cx="127" cy="264" r="6"/>
  ${house(28, 298, 40, 34, 24)}${hip(72, 292, 66, 40, 22)}${house(146, 304, 38, 34, 22, "-2")}
  ${tree(24, 346, 22)}${tree(142, 340, 18)}${tree(206, 350, 22)}
  ${hip(-14, 338, 62, 42, 22)}${house(58, 334, 46, 46, 28)}${hip(116, 342, 62, 42, 22)}${house(190, 356, 34, 30, 20)}
  ${tree(52, 386, 22, "tree-front")}${tree(110, 388, 20, "tree-front")}${tree(184, 390, 22, "tree-front")}${tree(232, 392, 18, "tree-front")}${tree(6, 388, 24, "tree-front")}
  ${tree(-44, 388, 26, "tree-front")}${hip(-84, 346, 44, 36, 20)}
  <path class="stone" d="M-90 380h350l10 14H-90z"/><path class="stone-dark" d="M-90 392h358v12c-120 5-240 5-358 0z"/>`;

const SCENE = `
<svg xmlns="http://www.w3.org/2000/svg" class="scene" viewBox="0 0 800 560" preserveAspectRatio="xMidYMax slice" aria-hidden="true" focusable="false">
  <circle class="halo" cx="604" cy="206" r="78"/><circle class="sun" cx="604" cy="206" r="40"/>
  <path class="cloud" d="M392 168c10-16 32-18 44-6 14-8 34-2 38 12 14-2 24 4 26 14H372c0-12 8-20 20-20zM56 120c8-12 24-13 33-4 11-6 25-1 28 9 11-2 18 3 20 10H42c0-9 6-15 14-15z"/>
  <path class="far" d="M300 366c40-10 62-34 98-38 30-4 44 18 76 12 34-6 46-38 88-42 44-4 62 28 108 22 46-6 78-34 130-28v80H300z"/>
  <path class="near-hill" d="M620 366c24-2 40-18 66-20 22-2 40 8 62 6 20-2 34-10 52-10v30H620z"/>
  <path class="sea-a" d="M0 362h800v198H0z"/>
  <path class="glint" d="M600 376h86M560 390h40M640 388h120M690 402h70M330 378h60M440 384h50"/>
  <g><path class="near-hill" d="M716 372c10-12 26-14 40-12s28 6 34 12z"/><path class="beacon" d="M744 332h12l4 30h-20z"/><path class="roof" d="M742 333l8-12 8 12z"/></g>
  <g transform="translate(62 0)">${TOWN}</g>${PIER}${PAVILION}
  <path class="sea-b" d="M0 420c40-12 74-12 112 0s78 10 116 0 76-12 114 0 78 12 118 0 76-12 116 0 74 10 112 0 74-10 112 0v140H0z"/>
  <path class="foam" d="M0 420c40-12 74-12 112 0s78 10 116 0 76-12 114 0 78 12 118 0 76-12 116 0 74 10 112 0 74-10 112 0"/>
  <path class="sea-c" d="M0 462c52-16 96-10 140 2s92 14 140 0 92-14 140 0 96 14 142 0 88-14 132-2 74 10 106 2v96H0z"/>
  <path class="foam" d="M0 462c52-16 96-10 140 2s92 14 140 0 92-14 140 0 96 14 142 0 88-14 132-2 74 10 106 2"/>
  <path class="sea-d" d="M0 512c60-18 110-12 164 0s104 14 158 0 104-14 156 0 108 12 164 0 104-14 158-4v52H0z"/>
  ${gull(420, 252, 0.72, -8)}${gull(366, 296, 0.46, 6)}${gull(706, 196, 0.6, 10)}${gull(306, 232, 0.36, -4)}${gull(252, 452, 1.1, -6)}
</svg>`;

/** The picture; its container carries the part of the day as a class. */
export const scene = () => drawing(SCENE);
