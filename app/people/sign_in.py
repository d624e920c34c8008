"""Signing in: whoever proves a phone or a platform's identity becomes that person, and brings along what they have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select

from app.core import secrets
from app.core.db import db
from app.core.errors import DomainError
from app.core.hooks import Hook
from app.people import otp, queries, service
from app.people.errors import IdentityDiffers, IdentityTaken, TokenInvalid
from app.people.models import PHONE, PHONES, Person, Session
from app.people.queries import Caller
from app.people.service import OpenedSession

move_rows: Hook[[int, int, datetime], None] = Hook("people.move_rows")
"""(guest's id, citizen's id, now): give everything of a guest to a citizen, in the open unit; tables above people's."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who knocks: the session they hold already, if any, with its token, and what their device says."""

    session: Caller | None
    token: str = field(repr=False)
    locale: str
    user_agent: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it. `refused` carries the refusal; the counted try is kept when the door commits."""

    refused: DomainError | None = None
    opened: OpenedSession | None = None


def sign_in_by_phone(arrival: Arrival, *, phone: str, code: str) -> Verdict:
    """Let in whoever proves a phone by its one-time code.

    Sign-ins of one phone wait for each other at the code's row, so that two at once cannot make two people of it.

    Raises: PhoneInvalid; IdentityTaken, IdentityDiffers for a citizen's token: the code then stays good.
    """
    number = otp.number_of(phone)
    refused = otp.refusal_of(number, code, at=arrival.at)
    if refused is not None:
        return Verdict(refused)
    holder = queries.find_person_by_phone(number)
    person, opened = _join(arrival, holder, has_one=lambda mine: mine.phone_verified_at is not None)
    if person.phone_index is None:
        person.phone_index = secrets.blind_index(PHONES, number)
        person.phone_enc = PHONE.seal(number.encode(), person.public_id)
    if person.phone_verified_at is None:
        person.phone_verified_at = arrival.at
    db.session.flush()
    return Verdict(opened=opened)


def _join(
    arrival: Arrival, holder: Person | None, *, has_one: Callable[[Person], bool]
) -> tuple[Person, OpenedSession]:
    """Return who signs in, and their session. holder: whom the proof belongs to already, locked.

    Only a guest merges. A citizen's own session goes on; a guest's ends, for its token was given without proof.
    has_one: whether a person holds a proof of this kind already.
    """
    mine = None if arrival.session is None else queries.find_person_for_change(arrival.session.person_id)
    if arrival.session is not None and mine is None:
        raise TokenInvalid
    if mine is not None and queries.is_citizen(mine):
        assert arrival.session is not None
        if holder is not None and holder.id != mine.id:
            raise IdentityTaken
        if holder is None and has_one(mine):
            raise IdentityDiffers
        return mine, OpenedSession(arrival.token, arrival.session.expires_at, mine)
    person = holder or mine or service.add_person(locale=arrival.locale, at=arrival.at)
    device_hash = None
    if mine is not None:
        device_hash = db.session.scalar(select(Session.device_hash).where(Session.id == _session_id(arrival)))
        db.session.execute(delete(Session).where(Session.person_id == mine.id))
        if mine.id != person.id:
            _merge(mine, person, arrival.at)
    opened = service.open_session(person, device_hash=device_hash, user_agent=arrival.user_agent, at=arrival.at)
    return person, opened


def _merge(guest: Person, citizen: Person, at: datetime) -> None:
    """Give a guest's rows to a citizen. The guest's own row goes: a table that was forgotten would hold it back."""
    move_rows(guest.id, citizen.id, at)
    db.session.execute(delete(Person).where(Person.id == guest.id))


def _session_id(arrival: Arrival) -> int:
    assert arrival.session is not None
    return arrival.session.session_id
