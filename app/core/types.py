"""Column types and small text tools shared by all tables."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Dialect
from sqlalchemy.types import TypeDecorator

PUBLIC_ID_BYTES = 12


def new_public_id() -> str:
    """Return a fresh opaque id for the outside: 96 random bits, URL-safe."""
    return secrets.token_urlsafe(PUBLIC_ID_BYTES)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant on both databases; SQLite alone would hand back naive ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime reached the database; take it from core.clock")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def one_of(column: str, values: type[StrEnum] | Iterable[str]) -> CheckConstraint:
    """Build the named CHECK of a text column that holds one of a few words."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=f"{column}_known")


def clean_text(value: Any) -> Any:
    """Normalise what people type: NFC, outer space and line ends trimmed; other types pass through."""
    if not isinstance(value, str):
        return value
    return unicodedata.normalize("NFC", value).replace("\r\n", "\n").strip()


def has_control_characters(value: str, *, multiline: bool = False) -> bool:
    """Whether a text holds characters that neither database nor people can use (controls, surrogates)."""
    allowed = "\n\t" if multiline else ""
    return any(unicodedata.category(char) in ("Cc", "Cs") and char not in allowed for char in value)
