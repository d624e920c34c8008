"""Every write of a volunteer's record: by themselves, and by staff on behalf. Load → judge → change → record."""

from __future__ import annotations

import secrets as random_source
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from app.audit import queries as audit_queries
from app.audit import service as audit
from app.core import clock
from app.core.actor import Actor
from app.core.clock import business_date
from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.core.hooks import Hook
from app.core.sealed import SealedColumn
from app.core.types import clean_text, new_public_id
from app.orgs import queries as orgs
from app.orgs.models import District
from app.orgs.rules import require
from app.people import queries as people
from app.people import service as people_service
from app.people.rules import normalise_phone
from app.privacy import deletion
from app.privacy import queries as consents
from app.privacy import service as privacy
from app.privacy.rules import Purpose
from app.volunteers import messages, own, queries, rules
from app.volunteers.errors import GuardianNeeded, PhoneRequired, state_conflict
from app.volunteers.models import EMERGENCY_CONTACT, GUARDIAN_NAME, GUARDIAN_PHONE, REAL_NAME, Volunteer, name_index
from app.volunteers.rules import Origin, VolunteerState

leave_shifts: Hook[[int], None] = Hook("volunteers.leave_shifts")
"""Person → their seats and places in queues are given back; provided by the events."""
_SEALED = {
    "real_name": REAL_NAME,
    "emergency_contact": EMERGENCY_CONTACT,
    "guardian_name": GUARDIAN_NAME,
    "guardian_phone": GUARDIAN_PHONE,
}
_PLAIN = ("gender", "birth_date", "skills", "languages")
_GUARDIAN = ("guardian_name", "guardian_phone", "guardian_consent")
FIELDS = ("real_name", "birth_date", "district", "gender", "skills", "languages", "emergency_contact", *_GUARDIAN)
_NEEDED = ("real_name", "birth_date", "district")


def register(actor: Actor, *, data: Mapping[str, Any], at: datetime) -> Volunteer:
    """Let a person become a volunteer, or change what they said; an invited one accepts by it.

    Sending it is agreeing to the present texts on real names and, with a guardian, on guardians.
    data: any of FIELDS; what is left out stays, None empties. district: its code. birth_date: a day.
    Raises: PhoneRequired; InvalidInput with a sentence per field; GuardianNeeded.
    """
    assert actor.id is not None
    _expect_phone(actor.id)  # locks the person, so that a double tap makes one record
    known = queries.find_volunteer_for_change(actor.id)
    is_new = known is None or known.real_name_enc is None
    given = clean(data)
    judged = {**dict.fromkeys(_NEEDED), **given} if is_new else given
    _judge(judged, volunteer=known, at=at)
    _agree(actor.id, judged, known, at)
    if known is None:
        return _add(actor.id, judged, Origin.SELF, state=None, at=at)
    was = VolunteerState(known.state)
    joins = is_new or was in (VolunteerState.INVITED, VolunteerState.ARCHIVED)
    _set(known, judged, at)
    if joins:
        _join(known, was_archived=was == VolunteerState.ARCHIVED and not is_new, at=at)
    else:
        birth_date, has_guardian = _birth_date(known), known.guardian_consent_at is not None
        day = business_date(at)
        known.state = rules.state_after_change(known.state, birth_date, has_guardian=has_guardian, day=day)
    known.version += 1
    db.session.flush()
    return known


def accept_invitation(actor: Actor, *, at: datetime) -> Volunteer:
    """Let a person accept the record that was made for them; accepting again changes nothing.

    Raises: NotFound; PhoneRequired; VolunteerStateConflict; InvalidInput for what an invitation by name and phone
        alone leaves open: `register` takes it and accepts by it; GuardianNeeded.
    """
    assert actor.id is not None
    volunteer = _own(actor.id)
    if volunteer.state in (VolunteerState.PENDING, VolunteerState.ACTIVE):
        return volunteer
    if volunteer.state != VolunteerState.INVITED:
        raise state_conflict(volunteer.state)
    _expect_phone(actor.id)
    _judge({name: value_of(volunteer, name) for name in _NEEDED}, volunteer=volunteer, at=at)
    _agree(actor.id, {}, volunteer, at)
    _join(volunteer, was_archived=False, at=at)
    volunteer.version += 1
    db.session.flush()
    return volunteer


