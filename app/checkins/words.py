"""What a visitor is told about a visit."""

from __future__ import annotations

from datetime import date, datetime

from app.checkins import rules
from app.checkins.errors import REASON_NAMES
from app.checkins.rules import CheckInState
from app.core.clock import city_time
from app.core.errors import Text
from app.stations.opening import Opening, OpenState

_STAMPED = Text("已盖章：{name}，{day}。", "Stamped: {name}, {day}.")
_ALREADY = Text(
    "您已经盖过章了，今天 {time}，不用再排队。", "You already have today's stamp, from {time}. No need to queue."
)
_HELD = Text(
    "已收到，工作人员核对后就会盖上，不用再来一次。",
    "Received. The staff will look at it and stamp it; no need to come again.",
)
_CLOSED = Text(
    "站点现在没有开放（{note}），章照样有效。", "The station is not open now ({note}). Your stamp counts all the same."
)


def why(reason: str | None, explanation: str | None) -> Text | None:
    """Return in words why a visit does not count: what staff said, or else the name of the reason."""
    return rules.answer_words(explanation) or REASON_NAMES.get(reason or "")


def message(
    *, result: str, already: bool, name: Text, at: datetime, business_date: date, opening: Opening | None
) -> Text:
    """Return what to tell the visitor. at: when the day's visit was first recorded."""
    if result == CheckInState.PENDING_REVIEW:
        return _HELD
    if already:
        return _ALREADY.fill(time=city_time(at).strftime("%H:%M"))
    said = Text(
        _STAMPED.zh.format(name=name.zh, day=business_date), _STAMPED.en.format(name=name.en, day=business_date)
    )
    if opening is None or opening.state is not OpenState.CLOSED:
        return said
    return Text(
        said.zh + _CLOSED.zh.format(note=opening.note.zh), f"{said.en} {_CLOSED.en.format(note=opening.note.en)}"
    )
