"""What becomes of a claimed message: the text to send, a better hour, or nobody to send it to."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from app.core.db import db
from app.core.outbox import Claimed
from app.inbox import rules
from app.people import queries as people
from app.people.models import Person


class TextMessage(NamedTuple):
    """A message ready to be handed over. phone: 11 digits. params: its facts as said in the person's language."""

    message_id: str
    phone: str
    kind: str
    text: str
    params: dict[str, str]


class Later(NamedTuple):
    """It is night: not before then."""

    until: datetime


class Nobody(NamedTuple):
    """It will not be sent; why, in a word."""

    fault: str


def prepare(claimed: Claimed, *, at: datetime) -> TextMessage | Later | Nobody:
    """Return what is to be done with a message at an instant; its words are in the person's language of now.

    Raises: KeyError and others for a message that no kind of ours can read; such a one fails like any other try.
    """
    if claimed.expires_at is not None and claimed.expires_at <= at:
        return Nobody("too_late")
    if rules.is_quiet(at):
        return Later(rules.next_loud(at))
    person = db.session.get(Person, claimed.person_id)
    phone = people.find_phone(person) if person is not None and person.phone_verified_at is not None else None
    if person is None or phone is None:
        return Nobody("no_phone")
    kind = rules.KINDS[claimed.kind]
    _, text = rules.words(kind.code, claimed.payload, person.locale)
    return TextMessage(claimed.message_id, phone, kind.code, text, rules.spoken(claimed.payload, person.locale))
