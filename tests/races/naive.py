"""A build for one test only: it takes seats as most programs do, by reading, checking and then writing.

Nothing but `seats.enter` differs. On SQLite the read happens before the transaction begins, as with the driver's
defaults; the CHECK cannot catch it, for each writer adds one to what it has read.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from app.core.db import connection
from app.events import seats
from app.events.models import Shift
from app.events.seats import Entered
from wsgi import app

__all__ = ["app"]


def enter(place: Any) -> Entered:
    """Look whether a seat is free, and if so take it."""
    open_ = connection()
    sqlite = open_.dialect.name == "sqlite"
    if sqlite:
        open_.exec_driver_sql("COMMIT")
    columns = (Shift.taken, Shift.capacity, Shift.waitlisted, Shift.queue_last)
    seen = open_.execute(select(*columns).where(Shift.id == place.id)).one()
    if sqlite:
        open_.exec_driver_sql("BEGIN")
    free = seen.taken < seen.capacity and seen.waitlisted == 0
    values = (
        {"taken": seen.taken + 1} if free else {"waitlisted": seen.waitlisted + 1, "queue_last": seen.queue_last + 1}
    )
    open_.execute(update(Shift).where(Shift.id == place.id).values(values))
    if free:
        return Entered(None, None, seat_is_free=False)
    return Entered(seen.queue_last + 1, seen.waitlisted + 1, seat_is_free=False)


seats.enter = enter
