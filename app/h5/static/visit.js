/** One attempt to check in: position if wanted, the call, and its outcome as plain data that survives a refresh. */

import { change, newKey, NoAnswer, Refusal } from "./api.js";
import { askPlace } from "./place.js";
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
    const facts = await change("POST", "/checkins", body, key);
    return { verdict: facts.already ? "already" : facts.result, facts };
  } catch (problem) {
    if (problem instanceof NoAnswer) return { verdict: "no_answer", facts: {} };
    if (!(problem instanceof Refusal)) throw problem;
    const reason = problem.code.replace("checkin.", "");
    const facts = { ...problem.facts, retry_after: problem.retryAfter };
    if (problem.code.startsWith("checkin.") && REFUSALS.includes(reason)) return { verdict: reason, facts };
    return { verdict: problem.status === 429 ? "too_many" : problem.status >= 500 ? "busy" : "unreadable", facts };
  }
}

/** The station that a credential names, or null: `/c/CODE?v=…`, `CODE?v=…` or `CODE:123456`. */
export function stationOf(credential) {
  const found = /(?:^|\/c\/)([A-Z0-9]{3,8})(?=[?:]|$)/.exec(credential.trim());
  return found ? found[1] : null;
}
