"""What staff decide about volunteers: approve, suspend, resume, archive; qualifications; reveals. Each is audited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import delete

from app.audit import service as audit
from app.core.actor import Actor
from app.core.clock import business_date
from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.inbox import own as inbox_own
from app.orgs.rules import judged_reason, require
from app.people import queries as people
from app.people import service as people_service
from app.volunteers import messages, own, queries, rules
from app.volunteers.errors import state_conflict
from app.volunteers.models import Qualification, Volunteer
from app.volunteers.rules import Act


class Revealed(NamedTuple):
    """A volunteer's own data in clear, for the eyes of whoever gave the reason."""

    real_name: str | None
    birth_date: date | None
    phone: str | None
    emergency_contact: str | None
    guardian_name: str | None
    guardian_phone: str | None


def approve(actor: Actor, volunteer_id: int, *, at: datetime) -> Volunteer:
    """Accept somebody who waits for it. Raises: VolunteerStateConflict; NotFound, AccessDenied."""
    return _decide(actor, volunteer_id, Act.APPROVE, reason=None, at=at)


def suspend(actor: Actor, volunteer_id: int, *, reason: str, at: datetime) -> Volunteer:
    """Let a volunteer sign up for nothing more, with a reason that they can read; what they have stays.

    Raises: InvalidInput without a reason; VolunteerStateConflict; NotFound, AccessDenied.
    """
    return _decide(actor, volunteer_id, Act.SUSPEND, reason=reason, at=at)


def resume(actor: Actor, volunteer_id: int, *, reason: str, at: datetime) -> Volunteer:
    """Let a suspended volunteer sign up again. Raises as suspend does."""
    return _decide(actor, volunteer_id, Act.RESUME, reason=reason, at=at)


def archive(actor: Actor, volunteer_id: int, *, reason: str, at: datetime) -> Volunteer:
    """Close a record: refused, moved away, or no longer wanted. They may ask again; staff then look first.

    Raises as suspend does.
    """
    return _decide(actor, volunteer_id, Act.ARCHIVE, reason=reason, at=at)


def take_back(actor: Actor, volunteer_id: int, *, at: datetime) -> None:
    """Take back an invitation that nobody has answered and no sign-up refers to: nothing of the person stays.

    Of a record that was there before, archived, the number stays. Raises: VolunteerStateConflict; NotFound, AccessDenied.
    """
    volunteer = _loaded(actor, volunteer_id, "volunteers.edit")
    if volunteer.state != rules.VolunteerState.INVITED:
        raise state_conflict(volunteer.state)
    before = {"state": volunteer.state, "origin": volunteer.origin}
    _record(actor, "volunteers.take_back", volunteer, at=at, before=before)
    if volunteer.version > 1:
        own.erase(volunteer.person_id)
        db.session.refresh(volunteer)
        return
    db.session.execute(delete(Qualification).where(Qualification.volunteer_id == volunteer.id))
    db.session.delete(volunteer)
    db.session.flush()
    person = people.find_person_for_change(volunteer.person_id)
    if person is not None and not people.is_citizen(person):
        inbox_own.erase(person.id)
        people_service.forget_unproved(person.id)


def note_qualification(actor: Actor, volunteer_id: int, *, data: Mapping[str, Any], at: datetime) -> Qualification:
    """Note what a volunteer has shown proof of; noted again, its last day is the new one.

    data: code; valid_until: the last city day, or None for no end.
    Raises: InvalidInput; NotFound, AccessDenied.
    """
    volunteer = _loaded(actor, volunteer_id, "volunteers.edit")
    code, valid_until = data.get("code"), data.get("valid_until")
    if found := rules.qualification_problems({"code": code, "valid_until": valid_until}, today=business_date(at)):
        raise InvalidInput(fields=found)
    noted = queries.find_qualification(volunteer.id, str(code))
    before = _said(noted) if noted else None
    if noted is None:
        noted = Qualification(volunteer_id=volunteer.id, code=code)
        db.session.add(noted)
    noted.valid_until, noted.noted_at, noted.noted_by = valid_until, at, actor.id
    db.session.flush()
    _record(actor, "volunteers.note_qualification", volunteer, at=at, before=before, after=_said(noted))
    return noted


def remove_qualification(actor: Actor, volunteer_id: int, *, data: Mapping[str, Any], at: datetime) -> None:
    """Take back a qualification. data: qualification (its row), reason. Raises: InvalidInput without a reason; NotFound, AccessDenied."""
    volunteer = _loaded(actor, volunteer_id, "volunteers.edit")
    noted = db.session.get(Qualification, data.get("qualification") or 0)
    if noted is None or noted.volunteer_id != volunteer.id:
        raise NotFound
    reason = judged_reason(data.get("reason"))
    before = _said(noted)
    db.session.delete(noted)
    _record(actor, "volunteers.remove_qualification", volunteer, at=at, before=before, reason=reason)


def reveal(actor: Actor, volunteer_id: int, *, reason: str, at: datetime) -> Revealed:
    """Show a volunteer's own data to a member of staff, with a reason; the act is in the trail, the data are not.

    Raises: InvalidInput without a reason; NotFound, also for one whose data are gone; AccessDenied.
    """
    volunteer = _loaded(actor, volunteer_id, "volunteers.reveal")
    cleaned = judged_reason(reason)
    if volunteer.real_name_enc is None:
        raise NotFound
    own = queries.opened(volunteer)
    phone = people.find_phone(people.get_person(volunteer.person_id))
    _record(actor, "volunteers.reveal", volunteer, at=at, reason=cleaned)
    return Revealed(
        own.real_name, volunteer.birth_date, phone, own.emergency_contact, own.guardian_name, own.guardian_phone
    )


def _decide(actor: Actor, volunteer_id: int, act: Act, *, reason: str | None, at: datetime) -> Volunteer:
    volunteer = _loaded(actor, volunteer_id, "volunteers.decide")
    cleaned = None if reason is None else judged_reason(reason)
    if not rules.is_open_to(act, volunteer.state):
        raise state_conflict(volunteer.state)
    before = {"state": volunteer.state}
    _, volunteer.state = rules.ACTS[act]
    volunteer.state_reason = cleaned if act in (Act.SUSPEND, Act.ARCHIVE) else None
    volunteer.version += 1
    after = {"state": str(volunteer.state)}
    _record(actor, f"volunteers.{act}", volunteer, at=at, before=before, after=after, reason=cleaned)
    if volunteer.real_name_enc is not None:
        messages.tell_decided(volunteer, act, at)
    return volunteer


def _loaded(actor: Actor, volunteer_id: int, permission: str) -> Volunteer:
    volunteer = queries.get_volunteer_for_change(volunteer_id)
    require(actor, permission, district_id=volunteer.district_id)
    return volunteer


def _said(noted: Qualification) -> dict[str, Any]:
    return {"qualification": noted.code, "last_day": noted.valid_until.isoformat() if noted.valid_until else None}


def _record(
    actor: Actor, action: str, volunteer: Volunteer, *, at: datetime, reason: str | None = None, **changed: Any
) -> None:
    """Write an act into the trail. changed: before, after."""
    db.session.flush()
    audit.record(actor, action, "volunteer", volunteer.public_id, at=at, reason=reason, **changed)
