"""What staff do at the desk: put somebody on a shift by their number, ask them to come, read whole names for a sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.audit import service as audit
from app.core.actor import Actor
from app.core.db import db
from app.core.errors import InvalidInput, Text
from app.events import programme, roster, signups
from app.events.models import Shift, SignUp
from app.orgs.rules import judged_reason, require
from app.volunteers import queries as volunteers
from app.volunteers.models import Volunteer
from app.volunteers.rules import find_volunteer_no

_NOT_A_NUMBER = Text(
    "这不是志愿者编号，请核对：9 位数字，最后一位是校验位。",
    "This is not a volunteer's number. Please check it: nine digits, the last one guards the others.",
)
_UNKNOWN = Text(
    "没有这个编号的志愿者，请核对，或请本人先登记。",
    "No volunteer has this number. Please check it, or let them register first.",
)


def add_by_number(actor: Actor, shift_id: int, *, data: Mapping[str, Any], at: datetime) -> SignUp:
    """Put a volunteer on a shift by the number they gave. data: number. Raises: InvalidInput; as signups.staff_add."""
    return signups.staff_add(actor, shift_id, _volunteer_id(data), at=at)


def invite_by_number(actor: Actor, shift_id: int, *, data: Mapping[str, Any], at: datetime) -> SignUp:
    """Ask a volunteer to a shift by the number they gave. data: number. Raises: InvalidInput; as signups.invite."""
    return signups.invite(actor, shift_id, _volunteer_id(data), at=at)


def reveal_names(actor: Actor, shifts: Sequence[Shift], *, reason: str, at: datetime) -> dict[int, str]:
    """Return the real names of those who come to some shifts, for a sign-in sheet; who looked and why is in the trail.

    Raises: InvalidInput without a reason; NotFound, AccessDenied outside the actor's scope.
    """
    cleaned = judged_reason(reason)
    names: dict[int, str] = {}
    for one in roster.list_rosters(shifts):
        event = one.shift.parent.event
        require(actor, "signups.reveal", **programme.place_of(event))
        own = {
            entry.signup.id: volunteers.opened(entry.signup.volunteer).real_name or "—"
            for state in roster.SHEET
            for entry in one.parts.get(state, ())
        }
        names.update(own)
        after = {"people": len(own), "event": event.public_id}
        audit.record(actor, "signups.reveal", "shift", one.shift.public_id, at=at, after=after, reason=cleaned)
    return names


def _volunteer_id(data: Mapping[str, Any]) -> int:
    """Return the row number of a volunteer. Whoever was erased or never accepted is for the checks to refuse."""
    number = find_volunteer_no(str(data.get("number") or ""))
    if number is None:
        raise InvalidInput(fields={"number": [_NOT_A_NUMBER]})
    found = db.session.scalar(select(Volunteer.id).where(Volunteer.volunteer_no == number))
    if found is None:
        raise InvalidInput(fields={"number": [_UNKNOWN]})
    return found
