/** One attempt to check in: position if wanted, the call, and its outcome as plain data that survives a refresh. */

import { change, newKey, NoAnswer, Refusal } from "./api.js";
import { askPlace } from "./place.js";
import { keepForLater } from "./queue.js";
import { go } from "./router.js";

const REFUSALS = ["too_far", "code_invalid", "code_expired", "code_revoked", "station_withdrawn", "account_frozen", "too_many"];

/**
 * Check in and show the outcome. `credential` is what the QR or the screen said; `usePlace` asks for the position first,
 * `fine` for the best one; `key` and `location` repeat an attempt that got no answer.
 */
export async function visit({ credential, usePlace, fine = false, key = newKey(), location = null }, { replace = false } = {}) {
  let declined = null;
  if (usePlace && !location) {
    const place = await askPlace({ fine });
    location = place.location || null;
    declined = place.reason || null;
  }
  const attempt = { credential, usePlace, key, location };
  const outcome = { ...(await judge(attempt)), attempt, declined };
  await go("/checkin?result=1", { memory: { outcome }, replace });
}

async function judge({ credential, location, key }) {
  const body = location ? { credential, location } : { credential };
  try {
    return verdictOf(200, await change("POST", "/checkins", body, key));
  } catch (problem) {
    if (problem instanceof NoAnswer) return later(credential, location);
    if (!(problem instanceof Refusal)) throw problem;
    return verdictOf(problem.status, { ...problem.facts, retry_after: problem.retryAfter });
  }
}

/** Keep it for when there is a network again; only where this browser keeps nothing is the person asked to try again. */
async function later(credential, location) {
  try {
    const { key, client_time } = await keepForLater({ key: newKey(), credential, location });
    return { verdict: "waiting", facts: { client_time }, queued: key };
  } catch {
    return { verdict: "no_answer", facts: {} };
  }
}

/** What an answer to a check-in means, whether it came at once or to the queue. */
export function verdictOf(status, facts) {
  if (status < 300) return { verdict: facts.already ? "already" : facts.result, facts };
  const code = facts.code || "";
  const reason = code.replace("checkin.", "");
  if (code.startsWith("checkin.") && REFUSALS.includes(reason)) return { verdict: reason, facts };
  return { verdict: status === 429 ? "too_many" : status >= 500 ? "busy" : "unreadable", facts };
}

/** The station that a credential names, or null: `/c/CODE?v=…`, `CODE?v=…` or `CODE:123456`. */
export function stationOf(credential) {
  const found = /(?:^|\/c\/)([A-Z0-9]{3,8})(?=[?:]|$)/.exec(credential.trim());
  return found ? found[1] : null;
}
