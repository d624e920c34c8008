"""Read what people told."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select, true

from app.core import secrets
from app.core.db import db
from app.core.errors import NotFound
from app.feedback.models import CONTACT, Feedback
from app.feedback.rules import FeedbackState
from app.orgs.rules import Reach
from app.stations import queries as stations
from app.stations.models import Station
from app.stations.rules import LISTED


def find_by_token(token: str) -> Feedback | None:
    """Return what a private link opens, or None."""
    return db.session.scalar(select(Feedback).where(Feedback.token_hash == secrets.token_hash(token)))


def find_station(code: str) -> Station | None:
    """Return the listed station of a code, or None."""
    return db.session.scalar(select(Station).where(Station.code == code, Station.state.in_(LISTED)))


def get_for_change(feedback_id: int) -> Feedback:
    """Return one, its row locked. Raises NotFound."""
    query = select(Feedback).where(Feedback.id == feedback_id).with_for_update()
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def find_contact(found: Feedback) -> str | None:
    """Return the contact in clear, or None. For reveals that leave a trace."""
    if found.contact_enc is None:
        return None
    return CONTACT.unseal(found.contact_enc, found.public_id).decode()


def count_open(reach: Reach) -> int:
    """Return how many wait for an answer."""
    query = select(func.count()).select_from(Feedback).where(Feedback.state == FeedbackState.OPEN, within(reach))
    return db.session.scalar(query) or 0


def within(reach: Reach) -> ColumnElement[bool]:
    """Return the filter that keeps to what somebody may see: about their stations; all else belongs to the city."""
    if reach.city:
        return true()
    return Feedback.station_id.in_(select(Station.id).where(stations.within(reach)))
