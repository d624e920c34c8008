"""What staff do about people: look at a number, sign somebody out everywhere, freeze and unfreeze. Each is audited."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete

from app.audit import service as audit
from app.core.actor import Actor
from app.core.db import db
from app.core.errors import NotFound
from app.orgs.rules import judged_reason, require
from app.people import queries
from app.people.errors import PersonStateConflict
from app.people.models import Person, PersonState, Session


class Revealed(NamedTuple):
    """A number in clear, for the eyes of whoever gave the reason."""

    phone: str


def reveal_phone(actor: Actor, person_id: int, *, reason: str, at: datetime) -> Revealed:
    """Show a person's whole number to a member of staff, with a reason; the act is in the trail, the number is not.

    Raises: InvalidInput without a reason; NotFound, also for who has no number; AccessDenied.
    """
    require(actor, "people.reveal")
    person, cleaned = _load(person_id), judged_reason(reason)
    phone = queries.find_phone(person)
    if phone is None:
        raise NotFound
    audit.record(actor, "people.reveal_phone", "person", person.public_id, at=at, reason=cleaned)
    return Revealed(phone)


def kick_out(actor: Actor, person_id: int, *, at: datetime) -> Person:
    """End every session of a person; with the commit their tokens are dead on every worker. They may sign in again."""
    require(actor, "people.manage")
    person = _load(person_id)
    ended = db.session.execute(delete(Session).where(Session.person_id == person.id).returning(Session.id)).all()
    audit.record(actor, "people.kick_out", "person", person.public_id, at=at, after={"sessions": len(ended)})
    return person


def freeze_person(actor: Actor, person_id: int, *, reason: str, at: datetime) -> Person:
    """Let a person's check-ins count no more until they are unfrozen; what they have stays, and they can still read it.

    Raises: InvalidInput without a reason; PersonStateConflict; NotFound, AccessDenied.
    """
    return _change(actor, person_id, PersonState.FROZEN, reason=reason, at=at)


def unfreeze_person(actor: Actor, person_id: int, *, reason: str, at: datetime) -> Person:
    """Let a frozen person check in again. Raises as freeze_person does."""
    return _change(actor, person_id, PersonState.ACTIVE, reason=reason, at=at)


def _change(actor: Actor, person_id: int, state: PersonState, *, reason: str, at: datetime) -> Person:
    require(actor, "people.manage")
    person, cleaned = _load(person_id), judged_reason(reason)
    if person.state == state:
        raise PersonStateConflict
    action = "people.freeze" if state == PersonState.FROZEN else "people.unfreeze"
    before, person.state = {"state": person.state}, state
    db.session.flush()
    audit.record(
        actor, action, "person", person.public_id, at=at, before=before, after={"state": state.value}, reason=cleaned
    )
    return person


def _load(person_id: int) -> Person:
    person = queries.find_person_for_change(person_id)
    if person is None:
        raise NotFound
    return person
