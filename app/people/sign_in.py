"""Signing in: whoever proves a phone or a platform's identity becomes that person, and brings along what they have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import delete, select

from app.audit import service as audit
from app.core import counters, secrets
from app.core.actor import SYSTEM
from app.core.db import db
from app.core.errors import DomainError
from app.core.hooks import Hook
from app.people import otp, queries, rules, service
from app.people.errors import IdentityDiffers, IdentityTaken, LoginCodeInvalid, TokenInvalid
from app.people.models import SUBJECT, SUBJECTS, Identity, Person, Provider, Session
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
        service.give_phone(person, number)
    if person.phone_verified_at is None:
        person.phone_verified_at = arrival.at
    db.session.flush()
    return Verdict(opened=opened)


def sign_in_by_wechat(arrival: Arrival, *, openid: str, code: str) -> OpenedSession:
    """Let in whom WeChat has named.

    Sign-ins of one WeChat user wait for each other at a counter's row, so that two at once cannot make two people.

    code: the login code that was exchanged for the openid; it opens once.
    Raises: LoginCodeInvalid; IdentityTaken, IdentityDiffers for a citizen's token.
    """
    window_s = int(rules.LOGIN_CODE_WINDOW.total_seconds())
    counters.hit((Provider.WECHAT, "user", openid), at=arrival.at, window_s=window_s)
    if counters.hit((Provider.WECHAT, "code", code), at=arrival.at, window_s=window_s) > 1:
        raise LoginCodeInvalid
    holder = queries.find_person_by_identity(Provider.WECHAT, openid)
    person, opened = _join(arrival, holder, has_one=lambda mine: queries.has_identity(mine.id, Provider.WECHAT))
    if holder is None:
        db.session.add(
            Identity(
                person_id=person.id,
                provider=Provider.WECHAT,
                subject=secrets.blind_index(SUBJECTS, openid),
                subject_enc=SUBJECT.seal(openid.encode(), str(person.id)),
                created_at=arrival.at,
            )
        )
        db.session.flush()
    return opened


def note_blocked(session: Caller | None, *, request_id: str, at: datetime) -> None:
    """Write down that WeChat has blocked somebody, and whose session they came with."""
    actor = replace(SYSTEM, request_id=request_id)
    audit.record(actor, "people.login_blocked", "person", session.public_id if session else "-", at=at)


def _join(
    arrival: Arrival, holder: Person | None, *, has_one: Callable[[Person], bool]
) -> tuple[Person, OpenedSession]:
    """Return who signs in, and their session. holder: whom the proof belongs to already, locked.

    Only a guest merges; so does a person whom the office wrote down by a phone and whom nobody has proved to be.
    A citizen's own session goes on; a guest's ends, for its token was given without proof.
    has_one: whether a person holds a proof of this kind already.
    """
    mine = None if arrival.session is None else queries.find_person_for_change(arrival.session.person_id)
    if arrival.session is not None and mine is None:
        raise TokenInvalid
    if mine is not None and queries.is_citizen(mine):
        assert arrival.session is not None
        stranger = None if holder is None or holder.id == mine.id else holder
        if stranger is not None and queries.is_citizen(stranger):
            raise IdentityTaken
        if (holder is None or stranger is not None) and has_one(mine):
            raise IdentityDiffers
        if stranger is not None:
            _merge(stranger, mine, arrival.at)
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
