"""What can be told, and what is wrong with it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from app.core.errors import Text
from app.core.types import has_control_characters

TEXT_CHARS = 1_000
CONTACT_CHARS = 100
REF_CHARS = 60
ANSWER_CHARS = 500

_NEEDED = Text("请写几句话。", "Please write a few words.")
_TOO_LONG = Text("最多 {n} 个字。", "At most {n} characters.")
_UNPRINTABLE = Text("里面有无法显示的字符。", "It holds characters that cannot be shown.")
UNKNOWN_STATION = Text("没有这个编号的站点。", "There is no station with this code.")
NEEDS_STATION = Text("请说明是哪个站点。", "Please say which station.")


class About(StrEnum):
    """What it is about."""

    APP = "app"
    STATION = "station"
    EVENT = "event"
    HOURS = "hours"
    STAFF = "staff"


class FeedbackState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


def problems(data: Mapping[str, Any]) -> dict[str, list[Text]]:
    """Return what is wrong with what somebody tells; whether the station exists is for the service to see."""
    found: dict[str, list[Text]] = {}
    for name, limit, required in (("text", TEXT_CHARS, True), ("contact", CONTACT_CHARS, False)):
        problem = _text_problem(data.get(name), limit, required=required)
        if problem is not None:
            found[name] = [problem]
    if data["about"] == About.STATION and not data.get("ref"):
        found["ref"] = [NEEDS_STATION]
    return found


def answer_problems(answer: str) -> dict[str, list[Text]]:
    """Return what is wrong with an answer."""
    problem = _text_problem(answer, ANSWER_CHARS, required=True)
    return {"answer": [problem]} if problem is not None else {}


def _text_problem(text: str | None, limit: int, *, required: bool) -> Text | None:
    if not text:
        return _NEEDED if required else None
    if len(text) > limit:
        return _TOO_LONG.fill(n=limit)
    return _UNPRINTABLE if has_control_characters(text, multiline=True) else None
