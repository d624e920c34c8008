"""Every write about calendar links."""

from __future__ import annotations

import base64
from datetime import datetime

from app.calendars.models import CalendarLink
from app.core import secrets
from app.core.db import db
from app.core.statements import upsert


def make_link(person_id: int, *, seed: str, at: datetime) -> str:
    """Give a person a link to their calendar; the one before is dead at once. Returns its token, stored nowhere."""
    token = token_of(person_id, seed)
    insert = upsert(db.session().get_bind().dialect.name)
    fresh = {"token_hash": secrets.token_hash(token), "created_at": at}
    db.session.execute(
        insert(CalendarLink)
        .values(person_id=person_id, **fresh)
        .on_conflict_do_update(index_elements=["person_id"], set_=fresh)
    )
    return token


def token_of(person_id: int, seed: str) -> str:
    """Return the token that our key makes of a seed: a repeated call gets the same link though nobody kept it."""
    return base64.urlsafe_b64encode(secrets.digest("calendar", person_id, seed)).rstrip(b"=").decode()
