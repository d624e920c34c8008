"""What another number of seats would mean for a shift, said before it is saved. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from app.core.errors import Text
from app.events import timing
from app.events.errors import CAPACITY_RANGE, COVER_ABOVE_CAPACITY, CapacityTaken
from app.events.models import Shift
from app.events.rules import CAPACITY_MAX, Approval
from app.events.timing import Turn


class Forecast(NamedTuple):
    """What follows. is_possible: the service would take it, as things stand; too_many: so many hold seats beyond it."""

    is_possible: bool
    sentences: Sequence[Text]
    too_many: int = 0


_SAME = Text("名额没有变。", "The number of seats does not change.")
_FREE = Text(
    "空名额从 {before} 个变成 {after} 个；已占名额的 {taken} 人都不受影响。",
    "{after} seats are free instead of {before}; the {taken} who hold one are not affected.",
)
_QUEUE = Text(
    "有 {waiting} 人在候补，其中 {lucky} 人可以得到名额。",
    "{waiting} people wait; there is a seat for {lucky} of them.",
)
_NOBODY_NEW = Text(
    "有 {waiting} 人在候补，没有空名额可以让给他们。", "{waiting} people wait, and there is no free seat for them."
)
_HOW = {
    Turn.OFFER: Text("保存后按顺序发出名额，本人接受才算数。", "Seats are offered in order once this is saved."),
    Turn.WAIT: Text("现在是夜间，名额到早上 8 点再按顺序发出。", "It is night: seats are offered in order from 08:00."),
    Turn.BY_HAND: Text(
        "离开始太近，系统不再自动发出名额，请在名单里补位。",
        "It is too close to the start for offers. Please fill the seats on the roster.",
    ),
}
_BY_STAFF = Text(
    "这是审核岗位，名额由工作人员在名单里发出。", "Staff decide about this position: offer the seats on the roster."
)


def of_capacity(shift: Shift, capacity: int, approval: str, at: datetime) -> Forecast:
    """Return what a number of seats means for a shift: the rules of signups.change_capacity, without changing anything."""
    if problem := _problem(shift, capacity):
        return Forecast(False, [problem], max(0, shift.taken - capacity) if problem is CapacityTaken.text else 0)
    free = capacity - shift.taken
    said = [_FREE.fill(before=shift.capacity - shift.taken, after=free, taken=shift.taken)]
    lucky = min(free, shift.waitlisted)
    if lucky:
        how = _BY_STAFF if approval == Approval.REVIEW else _HOW[timing.turn(at, shift.starts_at)]
        said += [_QUEUE.fill(waiting=shift.waitlisted, lucky=lucky), how]
    elif shift.waitlisted:
        said.append(_NOBODY_NEW.fill(waiting=shift.waitlisted))
    return Forecast(True, said)


def _problem(shift: Shift, capacity: int) -> Text | None:
    if not 1 <= capacity <= CAPACITY_MAX:
        return CAPACITY_RANGE
    if capacity < shift.taken:
        return CapacityTaken.text
    if capacity < shift.min_cover:
        return COVER_ABOVE_CAPACITY
    return _SAME if capacity == shift.capacity else None
