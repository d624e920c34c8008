"""A person's own rows in this domain: a copy of them; what becomes of them in a merge, and their erasure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from app.core.clock import written
from app.core.db import db
from app.volunteers import queries
from app.volunteers.models import Qualification, Volunteer
from app.volunteers.rules import VolunteerState


def own_rows(person_id: int) -> dict[str, list[dict[str, Any]]]:
    """Return the person's record as a volunteer and their qualifications, JSON-ready."""
    one = db.session.scalar(select(Volunteer).where(Volunteer.person_id == person_id))
    if one is None:
        return {"volunteers": [], "qualifications": []}

    private = queries.opened(one)
    return {
        "volunteers": [
            {
                "id": one.public_id,
                "volunteer_no": one.volunteer_no,
                "real_name": private.real_name,
                "gender": one.gender,
                "birth_date": one.birth_date.isoformat() if one.birth_date else None,
                "district": one.district.code if one.district else None,
                "skills": one.skills,
                "languages": one.languages,
                "emergency_contact": private.emergency_contact,
                "guardian_name": private.guardian_name,
                "guardian_phone": private.guardian_phone,
                "guardian_consent_at": written(one.guardian_consent_at),
                "state": one.state,
                "state_reason": one.state_reason,
                "origin": one.origin,
                "created_at": written(one.created_at),
            }
        ],
        "qualifications": [
            {
                "code": row.code,
                "valid_until": row.valid_until.isoformat() if row.valid_until else None,
                "noted_at": written(row.noted_at),
            }
            for row in queries.list_qualifications(one.id)
        ],
    }


def move_volunteer(guest_id: int, citizen_id: int, _at: datetime) -> None:
    """Give a merging guest's record to the citizen, who has none; two volunteers never merge, so else it stays behind."""
    taken = select(Volunteer.id).where(Volunteer.person_id == citizen_id)
    if db.session.scalar(taken) is None:
        db.session.execute(update(Volunteer).where(Volunteer.person_id == guest_id).values(person_id=citizen_id))


def erase(person_id: int) -> None:
    """Leave of a volunteer an archived number that sign-ups refer to: no name, no age, no contact, no qualification."""
    theirs = select(Volunteer.id).where(Volunteer.person_id == person_id)
    db.session.execute(delete(Qualification).where(Qualification.volunteer_id.in_(theirs)))
    db.session.execute(
        update(Volunteer)
        .where(Volunteer.person_id == person_id)
        .values(
            state=VolunteerState.ARCHIVED,
            state_reason=None,
            real_name_enc=None,
            real_name_index=None,
            gender=None,
            birth_date=None,
            district_id=None,
            skills=[],
            languages=[],
            emergency_contact_enc=None,
            guardian_name_enc=None,
            guardian_phone_enc=None,
            guardian_consent_at=None,
        )
    )
