"""Past city days counted once: what a dashboard adds up instead of the rows. Exact: whoever changes a day says so here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import Select, Table, case, delete, func, insert, literal, select, union_all

from app.checkins.models import CheckIn, RolledDay, VisitDay
from app.checkins.rules import CheckInState
from app.core.clock import business_date
from app.core.db import connection, db
from app.core.statements import upsert

STATES = (CheckInState.ACCEPTED, CheckInState.REFUSED)
"""What a dashboard counts; the few that are held or void are asked of the rows."""
SETTLED_AFTER_DAYS = 2
"""Yesterday is left alone: phones still send in what they kept."""
_DAYS, _COUNTS = cast(Table, RolledDay.__table__), cast(Table, VisitDay.__table__)
_REASON = case((CheckIn.state == CheckInState.REFUSED, CheckIn.reason), else_="")


def outdate(days: Iterable[date], at: datetime) -> None:
    """Let past days be counted anew; whoever changes what a visit counts as, or adds one late, calls it in the same unit.

    A day's counts stay, no longer trusted: a page that has begun to read them still adds up. The marker's row is the
    lock between this and roll_up; sorted, so that two of these never wait for each other.
    """
    for day in sorted({one for one in days if one < business_date(at)}):
        _mark(day, whole=False)


def list_due(at: datetime) -> list[date]:
    """Return the settled days that stand uncounted, from the first visit on."""
    first, last = db.session.scalar(select(func.min(CheckIn.business_date))), business_date(at)
    if first is None:
        return []
    settled = [first + timedelta(days=n) for n in range((last - first).days - SETTLED_AFTER_DAYS + 1)]
    rolled = list_rolled(settled[0], settled[-1]) if settled else set()
    return [day for day in settled if day not in rolled]


def roll_up(day: date) -> None:
    """Count a settled day; again does no harm. The marker first: who changes the day meanwhile waits, or is waited for."""
    _mark(day, whole=True)
    connection().execute(delete(_COUNTS).where(_COUNTS.c.business_date == day))
    counted = _counted(CheckIn.business_date == day)
    connection().execute(insert(_COUNTS).from_select([column.name for column in counted.selected_columns], counted))


def list_rolled(first: date, last: date) -> set[date]:
    """Return the days of a span, both ends included, whose counts hold."""
    query = select(RolledDay.business_date).where(RolledDay.whole, RolledDay.business_date.between(first, last))
    return set(db.session.scalars(query))


def differences() -> Iterator[str]:
    """Yield where the counts of a day differ from its visits; there are none unless somebody wrote past the services."""
    whole = select(RolledDay.business_date).where(RolledDay.whole)
    rolled = select(
        VisitDay.business_date, VisitDay.station_id, VisitDay.state, VisitDay.reason, VisitDay.visits, literal(0)
    ).where(VisitDay.business_date.in_(whole))
    rows = _counted(CheckIn.business_date.in_(whole)).subquery()
    real = select(rows.c.business_date, rows.c.station_id, rows.c.state, rows.c.reason, literal(0), rows.c.visits)
    both = union_all(rolled, real).subquery()
    day, station_id, state, reason, counted, there = both.c
    query = (
        select(day, station_id, state, reason, func.sum(counted), func.sum(there))
        .group_by(day, station_id, state, reason)
        .having(func.sum(counted) != func.sum(there))
        .order_by(day, station_id, state, reason)
    )
    for found in db.session.execute(query):
        *where, said, real_count = found
        yield f"visit_days {' '.join(str(part) for part in where if part)}: {said} counted, {real_count} there"


def _counted(condition: Any) -> Select[Any]:
    grouped = (CheckIn.business_date, CheckIn.station_id, CheckIn.state, _REASON)
    named = (*grouped[:3], _REASON.label("reason"), func.count().label("visits"))
    return select(*named).where(condition, CheckIn.state.in_(STATES)).group_by(*grouped)


def _mark(day: date, *, whole: bool) -> None:
    statement = upsert(connection().dialect.name)(_DAYS).values(business_date=day, whole=whole)
    connection().execute(
        statement.on_conflict_do_update(index_elements=["business_date"], set_={"whole": statement.excluded.whole})
    )
