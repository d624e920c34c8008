"""How long personal data is kept: one table, worked through every hour and by `retention run`, shown in the docs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from app.checkins import service as checkins
from app.checkins.rules import POINT_KEPT
from app.core import counters, outbox
from app.http import idempotency
from app.imports import service as imports
from app.imports.rules import PRIVATE_KEPT
from app.inbox import service as inbox
from app.inbox.rules import INBOX_KEPT, TEXT_MESSAGES_KEPT
from app.orgs import sign_in
from app.people import otp
from app.people import service as people
from app.privacy import exports
from app.privacy.rules import EXPORT_KEPT, EXPORT_RECORD_KEPT
from app.volunteers import service as volunteers
from app.volunteers.rules import INVITATION_KEPT

KEYS_KEPT = timedelta(hours=48)
COUNTERS_KEPT = timedelta(days=1)
SESSIONS_KEPT = timedelta(days=7)
"""How long ended sessions stay, so that `expired` can be told from `unknown` while somebody still asks."""


class Term(NamedTuple):
    """What is kept no longer than `kept`. forget: deletes what is older than an instant and returns how many."""

    name: str
    what: str
    kept: timedelta
    forget: Callable[[datetime], int]


TERMS = (
    Term("points", "exact points of visits, and the devices behind them", POINT_KEPT, checkins.purge_points),
    Term("keys", "answers kept for a repeated call", KEYS_KEPT, idempotency.purge),
    Term("counters", "counts of tries, under keyed hashes", COUNTERS_KEPT, counters.purge),
    Term("codes", "one-time codes, after they expire", COUNTERS_KEPT, otp.purge),
    Term("sessions", "sign-ins of people, after they end", SESSIONS_KEPT, people.purge_expired_sessions),
    Term("staff_sessions", "sign-ins and links of staff, after they end", SESSIONS_KEPT, sign_in.purge),
    Term(
        "invitations",
        "names and phones of those who never answered an invitation to volunteer",
        INVITATION_KEPT,
        volunteers.forget_unanswered,
    ),
    Term("copies", "files of one's own data that nobody fetched", EXPORT_KEPT, exports.expire),
    Term("copy_records", "that a copy was asked for", EXPORT_RECORD_KEPT, exports.purge),
    Term("files", "rows of Excel files about people, sealed", PRIVATE_KEPT, imports.purge_private),
    Term("messages", "messages in people's and staff's inboxes", INBOX_KEPT, inbox.purge),
    Term("text_messages", "text messages, after they were sent or given up", TEXT_MESSAGES_KEPT, outbox.purge),
)


def page() -> str:
    """Return the table of terms as the docs show it."""
    lines = [
        "# How long data is kept",
        "",
        "Made by `flask --app wsgi docs write`. A task works through this table every hour; `flask --app wsgi retention run`",
        "does so at once, and with `--dry-run` only counts. What is not listed is kept while the account exists; deleting the",
        "account erases it ([data inventory](data-inventory.md)).",
        "",
        "| name | what | kept for |",
        "|---|---|---|",
    ]
    return "\n".join([*lines, *(f"| {one.name} | {one.what} | {_words(one.kept)} |" for one in TERMS)]) + "\n"


def _words(kept: timedelta) -> str:
    return f"{kept.days} days" if kept.days > 2 else f"{kept.total_seconds() / 3600:.0f} hours"
