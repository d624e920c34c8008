"""Read volunteers and what they are qualified for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple, cast

from sqlalchemy import ColumnElement, Select, Table, bindparam, false, func, select, true

from app.core.db import connection, db
from app.core.errors import NotFound
from app.core.sealed import SealedColumn
from app.core.statements import Prepared
from app.orgs.rules import Reach
from app.people import queries as people
from app.volunteers.models import (
    EMERGENCY_CONTACT,
    GUARDIAN_NAME,
    GUARDIAN_PHONE,
    REAL_NAME,
    Qualification,
    Volunteer,
    name_indexes,
)
from app.volunteers.rules import FORGOTTEN_AT_ONCE, Standing, VolunteerState, find_volunteer_no, mask_name


class Private(NamedTuple):
    """What is sealed of a volunteer, in clear: for oneself, and for reveals that leave a trace."""

    real_name: str | None
    emergency_contact: str | None
    guardian_name: str | None
    guardian_phone: str | None


_VOLUNTEERS, _QUALIFICATIONS = cast(Table, Volunteer.__table__), cast(Table, Qualification.__table__)
_STANDING = Prepared(
    select(
        *(_VOLUNTEERS.c[name] for name in ("id", "state", "birth_date", "guardian_consent_at")),
        *(_QUALIFICATIONS.c[name] for name in ("code", "valid_until")),
    )
    .join_from(_VOLUNTEERS, _QUALIFICATIONS, _QUALIFICATIONS.c.volunteer_id == _VOLUNTEERS.c.id, isouter=True)
    .where(_VOLUNTEERS.c.person_id == bindparam("person_id"))
)


def find_standing(person_id: int) -> Standing | None:
    """Return what a person's sign-up is judged by, in one prepared statement; None for who is no volunteer."""
    rows = _STANDING.all(connection(), {"person_id": person_id})
    if not rows:
        return None
    qualifications: dict[str, date | None] = {row.code: row.valid_until for row in rows if row.code is not None}
    first = rows[0]
    has_guardian = first.guardian_consent_at is not None
    return Standing(first.id, first.state, first.birth_date, has_guardian, qualifications)


def find_volunteer(person_id: int) -> Volunteer | None:
    """Return a person's record, or None; one that was emptied, by declining or by deletion, is none."""
    query = select(Volunteer).where(Volunteer.person_id == person_id, Volunteer.real_name_enc.is_not(None))
    return db.session.scalar(query)


def list_by_phones(phones: Collection[str]) -> dict[str, Volunteer]:
    """Return the records of those whom some normalised numbers belong to; emptied ones are none."""
    people_ids = people.list_ids_by_phones(phones)
    query = select(Volunteer).where(Volunteer.person_id.in_(people_ids.values()), Volunteer.real_name_enc.is_not(None))
    records = {one.person_id: one for one in db.session.scalars(query)}
    return {phone: records[person_id] for phone, person_id in people_ids.items() if person_id in records}


def is_named(volunteer: Volunteer, name: str) -> bool:
    """Whether this is a volunteer's real name, however it is spaced."""
    return volunteer.real_name_index in name_indexes(name)


def find_card(person_id: int) -> dict[str, str] | None:
    """Return a person's number and state as a volunteer, or None."""
    found = find_volunteer(person_id)
    return {"volunteer_no": found.volunteer_no, "state": found.state} if found else None


def find_volunteer_for_change(person_id: int) -> Volunteer | None:
    """Return a person's record as it is now, its row locked, emptied ones too; or None."""
    return _locked(select(Volunteer).where(Volunteer.person_id == person_id))


def get_volunteer_for_change(volunteer_id: int) -> Volunteer:
    """Return a volunteer as they are now, the row locked. Raises NotFound."""
    found = _locked(select(Volunteer).where(Volunteer.id == volunteer_id))
    if found is None:
        raise NotFound
    return found


def _locked(query: Select[Volunteer]) -> Volunteer | None:
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def list_unanswered(before: datetime) -> list[Volunteer]:
    """Return those who were invited before an instant and have not answered, oldest first, their rows locked."""
    query = select(Volunteer).where(Volunteer.state == VolunteerState.INVITED, Volunteer.created_at < before)
    locked = query.order_by(Volunteer.id).limit(FORGOTTEN_AT_ONCE).with_for_update()
    return list(db.session.scalars(locked.execution_options(populate_existing=True)))


def list_qualifications(volunteer_id: int) -> list[Qualification]:
    """Return what a volunteer has proved, oldest first."""
    query = select(Qualification).where(Qualification.volunteer_id == volunteer_id).order_by(Qualification.id)
    return list(db.session.scalars(query))


def find_qualification(volunteer_id: int, code: str) -> Qualification | None:
    """Return one qualification of a volunteer, or None."""
    query = select(Qualification).where(Qualification.volunteer_id == volunteer_id, Qualification.code == code)
    return db.session.scalar(query)


def is_number_taken(volunteer_no: str) -> bool:
    """Whether a volunteer has this number."""
    return db.session.scalar(select(Volunteer.id).where(Volunteer.volunteer_no == volunteer_no)) is not None


def opened(volunteer: Volunteer) -> Private:
    """Return what is sealed of a volunteer, in clear."""
    return Private(*(_opened(volunteer, one) for one in (REAL_NAME, EMERGENCY_CONTACT, GUARDIAN_NAME, GUARDIAN_PHONE)))


def masked_name(volunteer: Volunteer) -> str:
    """Return a volunteer's name as others see it, 张*; a dash for one that was emptied."""
    name = _opened(volunteer, REAL_NAME)
    return mask_name(name) if name else "—"


def _opened(volunteer: Volunteer, column: SealedColumn) -> str | None:
    sealed = getattr(volunteer, column.column)
    return column.unseal(sealed, volunteer.public_id).decode() if sealed else None


def with_name(name: str) -> ColumnElement[bool]:
    """Return the filter that finds a whole real name, however it is spaced."""
    return Volunteer.real_name_index.in_(name_indexes(name))


def named(term: str) -> ColumnElement[bool]:
    """Return the filter that finds whom staff look for: a whole name, a whole phone number, or a volunteer's number."""
    number = find_volunteer_no(term)
    if number is not None:
        return Volunteer.volunteer_no == number
    person = people.find_person_named(term)
    if person is not None:
        return Volunteer.person_id == person.id
    return with_name(term)


def count_pending(reach: Reach) -> int:
    """Return how many wait for staff to accept them."""
    query = select(func.count()).select_from(Volunteer).where(Volunteer.state == VolunteerState.PENDING, within(reach))
    return db.session.scalar(query) or 0


def within(reach: Reach) -> ColumnElement[bool]:
    """Return the filter that keeps to volunteers a member of staff may see: those of their districts."""
    if reach.city:
        return true()
    if not reach.district_ids:
        return false()
    return Volunteer.district_id.in_(reach.district_ids)
