"""A unit signs its people up together (单位集体报名): each is asked, nobody is put on a shift by it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from app.core.actor import Actor
from app.core.db import db
from app.core.errors import InvalidInput
from app.events import signups
from app.events.pasting import Listed
from app.events.rules import Via
from app.orgs.models import District
from app.volunteers import queries as volunteers
from app.volunteers import rules
from app.volunteers import service as volunteer_service
from app.volunteers.rules import Origin


class Asked(NamedTuple):
    """Somebody who was asked. is_new: was written down as a volunteer by it, and accepts that first."""

    volunteer_no: str
    is_new: bool


def invite_listed(actor: Actor, shift_id: int, listed: Listed, *, at: datetime) -> Asked:
    """Ask one person of a list to come to a shift; who is no volunteer yet is invited to be one by the same act.

    A phone is who somebody is; the name must be the one it is registered under. Whoever is asked accepts or declines
    on their phone, and is judged anew then. One unit of work a line: a refusal undoes nothing of the others.

    Raises: InvalidInput for a line that names nobody, or somebody else; the refusal of the first failing check, with
        all reasons; NotFound, AccessDenied outside the actor's scope.
    """
    place = signups.place_for(actor, shift_id)
    if listed.problem is not None:
        raise InvalidInput(fields={"line": [listed.problem]})
    volunteer = volunteers.list_by_phones({listed.phone}).get(listed.phone)
    if volunteer is not None and not volunteers.is_named(volunteer, listed.name):
        raise InvalidInput(fields={"line": [rules.NAME_DIFFERS]})
    is_new = volunteer is None
    if volunteer is None:
        district = db.session.get_one(District, place.district_id)
        data = {"real_name": listed.name, "phone": listed.phone, "district": district.code}
        volunteer = volunteer_service.create_volunteer(actor, data=data, at=at, origin=Origin.UNIT)
    signups.invite(actor, shift_id, volunteer.id, at=at, via=Via.UNIT)
    return Asked(volunteer.volunteer_no, is_new)
