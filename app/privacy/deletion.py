"""Deleting oneself: a wish with seven days to take it back, then nothing in clear stays and the totals do."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import or_, select, update

from app.core.clock import business_date
from app.core.db import db
from app.core.hooks import Hook
from app.core.statements import upsert
from app.privacy.models import PENDING, Erasure
from app.privacy.rules import DELETION_GRACE, SWEEP_AFTER

erase_own: Hook[[int, datetime], None] = Hook("privacy.erase_own")
"""(person, now): erase what each domain keeps of them, in the open unit; harmless when repeated."""


def request_deletion(person_id: int, *, at: datetime) -> date:
    """Ask to be deleted; asked again, the first date stands. Returns the city day on which it takes effect."""
    insert = upsert(db.session().get_bind().dialect.name)
    db.session.execute(
        insert(Erasure)
        .values(person_id=person_id, requested_at=at, effective_at=at + DELETION_GRACE)
        .on_conflict_do_nothing(index_elements=["person_id"], index_where=PENDING)
    )
    effective_on = find_effective_on(person_id)
    assert effective_on is not None
    return effective_on


def find_effective_on(person_id: int) -> date | None:
    """Return the city day on which a person will be deleted, or None when they have not asked for it."""
    query = select(Erasure.effective_at).where(Erasure.person_id == person_id, PENDING)
    effective_at = db.session.scalar(query)
    return None if effective_at is None else business_date(effective_at)


def take_back(person_id: int, *, at: datetime) -> None:
    """Stay. Without a wish under way nothing changes."""
    db.session.execute(update(Erasure).where(Erasure.person_id == person_id, PENDING).values(taken_back_at=at))


def list_due(at: datetime) -> list[int]:
    """Return the ids of deletions to carry out now, and of those to sweep after once more."""
    due = PENDING & (Erasure.effective_at <= at)
    unswept = Erasure.erased_at.is_not(None) & Erasure.swept_at.is_(None) & (Erasure.erased_at <= at - SWEEP_AFTER)
    return list(db.session.scalars(select(Erasure.id).where(or_(due, unswept)).order_by(Erasure.id)))


def carry_out(erasure_id: int, *, at: datetime) -> bool:
    """Erase a person whose seven days are over; an hour later once more, for what was under way at that instant.

    Returns False when the wish was taken back, or somebody else has carried it out, in the meantime.
    """
    erasure = db.session.scalar(
        select(Erasure)
        .where(Erasure.id == erasure_id, Erasure.taken_back_at.is_(None), Erasure.swept_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if erasure is None or erasure.effective_at > at:
        return False
    erase_own(erasure.person_id, at)
    if erasure.erased_at is None:
        erasure.erased_at = at
    elif erasure.erased_at <= at - SWEEP_AFTER:
        erasure.swept_at = at
    db.session.flush()
    return True
