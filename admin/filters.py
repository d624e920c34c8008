"""Filters of the panel's lists: named in the address, shown as chips, judged before they reach a query."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement

Condition = ColumnElement[bool]
Choices = Sequence[tuple[str, str]]
PAGE_SIZES = (20, 50, 100)
SEARCH_CHARS = 80
_PAGES_MAX = 5000
_YEARS = range(2000, 2100)


@dataclass(frozen=True)
class ListFilter:
    """One filter. name: in the address. where: value → condition, None when the value means nothing."""

    name: str
    label: str
    where: Callable[[str], Condition | None]
    kind: str = "text"
    hint: str = ""
    options: Choices | Callable[[], Iterable[tuple[str, str]]] | None = None
    """What may be chosen, (value, label); None for free text."""

    def choices(self) -> Choices:
        """Return the choices, asked anew where they come from the database."""
        return tuple(self.options()) if callable(self.options) else self.options or ()

    def condition(self, value: str) -> Condition | None:
        """Return the condition of a value, or None when it means nothing."""
        if self.options is not None and value not in dict(self.choices()):
            return None
        return self.where(value)

    def words(self, value: str) -> str:
        """Return the value as a chip shows it."""
        return dict(self.choices()).get(value, value)


def choice(
    name: str, label: str, options: Choices | Callable[[], Iterable[tuple[str, str]]], where: Callable[[str], Condition]
) -> ListFilter:
    """Make a filter with a short list to choose from."""
    return ListFilter(name, label, where, kind="choice", options=options)


def day(name: str, label: str, where: Callable[[date], Condition]) -> ListFilter:
    """Make a filter by a city day, written 2026-11-22; a day of another century than ours means nothing."""

    def parsed(value: str) -> Condition | None:
        try:
            day = date.fromisoformat(value) if len(value) == 10 else None
        except ValueError:
            return None
        return where(day) if day and day.year in _YEARS else None

    return ListFilter(name, label, parsed, kind="date")


@dataclass(frozen=True)
class Chosen:
    """A filter in force."""

    filter: ListFilter
    value: str
    condition: Condition

    @property
    def text(self) -> str:
        """The chip's words."""
        return f"{self.filter.label}：{self.filter.words(self.value)}"


@dataclass(frozen=True)
class Asked:
    """What a list was asked for. ignored: labels of filters whose value meant nothing. page: from 1."""

    chosen: tuple[Chosen, ...]
    ignored: tuple[str, ...]
    search: str
    sort: str
    page: int
    size: int

    @property
    def order(self) -> tuple[str, bool]:
        """The column to sort by (empty for the list's own order) and whether downwards."""
        return self.sort.removeprefix("-"), self.sort.startswith("-")

    @property
    def values(self) -> dict[str, str]:
        """The filters in force by name, for the form."""
        return {one.filter.name: one.value for one in self.chosen}

    def address(self, **changes: Any) -> dict[str, Any]:
        """Return what a link must carry to ask the same again, with changes (None takes away); the page starts anew."""
        found: dict[str, Any] = {**self.values, "q": self.search, "sort": self.sort}
        if self.size != PAGE_SIZES[0]:
            found["size"] = self.size
        return {name: value for name, value in {**found, **changes}.items() if value not in (None, "")}


def read(given: Mapping[str, str], filters: Sequence[ListFilter]) -> Asked:
    """Read a list's address; what means nothing is set aside and said, never guessed."""
    chosen, ignored = [], []
    for one in filters:
        value = given.get(one.name, "").replace("\0", "").strip()
        if not value:
            continue
        condition = one.condition(value)
        if condition is None:
            ignored.append(one.label)
        else:
            chosen.append(Chosen(one, value, condition))
    size = _number(given.get("size"), PAGE_SIZES[0])
    return Asked(
        chosen=tuple(chosen),
        ignored=tuple(ignored),
        search=given.get("q", "").replace("\0", "").strip()[:SEARCH_CHARS],
        sort=given.get("sort", ""),
        page=min(max(_number(given.get("page"), 1), 1), _PAGES_MAX),
        size=size if size in PAGE_SIZES else PAGE_SIZES[0],
    )


def _number(text: str | None, default: int) -> int:
    return int(text) if text and len(text) <= 6 and text.isascii() and text.isdigit() else default
