"""Keyset paging: a cursor names the last row seen, so page 1,000 costs what page 1 costs."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from app.core import secrets
from app.core.errors import InvalidInput, Text

T = TypeVar("T")
DEFAULT_LIMIT = 20
MAX_LIMIT = 100
_MAC_BYTES = 6
_DAMAGED = Text("翻页标记已损坏，请从第一页重新打开。", "The page marker is damaged. Please start from the first page.")


class Page(NamedTuple, Generic[T]):
    """One page and the cursor of the next (None at the end)."""

    items: Sequence[T]
    next_cursor: str | None


def cursor(kind: str, key: Sequence[Any]) -> str:
    """Write the position after a row. kind: the list and its order, so that no cursor fits another list."""
    body = json.dumps(list(key), separators=(",", ":")).encode()
    mac = secrets.digest("cursor", kind, body.decode())[:_MAC_BYTES]
    return _written(mac + body)


def position(kind: str, text: str | None) -> list[Any] | None:
    """Read a cursor. Returns None without one. Raises InvalidInput for a damaged or foreign one."""
    if text is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        body = raw[_MAC_BYTES:].decode()
    except ValueError:
        raise InvalidInput(fields={"cursor": [_DAMAGED]}) from None
    if _written(raw) != text or raw[:_MAC_BYTES] != secrets.digest("cursor", kind, body)[:_MAC_BYTES]:
        raise InvalidInput(fields={"cursor": [_DAMAGED]})
    found: list[Any] = json.loads(body)
    return found


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def page_of(rows: Sequence[T], limit: int, kind: str, key: Callable[[T], Sequence[Any]]) -> Page[T]:
    """Cut limit + 1 rows to a page; the extra row only tells that there is more."""
    items = rows[:limit]
    return Page(items, cursor(kind, key(items[-1])) if len(rows) > limit else None)
