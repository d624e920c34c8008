/** The only way to the server: /api/v1 with the language, the token and an Idempotency-Key on each POST. */

import * as prefs from "./prefs.js";
import { locale } from "./i18n.js";
import { forgetMine, keepReading, recallReading } from "./kept.js";
import { isCut, noteAnswered } from "./network.js";

const ROOT = "/api/v1";
const PATIENCE_MS = 15000;
const PAUSES_MS = [500, 1500];

/** The server's refusal as it came: `status`, `code`, `detail` for people, and the facts of the case. */
export class Refusal extends Error {
  constructor(status, problem, retryAfter) {
    super(problem.detail || problem.title || String(status));
    Object.assign(this, { status, code: problem.code || "", facts: problem, retryAfter });
  }
}

/** No answer at all: no network, a dropped line, or too long a wait. */
export class NoAnswer extends Error {}

/** A key for one effect; kept by the caller to send the very same request again. */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID is missing on plain HTTP
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const hasSession = () => Boolean(prefs.getToken());

/** Read something public; without a network what was kept of it, if it is one of the readings that are. */
export const get = (path, query) => orKept(() => send("GET", path, { query }), path, query);

/** Read something of one's own. */
export const getMine = (path, query) => orKept(() => asPerson("GET", path, { query }), path, query);

async function orKept(read, path, query) {
  try {
    const body = await read();
    await keepReading(path, query, body);
    return body;
  } catch (problem) {
    const kept = problem instanceof NoAnswer ? await recallReading(path, query) : undefined;
    if (kept === undefined) throw problem;
    return kept;
  }
}

/** Change something as the person of this device; a guest is made when there is none. */
export const change = (method, path, body, key) => asPerson(method, path, { body, key: key || newKey() });

/** Have a one-time code sent to a phone. */
export const askCode = (phone) => send("POST", "/auth/sms/code", { body: { phone } });

/** Sign in by a phone and its code; a guest's session becomes the citizen's, and what it held comes along. */
export async function signIn(proof) {
  const enter = (token) => send("POST", "/auth/sms", { body: proof, token });
  const session = await enter(prefs.getToken()).catch((problem) => {
    if (!(problem instanceof Refusal) || problem.code !== "auth.token_invalid") throw problem;
    return enter(null); // an ended session has nothing to bring along
  });
  prefs.setToken(session.token);
  await forgetMine();
}

/** Tell something without saying who one is. */
export const tell = (body) => send("POST", "/feedback", { body });

/** End this device's session, here and on the server. */
export async function signOut() {
  try {
    await send("POST", "/auth/logout", { token: prefs.getToken(), key: newKey() });
  } catch (problem) {
    if (!(problem instanceof Refusal) || problem.status !== 401) throw problem;
  }
  prefs.setToken(null);
  await forgetMine();
}

/** Send a photo to be read; it is kept nowhere. */
export const sendPhoto = (image) => {
  const form = new FormData();
  form.append("image", image, "photo.jpg");
  return send("POST", "/scan", { form });
};

let opening = null;

function openGuest() {
  opening = opening || send("POST", "/auth/guest", { body: {}, key: newKey() })
    .then((session) => prefs.setToken(session.token))
    .finally(() => { opening = null; });
  return opening;
}

async function asPerson(method, path, parts) {
  if (!prefs.getToken()) await openGuest();
  const token = prefs.getToken();
  try {
    return await send(method, path, { ...parts, token });
  } catch (problem) {
    if (!(problem instanceof Refusal) || problem.status !== 401) throw problem;
    if (prefs.getToken() === token) {
      prefs.setToken(null);
      await forgetMine();
    }
    if (!prefs.getToken()) await openGuest();
    return send(method, path, { ...parts, token: prefs.getToken() });
  }
}

async function send(method, path, { query, body, form, token, key }) {
  const headers = { Accept: "application/json", "Accept-Language": locale() };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method === "POST" && key) headers["Idempotency-Key"] = key;
  const request = { method, headers, body: body === undefined ? form : JSON.stringify(body) };
  const answer = await persist(ROOT + path + search(query), request);
  if (answer.status === 204) return null;
  let document_ = {};
  try {
    document_ = await answer.json();
  } catch {
    if (answer.ok) throw new NoAnswer("the answer broke off");
  }
  if (answer.ok) return document_;
  throw new Refusal(answer.status, document_, Number(answer.headers.get("Retry-After")) || 0);
}

/** Fetch, and on silence fetch again: the same key makes a repeated POST one effect. */
async function persist(url, request) {
  for (let turn = 0; ; turn += 1) {
    try {
      if (isCut()) throw new Error("the line is cut");
      const answer = await fetchInTime(url, request);
      noteAnswered(true);
      return answer;
    } catch (problem) {
      if (turn >= PAUSES_MS.length || isCut() || !navigator.onLine) {
        noteAnswered(false);
        throw new NoAnswer(String(problem));
      }
      await new Promise((done) => setTimeout(done, PAUSES_MS[turn]));
    }
  }
}

async function fetchInTime(url, request) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    return await fetch(url, { ...request, signal: stop.signal });
  } finally {
    clearTimeout(timer);
  }
}

function search(query) {
  const given = Object.entries(query || {}).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return given.length ? `?${new URLSearchParams(given)}` : "";
}