def decline_invitation(actor: Actor) -> Volunteer:
    """Let a person decline; what somebody else wrote about them is emptied at once, their number alone stays.

    Raises: NotFound; VolunteerStateConflict for who has accepted.
    """
    assert actor.id is not None
    volunteer = _own(actor.id)
    if volunteer.state != VolunteerState.INVITED:
        raise state_conflict(volunteer.state)
    _empty(volunteer)
    return volunteer


def forget_real_name(person_id: int, purpose: str, at: datetime) -> None:
    """Follow a person who takes `realname` or `guardian` back: without it the record cannot be kept, so it is emptied.

    A guardian's data alone go where no guardian is needed. Source: PIPL art. 15 and 31.
    """
    volunteer = queries.find_volunteer_for_change(person_id)
    if volunteer is None or volunteer.real_name_enc is None:
        return
    day = business_date(at)
    is_ward = volunteer.birth_date is None or rules.needs_guardian(volunteer.birth_date, day)
    if purpose == Purpose.REALNAME or (volunteer.guardian_consent_at is not None and is_ward):
        _empty(volunteer)
    else:
        _set(volunteer, {"guardian_name": None, "guardian_phone": None}, at)
    volunteer.version += 1
    db.session.flush()


def judge_volunteer(
    actor: Actor, data: Mapping[str, Any], *, at: datetime, origin: Origin = Origin.STAFF
) -> dict[str, Any]:
    """Judge what staff write about somebody, without writing anything. Returns the cleaned values.

    data: any of FIELDS, and phone. origin: a unit's list needs a name, a phone and the district alone, and it is the
        shift that says who may hand one in: its caller has judged that.
    Raises: InvalidInput with a sentence per field; GuardianNeeded; NotFound, AccessDenied outside the actor's scope.
    """
    is_listed = origin == Origin.UNIT
    needed = ("real_name", "district") if is_listed else _NEEDED
    cleaned = {**dict.fromkeys(("phone", *needed)), **clean(data)}
    _judge(cleaned, volunteer=None, at=at)
    if not is_listed:
        require(actor, "volunteers.edit", district_id=_district_id(cleaned["district"]))
    person = people.find_person_by_phone(cleaned["phone"])
    holder = queries.find_volunteer(person.id) if person else None
    if holder is not None and holder.state != VolunteerState.ARCHIVED:
        raise InvalidInput(fields={"phone": [rules.PHONE_TAKEN]})
    return cleaned


def create_volunteer(
    actor: Actor, *, data: Mapping[str, Any], at: datetime, origin: Origin = Origin.STAFF
) -> Volunteer:
    """Write somebody down on their behalf: invited, until they accept on the phone that is theirs.

    Who has that phone already is invited as they are; else a person is made whom the first sign-in by it proves.
    Raises: as judge_volunteer.
    """
    cleaned = judge_volunteer(actor, data, at=at, origin=origin)
    person = people_service.write_down_phone(cleaned["phone"], at=at)
    known = queries.find_volunteer_for_change(person.id)
    if known is None:
        volunteer = _add(person.id, cleaned, origin, state=VolunteerState.INVITED, at=at)
    else:
        volunteer = known
        _empty(known)
        known.state, known.state_reason, known.origin = VolunteerState.INVITED, None, origin
        known.created_at = at
        _set(known, cleaned, at)
        known.version += 1
        db.session.flush()
    after = {"origin": origin.value, **_said(cleaned), "state": volunteer.state}
    audit.record(actor, "volunteers.create", "volunteer", volunteer.public_id, at=at, after=after)
    messages.tell_invited(volunteer, at)
    return volunteer


