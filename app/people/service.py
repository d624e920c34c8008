"""Every change to citizens and their sessions."""

from __future__ import annotations

import secrets as random_source
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, exists, or_, update

from app.core import secrets
from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.core.types import clean_text, new_public_id
from app.people import queries, rules
from app.people.models import PHONE, PHONES, Identity, Locale, Person, PersonState, Session


class OpenedSession(NamedTuple):
    """A fresh session; the token is shown here once and stored nowhere."""

    token: str
    expires_at: datetime
    person: Person


def open_guest_session(*, locale: str, device_id: str | None, user_agent: str, at: datetime) -> OpenedSession:
    """Let somebody in without a form: a new guest and a session for this device."""
    device_hash = secrets.digest("device", device_id).hex() if device_id else None
    return open_session(add_person(locale=locale, at=at), device_hash=device_hash, user_agent=user_agent, at=at)


def add_person(*, locale: str, at: datetime) -> Person:
    """Write down somebody of whom nothing is known yet."""
    person = Person(
        public_id=new_public_id(),
        nickname=f"游客{random_source.randbelow(9000) + 1000}",
        locale=Locale(locale),
        elder_mode=False,
        state=PersonState.ACTIVE,
        created_at=at,
    )
    session = db.session()
    session.add(person)
    session.flush()
    return person


def write_down_phone(phone: str, *, at: datetime) -> Person:
    """Return whose normalised number this is, the row locked; else write down a person whom nobody has proved to be yet.

    The first sign-in by that phone proves them.
    """
    holder = queries.find_person_by_phone(phone)
    if holder is not None:
        return holder
    person = add_person(locale=Locale.ZH, at=at)
    give_phone(person, phone)
    db.session.flush()
    return person


def forget_unproved(person_id: int) -> None:
    """Delete somebody who was only ever written down by a phone: who never signed in, and proved nothing."""
    proof = (
        exists().where(Session.person_id == Person.id),
        exists().where(Identity.person_id == Person.id),
    )
    db.session.execute(delete(Person).where(Person.id == person_id, Person.phone_verified_at.is_(None), ~or_(*proof)))


def give_phone(person: Person, phone: str) -> None:
    """Write a normalised number to a person who has none; whether it is proved is another matter."""
    person.phone_index = secrets.blind_index(PHONES, phone)
    person.phone_enc = PHONE.seal(phone.encode(), person.public_id)


def open_session(person: Person, *, device_hash: str | None, user_agent: str, at: datetime) -> OpenedSession:
    """Sign a person in on a device."""
    token = secrets.new_token()
    expires_at = rules.session_expiry(at, at)
    db.session.add(
        Session(
            public_id=new_public_id(),
            person_id=person.id,
            token_hash=secrets.token_hash(token),
            device_hash=device_hash,
            device=rules.device_label(user_agent),
            created_at=at,
            last_seen_at=at,
            expires_at=expires_at,
        )
    )
    return OpenedSession(token, expires_at, person)


def touch_session(session_id: int, *, created_at: datetime, at: datetime) -> None:
    """Slide a session's expiry forward after use."""
    db.session.execute(
        update(Session)
        .where(Session.id == session_id)
        .values(last_seen_at=at, expires_at=rules.session_expiry(created_at, at))
    )


def sign_out(session_id: int) -> None:
    """End a session; its token is dead on every worker with the commit."""
    db.session.execute(delete(Session).where(Session.id == session_id))


def end_session(person_id: int, public_id: str) -> None:
    """End one of a person's own sessions. Raises NotFound, also for another person's."""
    ended = db.session.execute(
        delete(Session).where(Session.person_id == person_id, Session.public_id == public_id).returning(Session.id)
    ).first()
    if ended is None:
        raise NotFound


def update_me(person_id: int, changes: Mapping[str, Any]) -> Person:
    """Change nickname, locale or elder_mode of oneself. Raises InvalidInput."""
    cleaned = {name: clean_text(value) for name, value in changes.items()}
    if found := rules.problems(cleaned):
        raise InvalidInput(fields=found)
    person = queries.get_person(person_id)
    for name, value in cleaned.items():
        setattr(person, name, value)
    db.session.flush()
    return person


def purge_expired_sessions(before: datetime) -> int:
    """Delete sessions that ended before an instant. Returns how many."""
    ended = db.session.execute(delete(Session).where(Session.expires_at < before).returning(Session.id))
    return len(ended.all())
