/** Each verdict's own sign, tone and word: never colour alone, and a check-in that waits never looks like success. */

import { h } from "./dom.js";
import { icon } from "./icons.js";

export const VERDICTS = {
  accepted: { sign: "done", tone: "pine", word: "verdict.accepted" },
  already: { sign: "again", tone: "sea", word: "verdict.already" },
  waiting: { sign: "upload", tone: "sand", word: "verdict.waiting", help: "help.waiting" },
  pending_review: { sign: "eye", tone: "dusk", word: "verdict.pending_review", help: "help.pending_review" },
  too_far: { sign: "far", tone: "sand", word: "verdict.too_far", help: "help.too_far" },
  code_invalid: { sign: "broken", tone: "tile", word: "verdict.code_invalid", help: "help.code_invalid" },
  code_expired: { sign: "hourglass", tone: "sand", word: "verdict.code_expired", help: "help.code_expired" },
  code_revoked: { sign: "poster", tone: "tile", word: "verdict.code_revoked", help: "help.code_revoked" },
  station_withdrawn: { sign: "door", tone: "grey", word: "verdict.station_withdrawn", help: "help.station_withdrawn" },
  account_frozen: { sign: "lock", tone: "grey", word: "verdict.account_frozen", help: "help.account_frozen" },
  too_many: { sign: "pause", tone: "dusk", word: "verdict.too_many", help: "help.too_many" },
  no_answer: { sign: "cloud", tone: "grey", word: "verdict.no_answer", help: "help.no_answer" },
  busy: { sign: "pause", tone: "dusk", word: "verdict.busy", help: "help.busy" },
  unreadable: { sign: "broken", tone: "tile", word: "verdict.unreadable", help: "help.code_invalid" },
};

/** A verdict's sign. */
export const verdictSign = (verdict, className = "verdict-sign") =>
  h("span", { class: `${className} tone-${VERDICTS[verdict].tone}`, dataset: { verdict } }, icon(VERDICTS[verdict].sign));