def update_volunteer(
    actor: Actor, volunteer_id: int, *, data: Mapping[str, Any], seen_version: int | None, at: datetime
) -> Volunteer:
    """Change the fields given. seen_version: the version the person looked at; None where nobody looked.

    Raises: InvalidInput; GuardianNeeded; ChangedMeanwhile when somebody else saved since; VolunteerStateConflict for
        one whose data are gone; NotFound, AccessDenied.
    """
    volunteer = queries.get_volunteer_for_change(volunteer_id)
    require(actor, "volunteers.edit", district_id=volunteer.district_id)
    if seen_version is not None and seen_version != volunteer.version:
        raise audit_queries.changed_meanwhile("volunteer", volunteer.public_id)
    changed = judge_change(actor, volunteer, data, at=at)
    if not changed:
        return volunteer
    before = {name: value_of(volunteer, name) for name in changed}
    _set(volunteer, changed, at)
    volunteer.version += 1
    db.session.flush()
    audit.record(
        actor,
        "volunteers.update",
        "volunteer",
        volunteer.public_id,
        at=at,
        before=_said(before),
        after=_said(changed),
    )
    return volunteer


def forget_unanswered(before: datetime) -> int:
    """Empty the records of those who were invited before an instant and never answered. Returns how many.

    A person who was made for the invitation and never signed in goes with it. Source: PIPL art. 19.
    """
    unanswered = queries.list_unanswered(before)
    for volunteer in unanswered:
        person = people.find_person_for_change(volunteer.person_id)
        if person is not None and not people.is_citizen(person):
            deletion.erase_own(person.id, clock.now())
        else:
            _empty(volunteer)
    return len(unanswered)


def judge_change(actor: Actor, volunteer: Volunteer, data: Mapping[str, Any], *, at: datetime) -> dict[str, Any]:
    """Judge what staff would change of a record, without writing anything. Returns the cleaned values that differ.

    Raises: as update_volunteer, but ChangedMeanwhile.
    """
    require(actor, "volunteers.edit", district_id=volunteer.district_id)
    if volunteer.real_name_enc is None:
        raise state_conflict(volunteer.state)
    cleaned = {name: value for name, value in clean(data).items() if name != "phone"}
    _judge(cleaned, volunteer=volunteer, at=at)
    if "district" in cleaned:
        require(actor, "volunteers.edit", district_id=_district_id(cleaned["district"]))
    return {name: value for name, value in cleaned.items() if value != value_of(volunteer, name)}


