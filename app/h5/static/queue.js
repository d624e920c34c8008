/** Check-ins made without a network: kept on this device, sent when there is one, each with its own final verdict. */

import { change, NoAnswer, Refusal } from "./api.js";
import { all, clear, put, remove } from "./store.js";

const BATCH = 50;
const AGAIN_MS = 30000;
const LATER = (status) => status === 429 || status >= 500;

const heard = new EventTarget();
let sending = null;
let known = { waiting: [], judged: [] };

/** Hear of every change of what waits or has been judged. */
export const onQueueChange = (listener) => heard.addEventListener("change", listener);

/** Stop listening. */
export const offQueueChange = (listener) => heard.removeEventListener("change", listener);

/** What waits to be sent and what has its verdict, oldest first, as last known. */
export const queued = () => known;

/** Read what an earlier visit left, send it when there is a network, and try again while something waits. */
export async function openQueue(isOffline, onNetworkChange) {
  const attempt = () => { if (!isOffline() && known.waiting.length) sendWaiting(); };
  onNetworkChange(attempt);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) attempt(); });
  setInterval(() => { if (known.waiting.length && navigator.onLine) sendWaiting(); }, AGAIN_MS);
  await refresh();
  attempt();
}

/** Keep a check-in for later. The same code on the same day is kept once. Rejects when this browser keeps nothing. */
export async function keepForLater({ key, credential, location }) {
  const client_time = new Date().toISOString();
  const twin = known.waiting.find((item) => item.credential === credential && item.client_time.slice(0, 10) === client_time.slice(0, 10));
  if (twin) return twin;
  const item = { key, credential, location, client_time, state: "waiting" };
  await put("queue", item);
  await refresh();
  return item;
}

/** Send all that waits. One at a time, also over several tabs; sent twice it is still one effect on the server. */
export function sendWaiting() {
  const alone = navigator.locks ? () => navigator.locks.request("ouyu.queue", sendAll) : sendAll;
  sending = sending || Promise.resolve().then(alone).catch(quietly).finally(() => { sending = null; return refresh(); });
  return sending;
}

/** Put the verdicts away that the person has read. */
export async function dismissJudged() {
  await Promise.all(known.judged.map(({ key }) => remove("queue", key)));
  await refresh();
}

/** Forget everything: the person leaves and was warned. */
export async function dropQueue() {
  await clear("queue").catch(() => {});
  await refresh();
}

async function refresh() {
  const items = await all("queue").catch(() => []);
  items.sort((a, b) => (a.client_time < b.client_time ? -1 : 1));
  known = { waiting: items.filter(({ state }) => state === "waiting"), judged: items.filter(({ state }) => state === "judged") };
  heard.dispatchEvent(new Event("change"));
}

async function sendAll() {
  let left = (await all("queue")).filter(({ state }) => state === "waiting").sort((a, b) => (a.client_time < b.client_time ? -1 : 1));
  while (left.length) {
    await sendSome(left.slice(0, BATCH));
    left = left.slice(BATCH);
  }
}

async function sendSome(items) {
  let answers;
  try {
    const sent = items.map(({ key, credential, location, client_time }) => ({ key, credential, client_time, ...(location ? { location } : {}) }));
    answers = (await change("POST", "/checkins/batch", { items: sent })).items;
  } catch (problem) {
    if (!(problem instanceof Refusal) || problem.status !== 422) throw problem;
    if (items.length > 1) { // one of them cannot be read: the others must not wait for it
      for (const item of items) await sendSome([item]);
      return;
    }
    answers = [{ key: items[0].key, status: problem.status, body: problem.facts }];
  }
  const byKey = new Map(answers.map((answer) => [answer.key, answer]));
  for (const item of items) {
    const answer = byKey.get(item.key);
    if (answer && !LATER(answer.status)) await put("queue", { ...item, state: "judged", status: answer.status, body: answer.body });
  }
}

function quietly(problem) {
  if (!(problem instanceof NoAnswer) && !(problem instanceof Refusal)) throw problem; // both are tried again later
}
