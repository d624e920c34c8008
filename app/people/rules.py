"""Limits of sessions, how a phone number is read and shown, and what a person may say of themselves."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from app.core.errors import Text
from app.core.types import has_control_characters

SESSION_SLIDING = timedelta(days=30)
SESSION_MAX = timedelta(days=180)
TOUCH_EVERY = timedelta(days=1)
"""A session's last_seen_at and expiry are written at most this often, so that reads stay reads."""
NICKNAME_CHARS = 20
CODE_LIVES = timedelta(minutes=5)
CODE_AGAIN = timedelta(seconds=60)
"""How long a phone waits before another code is sent to it."""
CODE_TRIES = 5
CODE_DIGITS = 6
LOGIN_CODE_WINDOW = timedelta(minutes=10)
"""A platform's login code opens once within this, whatever the platform says; WeChat's live five minutes."""
PHONE_WINDOW, ADDRESS_WINDOW = timedelta(days=1), timedelta(hours=1)
"""Over which the codes of one phone and of one address are counted."""

_MOBILE = re.compile(r"(?:\+86|0086|86)?(1[3-9][0-9]{9})")
_WRITTEN_BETWEEN_DIGITS = ("Cf", "Pd", "Zs")
"""Unicode classes that people and address books put into a number: invisible marks, dashes, spaces."""

_DEVICES = (
    (r"MicroMessenger", "微信 WeChat"),
    (r"iPad", "iPad"),
    (r"iPhone", "iPhone"),
    (r"HarmonyOS|OpenHarmony", "HarmonyOS"),
    (r"Android", "Android"),
    (r"Windows", "Windows"),
    (r"Mac OS X", "Mac"),
    (r"Linux", "Linux"),
)


def session_expiry(created_at: datetime, seen_at: datetime) -> datetime:
    """Return until when a session lives: 30 days from its last use, 180 days from its start at most."""
    return min(seen_at + SESSION_SLIDING, created_at + SESSION_MAX)


def is_session_live(expires_at: datetime, at: datetime) -> bool:
    """Whether a session may still be used."""
    return at < expires_at


def device_label(user_agent: str) -> str:
    """Return a coarse word for the device, enough to recognise one's own and no more."""
    return next((label for pattern, label in _DEVICES if re.search(pattern, user_agent)), "浏览器 Browser")


def normalise_phone(text: str) -> str | None:
    """Return a mainland mobile number as its 11 ASCII digits, however it is written, or None for anything else."""
    folded = unicodedata.normalize("NFKC", text)
    bare = "".join(c for c in folded if c not in "()" and unicodedata.category(c) not in _WRITTEN_BETWEEN_DIGITS)
    found = _MOBILE.fullmatch(bare)
    return found[1] if found else None


def mask_phone(phone: str) -> str:
    """Return a normalised number as it is shown: 138****8000."""
    return f"{phone[:3]}****{phone[-4:]}"


def typed_code(text: str) -> str:
    """Return a one-time code as it was sent, whatever keyboard it was typed on."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def problems(data: Mapping[str, Any]) -> dict[str, list[Text]]:
    """Return what is wrong with the changes a person wants to their own record."""
    found: dict[str, list[Text]] = {}
    nickname = data.get("nickname")
    if nickname is not None:
        if not nickname:
            found["nickname"] = [Text("请填写称呼。", "Please enter a nickname.")]
        elif len(nickname) > NICKNAME_CHARS:
            found["nickname"] = [
                Text("称呼最多 {n} 个字。", "A nickname has at most {n} characters.").fill(n=NICKNAME_CHARS)
            ]
        elif has_control_characters(nickname):
            found["nickname"] = [
                Text("称呼里有无法显示的字符。", "The nickname holds characters that cannot be shown.")
            ]
    return found
