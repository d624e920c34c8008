"""A person's own rows in this domain: a copy of them, and their erasure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from app.core.clock import written
from app.core.db import db
from app.core.types import new_public_id
from app.people.models import PHONE, Identity, Locale, Person, Session

Rows = dict[str, list[dict[str, Any]]]
ERASED_NICKNAME = "已注销"


def own_rows(person_id: int) -> Rows:
    """Return everything kept of a person here, JSON-ready, by the name of its sheet."""
    person = db.session.get_one(Person, person_id)
    identities = db.session.scalars(select(Identity).where(Identity.person_id == person_id).order_by(Identity.id))
    sessions = db.session.scalars(select(Session).where(Session.person_id == person_id).order_by(Session.id))
    return {
        "profile": [
            {
                "id": person.public_id,
                "nickname": person.nickname,
                "locale": person.locale,
                "elder_mode": person.elder_mode,
                "state": person.state,
                "created_at": written(person.created_at),
                "phone": PHONE.unseal(person.phone_enc, person.public_id).decode() if person.phone_enc else None,
                "phone_verified_at": written(person.phone_verified_at),
            }
        ],
        "identities": [{"provider": one.provider, "created_at": written(one.created_at)} for one in identities],
        "sessions": [
            {
                "device": one.device,
                "created_at": written(one.created_at),
                "last_seen_at": written(one.last_seen_at),
                "expires_at": written(one.expires_at),
            }
            for one in sessions
        ],
    }


def erase_person(person_id: int, at: datetime) -> None:
    """Leave nothing of a person but a row that others may refer to: no name, no phone, no identity, no session.

    The row gets a new public id, so that nobody who knew the old one finds it.
    """
    person = db.session.scalar(
        select(Person).where(Person.id == person_id).with_for_update().execution_options(populate_existing=True)
    )
    if person is None:
        return
    for table in (Session, Identity):
        db.session.execute(delete(table).where(table.person_id == person_id))
    person.public_id, person.nickname = new_public_id(), ERASED_NICKNAME
    person.locale, person.elder_mode = Locale.ZH, False
    person.phone_index = person.phone_enc = person.phone_verified_at = None
    person.erased_at = person.erased_at or at
    db.session.flush()
