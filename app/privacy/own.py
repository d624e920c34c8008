"""A person's own rows in this domain: a copy of them; what becomes of them in a merge, and their erasure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from app.core.clock import written
from app.core.db import db
from app.privacy import queries
from app.privacy.models import Consent, Erasure, Export


def own_rows(person_id: int) -> dict[str, list[dict[str, Any]]]:
    """Return a person's consents and wishes, JSON-ready."""
    erasures = db.session.scalars(select(Erasure).where(Erasure.person_id == person_id).order_by(Erasure.id))
    exports = db.session.scalars(select(Export).where(Export.person_id == person_id).order_by(Export.id))
    return {
        "consents": [
            {
                "purpose": one.purpose,
                "version": one.version,
                "given_at": written(one.given_at),
                "withdrawn_at": written(one.withdrawn_at),
            }
            for one in reversed(queries.list_consents(person_id))
        ],
        "exports": [{"id": one.public_id, "created_at": written(one.created_at)} for one in exports],
        "deletions": [
            {
                "requested_at": written(one.requested_at),
                "effective_at": written(one.effective_at),
                "taken_back_at": written(one.taken_back_at),
            }
            for one in erasures
        ],
    }


def drop_wishes(guest_id: int, _citizen_id: int, _at: datetime) -> None:
    """Let a merging guest's wishes go: a copy would be incomplete now, and whoever signs in does not leave."""
    for table in (Export, Erasure):
        db.session.execute(delete(table).where(table.person_id == guest_id))


def erase(person_id: int) -> None:
    """Delete a person's consents and copies. The record of the deletion itself stays: two times and a row number."""
    for table in (Consent, Export):
        db.session.execute(delete(table).where(table.person_id == person_id))
