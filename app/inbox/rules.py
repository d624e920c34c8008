"""Kinds of messages and their words, and the hours in which nobody's phone rings. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from app.core.clock import CITY_ZONE, city_time
from app.core.errors import Text

QUIET_FROM, QUIET_UNTIL = time(21), time(8)
"""City time between which no text message goes out. Source: product §5."""
INBOX_KEPT = timedelta(days=365)
TEXT_MESSAGES_KEPT = timedelta(days=30)
KIND_CHARS = 40
LINK_CHARS = 200

Facts = Mapping[str, str]
"""What a message is made of: words, pairs of `…_zh` and `…_en`, and instants in RFC 3339 by names that end in `_at`."""

_MOMENT = Text("{month}月{day}日{weekday} {clock}", "{weekday} {day} {month_en}, {clock}")
_WEEKDAYS = (
    Text("周一", "Mon"),
    Text("周二", "Tue"),
    Text("周三", "Wed"),
    Text("周四", "Thu"),
    Text("周五", "Fri"),
    Text("周六", "Sat"),
    Text("周日", "Sun"),
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class MessageKind:
    """One thing that people are told. sms: it cannot wait until they look by themselves."""

    code: str
    title: Text
    text: Text
    sms: bool = False


KINDS: dict[str, MessageKind] = {}
"""Code → kind; each domain registers its own beside what it tells of."""
_UNKNOWN = MessageKind("", Text("消息", "Message"), Text("请打开鸥遇查看。", "Please open Ouyu to see it."))


def register(*kinds: MessageKind) -> None:
    """Make kinds of messages known; called where they are declared."""
    for kind in kinds:
        KINDS[kind.code] = kind


def words(code: str, facts: Facts, locale: str) -> tuple[str, str]:
    """Return title and text of a message in a language. A kind of a newer version says only that there is something."""
    kind = KINDS.get(code, _UNKNOWN)
    said = spoken(facts, locale)
    return kind.title.in_(locale).format(**said), kind.text.in_(locale).format(**said)


def spoken(facts: Facts, locale: str) -> dict[str, str]:
    """Return the facts as they are said in a language: instants become a day and a time on the city's clock."""
    return {name: moment(value, locale) if name.endswith("_at") else value for name, value in facts.items()}


def moment(rfc3339: str, locale: str) -> str:
    """Return an instant as people say it: 11月25日周三 09:00, or Wed 25 Nov, 09:00."""
    at = city_time(datetime.fromisoformat(rfc3339))
    weekday = _WEEKDAYS[at.weekday()].in_(locale)
    return _MOMENT.in_(locale).format(
        month=at.month, month_en=_MONTHS[at.month - 1], day=at.day, weekday=weekday, clock=f"{at:%H:%M}"
    )


def is_quiet(at: datetime) -> bool:
    """Whether an instant lies in the hours in which nobody's phone rings: from 21:00, up to but not at 08:00."""
    clock = city_time(at).time()
    return clock >= QUIET_FROM or clock < QUIET_UNTIL


def next_loud(at: datetime) -> datetime:
    """Return the first instant from then on at which a phone may ring: the same one, or the next 08:00."""
    if not is_quiet(at):
        return at
    day = city_time(at).date()
    if city_time(at).time() >= QUIET_FROM:
        day += timedelta(days=1)
    return datetime.combine(day, QUIET_UNTIL, CITY_ZONE)