def clean(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return typed values as the rules judge them: trimmed, phones in their one spelling, lists without repeats."""
    cleaned = {name: clean_text(value) for name, value in data.items()}
    for name in ("phone", "guardian_phone"):
        if isinstance(cleaned.get(name), str):
            cleaned[name] = normalise_phone(cleaned[name]) or cleaned[name]
    for name in ("skills", "languages"):
        if name in cleaned:
            cleaned[name] = list(dict.fromkeys(cleaned[name] or ()))
    for name in ("gender", "emergency_contact", "guardian_name", "guardian_phone"):
        if name in cleaned:
            cleaned[name] = cleaned[name] or None
    return cleaned


def _judge(data: Mapping[str, Any], *, volunteer: Volunteer | None, at: datetime) -> None:
    """Raise what is wrong with some values of a volunteer, those not given taken from the record."""
    day = business_date(at)
    found = rules.problems(data, today=day)
    if data.get("district") and orgs.find_district_by_code(data["district"]) is None:
        found["district"] = [rules.UNKNOWN_CHOICE]
    if found:
        raise InvalidInput(fields=found)
    birth_date = data.get("birth_date") or (volunteer.birth_date if volunteer else None)
    kept = volunteer is not None and volunteer.guardian_consent_at is not None and "guardian_name" not in data
    if birth_date and rules.needs_guardian(birth_date, day) and not (data.get("guardian_name") or kept):
        raise GuardianNeeded(fields={"guardian_name": [rules.GUARDIAN_UNDER_14]})


def _empty(volunteer: Volunteer) -> None:
    """Leave of a record nothing but an archived number, and give back what it holds on shifts."""
    db.session.flush()
    leave_shifts(volunteer.person_id)
    own.erase(volunteer.person_id)
    db.session.refresh(volunteer)


def _expect_phone(person_id: int) -> None:
    person = people.find_person_for_change(person_id)
    if person is None or person.phone_verified_at is None:
        raise PhoneRequired


def _own(person_id: int) -> Volunteer:
    volunteer = queries.find_volunteer_for_change(person_id)
    if volunteer is None or volunteer.real_name_enc is None:
        raise NotFound
    return volunteer


def _agree(person_id: int, data: Mapping[str, Any], volunteer: Volunteer | None, at: datetime) -> None:
    """Write down what the person agrees to by sending their name, and a guardian's data."""
    kept = volunteer is not None and volunteer.guardian_consent_at is not None and "guardian_name" not in data
    for purpose in (Purpose.REALNAME, *((Purpose.GUARDIAN,) if data.get("guardian_name") or kept else ())):
        version = consents.get_current_text(purpose).version
        privacy.give_consent(person_id, purpose=purpose, version=version, at=at)


def _add(
    person_id: int, data: Mapping[str, Any], origin: Origin, *, state: VolunteerState | None, at: datetime
) -> Volunteer:
    """Make a record. state: None for who joins by themselves."""
    volunteer = Volunteer(
        public_id=new_public_id(),
        person_id=person_id,
        volunteer_no=_new_number(),
        skills=[],
        languages=[],
        state=state or VolunteerState.INVITED,
        origin=origin,
        created_at=at,
        version=1,
    )
    _set(volunteer, data, at)
    if state is None:
        _join(volunteer, was_archived=False, at=at)
    db.session.add(volunteer)
    db.session.flush()
    return volunteer


def _join(volunteer: Volunteer, *, was_archived: bool, at: datetime) -> None:
    volunteer.state = rules.state_when_joining(
        _birth_date(volunteer),
        has_guardian=volunteer.guardian_consent_at is not None,
        was_archived=was_archived,
        day=business_date(at),
    )
    volunteer.state_reason = None


def _birth_date(volunteer: Volunteer) -> date:
    assert volunteer.birth_date is not None
    return volunteer.birth_date


def _new_number() -> str:
    """Draw a number that nobody has; drawn and not counted, so that it tells nobody how many there are."""
    low = 10 ** (rules.NUMBER_DIGITS - 1)
    while queries.is_number_taken(drawn := rules.volunteer_no(low + random_source.randbelow(9 * low))):
        pass
    return drawn


def _set(volunteer: Volunteer, data: Mapping[str, Any], at: datetime) -> None:
    """Write judged values into a record."""
    for name in _PLAIN:
        if name in data:
            setattr(volunteer, name, data[name])
    if "district" in data:
        volunteer.district_id = _district_id(data["district"])
    for name, column in _SEALED.items():
        if name in data:
            setattr(volunteer, column.column, _sealed(column, data[name], volunteer.public_id))
    if "real_name" in data:
        name = data["real_name"]
        volunteer.real_name_index = name_index(name) if name else None
    if "guardian_name" in data:
        volunteer.guardian_consent_at = at if data["guardian_name"] else None


def _sealed(column: SealedColumn, value: str | None, name: str) -> str | None:
    return column.seal(value.encode(), name) if value else None


def _district_id(code: str | None) -> int | None:
    district = orgs.find_district_by_code(code) if code else None
    return district.id if district else None


def value_of(volunteer: Volunteer, name: str) -> Any:
    """Return a field of a record in the words of `data`."""
    if name in _SEALED:
        return getattr(queries.opened(volunteer), name)
    if name == "district":
        district = db.session.get(District, volunteer.district_id) if volunteer.district_id else None
        return district.code if district else None
    if name == "guardian_consent":
        return volunteer.guardian_consent_at is not None
    return getattr(volunteer, name)


def _said(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as the audit trail may keep them: names masked, of a birthday the year, of contacts that they are there."""
    said = {name: data[name] for name in ("district", "gender", "skills", "languages") if name in data}
    if "real_name" in data:
        said["real_name"] = rules.mask_name(data["real_name"]) if data["real_name"] else None
    if "birth_date" in data:
        said["birth_year"] = data["birth_date"].year if data["birth_date"] else None
    for name in ("emergency_contact", "guardian_name", "guardian_phone"):
        if name in data:
            said[name] = "***" if data[name] else None
    return said
