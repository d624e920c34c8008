"""Small pieces of HTML that cells are made of; every value is escaped."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from markupsafe import Markup

from app.core import clock


def badge(words: str, tone: str) -> Markup:
    """Return a word in a coloured pill. tone: good, warn, bad, note, held or quiet."""
    return Markup('<span class="badge badge-{}">{}</span>').format(tone, words)


def muted(words: Any) -> Markup:
    """Return words that matter less."""
    return Markup('<span class="muted">{}</span>').format(words)


def stacked(first: Any, second: Any) -> Markup:
    """Return two lines in one cell, the second one smaller."""
    return Markup('<span class="stack">{}<span class="muted small">{}</span></span>').format(first, second)


def link(url: str, words: Any) -> Markup:
    """Return a link."""
    return Markup('<a href="{}">{}</a>').format(url, words)


def date_cell(at: datetime | None) -> Markup:
    """Return an instant on the city's clock, day and minute in two weights."""
    if at is None:
        return muted("—")
    local = clock.city_time(at)
    return Markup('<time class="nowrap" datetime="{}">{} <span class="muted">{}</span></time>').format(
        local.isoformat(timespec="seconds"), f"{local:%Y-%m-%d}", f"{local:%H:%M}"
    )
