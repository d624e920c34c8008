"""Changes to the holiday and work calendar, day by day or a pasted year at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import select

from app.audit import service as audit
from app.core.actor import Actor
from app.core.db import after_commit, db
from app.core.errors import InvalidInput, NotFound
from app.core.types import clean_text
from app.orgs.rules import require
from app.stations import calendar, listing
from app.stations.calendar import PastedDay
from app.stations.models import WorkDay

_FIELDS = ("on_date", "kind", "name_zh", "name_en", "stands_for")


class Step(StrEnum):
    """What a pasted line would do."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    WRONG = "wrong"


class Planned(NamedTuple):
    """A pasted line and what saving it would do. before: the day as it stands now where that changes."""

    line: PastedDay
    step: Step
    before: dict[str, Any] | None = None


def save_day(actor: Actor, day_id: int | None, *, data: Mapping[str, Any], at: datetime) -> WorkDay:
    """Add a day to the calendar, or change one. data: see calendar.day_problems. Raises InvalidInput, NotFound."""
    require(actor, "calendar.edit")
    row = db.session.get(WorkDay, day_id) if day_id is not None else None
    if day_id is not None and row is None:
        raise NotFound
    before = _plain(row) if row else None
    cleaned = {name: clean_text(value) for name, value in {**(before or {}), **data}.items()}
    if found := calendar.day_problems(cleaned):
        raise InvalidInput(fields=found)
    if row is None:
        row = WorkDay()
        db.session.add(row)
    _put(row, cleaned)
    db.session.flush()
    after = _plain(row)
    if after != before:
        _recorded(actor, "calendar.save", row.on_date.isoformat(), at=at, before=_said(before), after=_said(after))
    return row


def remove_day(actor: Actor, day_id: int, *, at: datetime) -> None:
    """Take a day out of the calendar: it is an ordinary day of the week again."""
    require(actor, "calendar.edit")
    row = db.session.get(WorkDay, day_id)
    if row is None:
        raise NotFound
    before = _plain(row)
    db.session.delete(row)
    db.session.flush()
    _recorded(actor, "calendar.remove", row.on_date.isoformat(), at=at, before=_said(before))


def plan_paste(text: str) -> list[Planned]:
    """Say what saving pasted lines would do, line by line. Raises InvalidInput when there are none or too many."""
    if len(text) > calendar.PASTE_CHARS:
        raise InvalidInput(fields={"lines": [calendar.TOO_MANY_LINES]})
    lines = list(calendar.read_paste(text))
    if not 0 < len(lines) <= calendar.LINES_MAX:
        raise InvalidInput(fields={"lines": [calendar.TOO_MANY_LINES if lines else calendar.NO_LINES]})
    known = {row.on_date: _plain(row) for row in _rows_of(lines)}
    return [_planned(line, known.get(line.data["on_date"])) for line in lines]


def save_paste(actor: Actor, *, text: str, at: datetime) -> list[Planned]:
    """Save pasted lines, all or none. Raises InvalidInput when a line is wrong; see plan_paste for which."""
    require(actor, "calendar.edit")
    plan = plan_paste(text)
    if wrong := sum(one.step is Step.WRONG for one in plan):
        raise InvalidInput(fields={"lines": [calendar.LINES_WRONG.fill(n=wrong)]})
    changing = [one for one in plan if one.step in (Step.NEW, Step.CHANGED)]
    rows = {row.on_date: row for row in _rows_of([one.line for one in changing])}
    for one in changing:
        row = rows.get(one.line.data["on_date"]) or WorkDay()
        _put(row, one.line.data)
        db.session.add(row)
    db.session.flush()
    if changing:
        days = sorted(one.line.data["on_date"] for one in changing)
        before = [_said(one.before) for one in changing if one.before]
        after = {"days": [_said(one.line.data) for one in changing]}
        name = f"{days[0]}…{days[-1]}"
        _recorded(actor, "calendar.paste", name, at=at, before={"days": before} if before else None, after=after)
    return plan


def _planned(line: PastedDay, known: dict[str, Any] | None) -> Planned:
    if line.problems:
        return Planned(line, Step.WRONG)
    if known is None:
        return Planned(line, Step.NEW)
    return Planned(line, Step.SAME) if known == line.data else Planned(line, Step.CHANGED, known)


def _rows_of(lines: Sequence[PastedDay]) -> list[WorkDay]:
    days: set[date] = {line.data["on_date"] for line in lines if line.data["on_date"] is not None}
    return list(db.session.scalars(select(WorkDay).where(WorkDay.on_date.in_(days)))) if days else []


def _put(row: WorkDay, data: Mapping[str, Any]) -> None:
    for name in _FIELDS:
        setattr(row, name, data[name])


def _plain(row: WorkDay) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _FIELDS}


def _said(day: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {**day, "on_date": day["on_date"].isoformat()} if day else None


def _recorded(actor: Actor, action: str, name: str, *, at: datetime, **what: Any) -> None:
    audit.record(actor, action, "calendar", name, at=at, **what)
    after_commit(listing.forget)
