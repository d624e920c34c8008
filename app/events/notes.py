"""What staff write to people of their shifts: told once, kept in the trail."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from app.audit import service as audit
from app.core.actor import Actor
from app.core.clock import rfc3339
from app.core.db import db
from app.core.errors import InvalidInput, Text
from app.core.types import clean_text, has_control_characters
from app.events import programme, roster
from app.events.models import Shift, SignUp
from app.events.rules import LIVE
from app.inbox import rules, service
from app.inbox.rules import MessageKind
from app.orgs.rules import require

TEXT_CHARS = 200
NOTE = MessageKind(
    "shift.note",
    Text("主办方的消息", "A message from the organiser"),
    Text("“{event_zh}”{starts_at}的班次：{note}", "“{event_en}”, {starts_at}: {note}"),
)
rules.register(NOTE)
_MISSING = Text("请写下要说的话。", "Please write what there is to say.")
_LONG = Text("最多 {n} 个字。", "At most {n} characters.").fill(n=TEXT_CHARS)
_UNPRINTABLE = Text("里面有无法显示的字符。", "It holds characters that cannot be shown.")


def send_note(actor: Actor, signup_ids: Collection[int], *, text: str, key: str, at: datetime) -> frozenset[int]:
    """Write to the inbox of people on shifts, the same words to each; the words stand in the trail.

    key: of this one note, so that sending the same form again tells nobody twice.
    Returns: the sign-ups whose people were told, now or before; those no longer on the shift are not.
    Raises: InvalidInput; NotFound, AccessDenied outside the actor's scope.
    """
    note = clean_text(text)
    if problem := text_problem(note):
        raise InvalidInput(fields={"text": [problem]})
    query = select(SignUp).where(SignUp.id.in_(signup_ids)).options(*roster.OF_SIGNUP).order_by(SignUp.id)
    rows = list(db.session.scalars(query.execution_options(populate_existing=True)))
    told: dict[Shift, list[SignUp]] = {}
    for row in rows:
        require(actor, "signups.decide", **programme.place_of(row.shift.parent.event))
        if row.state in LIVE:
            told.setdefault(row.shift, []).append(row)
    for shift, people in told.items():
        event = shift.parent.event
        facts = {"event_zh": event.title_zh, "event_en": event.title_en, "starts_at": rfc3339(shift.starts_at)}
        new = [
            service.tell(
                row.volunteer.person_id,
                NOTE.code,
                {**facts, "note": note},
                f"note:{key}:{row.id}",
                at,
                link=f"/signups/{row.public_id}",
            )
            for row in people
        ]
        if any(new):
            after = {"note": note, "people": sum(new), "event": event.public_id}
            audit.record(actor, "signups.note", "shift", shift.public_id, at=at, after=after)
    return frozenset(row.id for people in told.values() for row in people)


def text_problem(text: str) -> Text | None:
    """Return what is wrong with the words of a note, or None."""
    if not text:
        return _MISSING
    if len(text) > TEXT_CHARS:
        return _LONG
    return _UNPRINTABLE if has_control_characters(text, multiline=True) else None
