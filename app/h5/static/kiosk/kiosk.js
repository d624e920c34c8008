/** A station's screen: paired once, it shows the digits and their QR, and lives through short outages on those it holds. */

const STEP_S = 30;
const PATIENCE_MS = 8000;
const { code: CODE } = document.documentElement.dataset;
const KEPT = `ouyu.kiosk.${CODE}`; // the screen's token; nothing else is remembered

const at = (id) => document.getElementById(id);
const state = { held: [], pictures: new Map(), shown: null, offline: false, ahead: 0, asked: 0, empty: false };

/** The server's clock: a tablet's own may be wrong by minutes. */
const now = () => Date.now() + state.ahead;

async function call(path, options) {
  const answer = await fetch(path, { ...options, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
  const said = Date.parse(answer.headers.get("Date"));
  if (said && Math.abs(said - now()) > 1500) state.ahead = said - Date.now();
  return answer;
}

function begin() {
  at("pairing").addEventListener("submit", pair);
  at("full").addEventListener("click", () => document.documentElement.requestFullscreen().catch(() => {}));
  at("full").hidden = !document.fullscreenEnabled;
  document.addEventListener("fullscreenchange", () => { at("full").hidden = Boolean(document.fullscreenElement); });
  document.addEventListener("visibilitychange", stayAwake);
  addEventListener("online", refresh);
  stayAwake();
  setInterval(tick, 250);
  if (localStorage.getItem(KEPT)) refresh();
  else askForCode(false);
}

async function stayAwake() {
  if (document.hidden || !navigator.wakeLock) return;
  await navigator.wakeLock.request("screen").catch(() => {}); // without it the tablet's own setting decides
}

function askForCode(ended) {
  localStorage.removeItem(KEPT);
  Object.assign(state, { held: [], shown: null, offline: false, empty: false });
  show("pairing");
  at("ended").hidden = !ended;
  at("outage").hidden = true;
  at("code").focus();
}

async function pair(event) {
  event.preventDefault();
  const button = event.target.querySelector("button");
  button.disabled = true;
  at("problem").textContent = "";
  try {
    const answer = await call("/api/v1/kiosk/pair", {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept-Language": "zh-CN" },
      body: JSON.stringify({ code: at("code").value }),
    });
    const said = await answer.json();
    if (!answer.ok) {
      at("problem").textContent = said.errors ? said.errors[0].message : said.detail;
      at("code").focus();
      return;
    }
    localStorage.setItem(`ouyu.kiosk.${said.station.code}`, said.token);
    at("code").value = "";
    if (said.station.code !== CODE) location.replace(`/kiosk/${said.station.code}`);
    else await refresh();
  } catch {
    at("problem").textContent = "没有连上服务器，请看看网络再试。 No answer; please check the network.";
  } finally {
    button.disabled = false;
  }
}

/** Fetch the digits of the next minutes, and the picture of each ahead of its time. */
async function refresh() {
  const token = localStorage.getItem(KEPT);
  if (!token) return;
  state.asked = Date.now();
  try {
    const answer = await call("/api/v1/kiosk/codes", { headers: { Authorization: `Bearer ${token}` } });
    if (answer.status === 401) return void askForCode(true);
    if (!answer.ok) throw new Error(String(answer.status));
    const { items } = await answer.json();
    state.held = items.map((item) => ({ ...item, from: Date.parse(item.valid_from), until: Date.parse(item.valid_until) }));
    state.empty = !items.length;
    state.offline = false;
    await fetchPictures();
  } catch {
    state.offline = true;
  }
  tick();
}

async function fetchPictures() {
  const wanted = new Set(state.held.map(({ digits }) => digits));
  for (const digits of state.pictures.keys()) if (!wanted.has(digits)) state.pictures.delete(digits);
  for (const { digits } of state.held) {
    if (state.pictures.has(digits)) continue;
    const answer = await call(`/kiosk/${CODE}/qr.svg?r=${digits}`);
    if (answer.ok) state.pictures.set(digits, `data:image/svg+xml,${encodeURIComponent(await answer.text())}`);
  }
}

function tick() {
  const moment = now();
  at("clock").textContent = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(moment);
  if (!localStorage.getItem(KEPT)) return;
  const current = state.held.find(({ from, until }) => from <= moment && moment < until);
  if (current) draw(current, moment);
  else if (state.asked) drawNone();
  drawOutage(moment);
  const since = Date.now() - state.asked;
  if (since > (state.offline ? 5000 : STEP_S * 1000)) refresh();
}

function draw(current, moment) {
  show("show");
  const left = Math.max(0, Math.ceil((current.until - moment) / 1000));
  at("seconds").textContent = String(left);
  at("ring").setAttribute("stroke-dashoffset", String(STEP_S - (current.until - moment) / 1000));
  const picture = state.pictures.get(current.digits);
  if (picture && at("qr").src !== picture) at("qr").src = picture;
  at("qr").hidden = !picture;
  if (state.shown === current.digits) return;
  state.shown = current.digits;
  at("digits").textContent = `${current.digits.slice(0, 3)} ${current.digits.slice(3)}`;
}

function drawNone() {
  state.shown = null;
  show("none");
  at("none-network").hidden = state.empty && !state.offline;
  at("none-secret").hidden = !(state.empty && !state.offline);
}

function drawOutage(moment) {
  const last = state.held.length ? state.held[state.held.length - 1].until : 0;
  const minutes = Math.max(0, Math.ceil((last - moment) / 60000));
  at("outage").hidden = !state.offline || !minutes;
  at("held").textContent = `${minutes} 分钟`;
}

function show(id) {
  for (const part of ["pairing", "show", "none"]) at(part).hidden = part !== id;
}

begin();
