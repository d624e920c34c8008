"""Limits of paired screens: how long a code opens one, how many tries, how far ahead a screen may know the digits."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

from app.core.errors import Text
from app.core.types import has_control_characters

CODE_DIGITS = 8
CODE_LIFE = timedelta(minutes=15)
NAME_CHARS = 30
STEPS_AHEAD = 10
"""Five minutes of digits: what a screen lives on while its network is gone."""
SEEN_EVERY = timedelta(minutes=1)
"""A screen's last_seen_at is written at most this often, so that asking stays reading."""
TRIES_WINDOW = timedelta(minutes=10)
TRIES_PER_ADDRESS = 10
DEVICES_PER_STATION = 20

NAME_NEEDED = Text("请给这块屏幕起个名字，比如“入口平板”。", "Please name this screen, e.g. “tablet at the entrance”.")
NAME_LONG = Text("名字最多 {n} 个字。", "The name has at most {n} characters.").fill(n=NAME_CHARS)
NAME_ODD = Text("名字里有无法显示的字符。", "The name holds characters that cannot be shown.")
TOO_MANY_DEVICES = Text(
    "一个站点最多 {n} 块屏幕，请先停用不用的。", "A station has at most {n} screens. Please end unused ones first."
).fill(n=DEVICES_PER_STATION)


def name_problems(name: str, *, live: int) -> dict[str, list[Text]]:
    """Return what is wrong with a new screen. live: how many the station has that are not ended."""
    if not name:
        return {"name": [NAME_NEEDED]}
    if len(name) > NAME_CHARS:
        return {"name": [NAME_LONG]}
    if has_control_characters(name):
        return {"name": [NAME_ODD]}
    return {"name": [TOO_MANY_DEVICES]} if live >= DEVICES_PER_STATION else {}


def read_code(typed: str) -> str | None:
    """Return the digits of a one-time code however it is written (full width, spaces, dashes), or None."""
    plain = unicodedata.normalize("NFKC", typed)
    digits = "".join(char for char in plain if char not in " -\u2013\u2014\u00a0")
    return digits if len(digits) == CODE_DIGITS and digits.isascii() and digits.isdigit() else None


def is_worth_noting(last_seen_at: datetime | None, at: datetime) -> bool:
    """Whether a screen's being there should be written down again."""
    return last_seen_at is None or at - last_seen_at >= SEEN_EVERY
