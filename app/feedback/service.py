"""Every write about what people tell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from app.audit import service as audit
from app.core import secrets
from app.core.actor import Actor
from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.core.types import clean_text, new_public_id
from app.feedback import queries, rules
from app.feedback.models import CONTACT, Feedback
from app.feedback.rules import About, FeedbackState
from app.orgs.rules import require
from app.stations import rules as station_rules
from app.stations.models import Station


class Told(NamedTuple):
    """What was told, and the token of its private link; shown here once and stored nowhere."""

    feedback: Feedback
    token: str


class Revealed(NamedTuple):
    """A contact in clear, for one look."""

    contact: str


def tell(data: Mapping[str, Any], *, at: datetime) -> Told:
    """Take what somebody tells; nobody needs to say who they are.

    data: about, text, and maybe ref (a station's code, or what an event or a person is called) and contact.
    Raises: InvalidInput.
    """
    cleaned = {name: clean_text(value) for name, value in data.items()}
    found = rules.problems(cleaned)
    ref = cleaned.get("ref") or None
    station = queries.find_station(ref) if cleaned["about"] == About.STATION and ref else None
    if cleaned["about"] == About.STATION and station is None and "ref" not in found:
        found["ref"] = [rules.UNKNOWN_STATION]
    if found:
        raise InvalidInput(fields=found)
    public_id, token, contact = new_public_id(), secrets.new_token(), cleaned.get("contact")
    told = Feedback(
        public_id=public_id,
        token_hash=secrets.token_hash(token),
        about=About(cleaned["about"]),
        station_id=station.id if station else None,
        ref=ref,
        text=cleaned["text"],
        contact_enc=CONTACT.seal(contact.encode(), public_id) if contact else None,
        state=FeedbackState.OPEN,
        created_at=at,
    )
    db.session.add(told)
    db.session.flush()
    return Told(told, token)


def answer(actor: Actor, feedback_id: int, *, data: Mapping[str, Any], at: datetime) -> Feedback:
    """Answer, or answer better; whoever has the private link reads it.

    Raises: InvalidInput; NotFound, AccessDenied outside the actor's scope.
    """
    told = _loaded(actor, feedback_id, "feedback.answer")
    text = clean_text(data.get("answer") or "")
    if found := rules.answer_problems(text):
        raise InvalidInput(fields=found)
    before = {"state": told.state, "answer": told.answer}
    told.state, told.answer = FeedbackState.ANSWERED, text
    told.answered_at, told.answered_by = at, actor.id
    return _recorded(actor, "feedback.answer", told, before=before, at=at)


def close(actor: Actor, feedback_id: int, *, reason: str, at: datetime) -> Feedback:
    """Close without an answer what needs none, with a reason for the trail.

    Raises: InvalidInput; NotFound, AccessDenied outside the actor's scope.
    """
    told = _loaded(actor, feedback_id, "feedback.answer")
    cleaned = clean_text(reason)
    if found := station_rules.reason_problems(cleaned):
        raise InvalidInput(fields=found)
    before = {"state": told.state}
    told.state, told.answered_at, told.answered_by = FeedbackState.CLOSED, at, actor.id
    return _recorded(actor, "feedback.close", told, before=before, at=at, reason=cleaned)


def reveal_contact(actor: Actor, feedback_id: int, *, reason: str, at: datetime) -> Revealed:
    """Show the contact to a member of staff, with a reason; the act is in the trail, the contact is not.

    Raises: InvalidInput without a reason; NotFound, also where no contact was left; AccessDenied.
    """
    told = _loaded(actor, feedback_id, "feedback.reveal")
    cleaned = clean_text(reason)
    if found := station_rules.reason_problems(cleaned):
        raise InvalidInput(fields=found)
    contact = queries.find_contact(told)
    if contact is None:
        raise NotFound
    audit.record(actor, "feedback.reveal", "feedback", told.public_id, at=at, reason=cleaned)
    return Revealed(contact)


def _loaded(actor: Actor, feedback_id: int, permission: str) -> Feedback:
    told = queries.get_for_change(feedback_id)
    station = db.session.get(Station, told.station_id) if told.station_id else None
    if station is None:
        require(actor, permission)
    else:
        require(actor, permission, district_id=station.district_id, station_id=station.id)
    return told


def _recorded(
    actor: Actor, action: str, told: Feedback, *, before: dict[str, Any], at: datetime, reason: str | None = None
) -> Feedback:
    db.session.flush()
    after = {"state": told.state, **({"answer": told.answer} if "answer" in before else {})}
    audit.record(actor, action, "feedback", told.public_id, at=at, before=before, after=after, reason=reason)
    return told
