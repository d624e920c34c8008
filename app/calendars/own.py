"""A person's own calendar link: what of it they get a copy of, and its end with the account or a merge."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from app.calendars.models import CalendarLink
from app.core.clock import written
from app.core.db import db


def own_rows(person_id: int) -> dict[str, list[dict[str, Any]]]:
    """Return since when a person has a calendar link; the link itself is kept nowhere."""
    made = db.session.scalars(select(CalendarLink.created_at).where(CalendarLink.person_id == person_id))
    return {"calendar_links": [{"created_at": written(at)} for at in made]}


def drop_link(guest_id: int, _citizen_id: int, _at: datetime) -> None:
    """Let a merging guest's link end: the sign-ups are the citizen's, who make their own."""
    erase(guest_id)


def erase(person_id: int) -> None:
    """End a person's link."""
    db.session.execute(delete(CalendarLink).where(CalendarLink.person_id == person_id))
