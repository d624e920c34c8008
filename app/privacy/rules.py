"""What can be agreed to, how a text about it must be written, and the terms of copies and deletions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from app.core.errors import Text
from app.core.types import has_control_characters

TITLE_CHARS = 60
TEXT_CHARS = 8000
DELETION_GRACE = timedelta(days=7)
"""How long a deletion can be taken back. Source: api §3."""
SWEEP_AFTER = timedelta(hours=1)
"""When an erased person is erased once more, for what was under way at that instant."""
EXPORT_KEPT = timedelta(hours=24)
EXPORT_RECORD_KEPT = timedelta(days=30)


class Purpose(StrEnum):
    """What personal data is used for, each agreed to by itself. Source: api §3; PIPL art. 14, 29, 31."""

    TERMS = "terms"
    PRIVACY = "privacy"
    LOCATION = "location"
    REALNAME = "realname"
    GUARDIAN = "guardian"
    PHOTO_PUBLISH = "photo_publish"


class ExportState(StrEnum):
    PREPARING = "preparing"
    READY = "ready"
    EXPIRED = "expired"


UNKNOWN_PURPOSE = Text("没有这一项授权。", "There is no such purpose.")
_LABELS = {
    "title_zh": Text("中文标题", "The Chinese title"),
    "title_en": Text("英文标题", "The English title"),
    "text_zh": Text("中文正文", "The Chinese text"),
    "text_en": Text("英文正文", "The English text"),
}


def is_purpose(text: str) -> bool:
    """Whether a word names a purpose."""
    return text in set(Purpose)


def text_problems(data: Mapping[str, Any]) -> dict[str, list[Text]]:
    """Return what is wrong with a text that people are to agree to; both languages are needed."""
    return {name: found for name, label in _LABELS.items() if (found := _problems(name, data.get(name), label))}


def _problems(name: str, value: Any, label: Text) -> list[Text]:
    limit = TITLE_CHARS if name.startswith("title") else TEXT_CHARS
    if not value:
        return [Text(f"请填写{label.zh}。", f"{label.en} is missing.")]
    if len(value) > limit:
        return [Text(f"{label.zh}最多 {limit} 个字。", f"{label.en} has at most {limit} characters.")]
    if has_control_characters(value, multiline=name.startswith("text")):
        return [Text(f"{label.zh}里有无法显示的字符。", f"{label.en} holds characters that cannot be shown.")]
    return []


def export_state(state: str, expires_at: datetime | None, at: datetime) -> ExportState:
    """Return the state of a copy at an instant: one that was not fetched in time has expired."""
    if state == ExportState.READY and expires_at is not None and at >= expires_at:
        return ExportState.EXPIRED
    return ExportState(state)
