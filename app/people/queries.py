"""Read citizens and their sessions."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import ColumnElement, Table, bindparam, exists, func, select

from app.core import secrets
from app.core.db import db, read_connection
from app.core.errors import NotFound
from app.core.statements import Prepared
from app.people.models import PHONE, PHONES, SUBJECTS, Identity, Person, Provider, Session
from app.people.rules import normalise_phone


class Caller(NamedTuple):
    """Who stands behind a token, as one indexed look-up finds it."""

    session_id: int
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    device_hash: str | None
    person_id: int
    public_id: str
    state: str


_SESSIONS, _PERSONS = cast(Table, Session.__table__), cast(Table, Person.__table__)
_CALLER = Prepared(
    select(
        _SESSIONS.c.id.label("session_id"),
        *(_SESSIONS.c[name] for name in ("created_at", "last_seen_at", "expires_at", "device_hash")),
        _PERSONS.c.id.label("person_id"),
        *(_PERSONS.c[name] for name in ("public_id", "state")),
    )
    .join_from(_SESSIONS, _PERSONS, _PERSONS.c.id == _SESSIONS.c.person_id)
    .where(_SESSIONS.c.token_hash == bindparam("token_hash"), _PERSONS.c.erased_at.is_(None))
)


def find_caller(token: str) -> Caller | None:
    """Return who holds a token, or None; whether the session is still live is for the rules to say."""
    with read_connection() as connection:
        row = _CALLER.first(connection, {"token_hash": secrets.token_hash(token)})
    return Caller(*row) if row else None


def get_person(person_id: int) -> Person:
    """Return a person. Raises NotFound."""
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound
    return person


def find_person_for_change(person_id: int) -> Person | None:
    """Return a person, the row locked, or None when it has gone."""
    return _locked(Person.id == person_id)


def find_person_by_phone(phone: str) -> Person | None:
    """Return whose normalised number this is, the row locked, or None."""
    return _locked(_has_phone(phone))


def list_ids_by_phones(phones: Collection[str]) -> dict[str, int]:
    """Return whose some normalised numbers are, by number, without a lock; a number of nobody's is left out."""
    named = {index: phone for phone in phones for index in secrets.blind_indexes(PHONES, phone)}
    query = select(Person.phone_index, Person.id).where(Person.phone_index.in_(named), Person.erased_at.is_(None))
    return {named[index]: person_id for index, person_id in db.session.execute(query) if index}


def _has_phone(phone: str) -> ColumnElement[bool]:
    return Person.phone_index.in_(secrets.blind_indexes(PHONES, phone))


def find_person_by_identity(provider: Provider, subject: str) -> Person | None:
    """Return whom a platform means, the row locked, or None."""
    known = select(Identity.person_id).where(
        Identity.provider == provider, Identity.subject.in_(secrets.blind_indexes(SUBJECTS, subject))
    )
    return _locked(Person.id.in_(known))


def has_identity(person_id: int, provider: Provider) -> bool:
    """Whether a person holds an identity of a platform."""
    return bool(
        db.session.scalar(select(exists().where(Identity.person_id == person_id, Identity.provider == provider)))
    )


def _locked(which: ColumnElement[bool]) -> Person | None:
    query = select(Person).where(which, Person.erased_at.is_(None)).with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))


def is_citizen(person: Person) -> bool:
    """Whether a person has proved a phone or holds a platform's identity; a guest has neither."""
    if person.phone_verified_at is not None:
        return True
    return bool(db.session.scalar(select(exists().where(Identity.person_id == person.id))))


def find_phone(person: Person) -> str | None:
    """Return a person's number in clear, or None. For masking, and for reveals that leave a trace."""
    if person.phone_enc is None:
        return None
    return PHONE.unseal(person.phone_enc, person.public_id).decode()


def list_sessions(person_id: int, at: datetime) -> list[Session]:
    """Return a person's live sessions, the one used last first."""
    query = (
        select(Session)
        .where(Session.person_id == person_id, Session.expires_at > at)
        .order_by(Session.last_seen_at.desc(), Session.id.desc())
    )
    return list(db.session.scalars(query))


def find_person_named(term: str) -> Person | None:
    """Return whom staff look for by a whole phone number, however written, or by a public id; None for nobody."""
    phone = normalise_phone(term)
    which = Person.public_id == term.strip() if phone is None else _has_phone(phone)
    return db.session.scalar(select(Person).where(which, Person.erased_at.is_(None)))


def list_last_seen(person_ids: Collection[int]) -> dict[int, datetime]:
    """Return when each of some people used a session last; those without one are left out."""
    query = (
        select(Session.person_id, func.max(Session.last_seen_at))
        .where(Session.person_id.in_(person_ids))
        .group_by(Session.person_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}
