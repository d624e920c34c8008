"""What another domain says about its imports: the columns, what would come of the rows, and how to do and undo it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from app.core.actor import Actor
from app.core.errors import Text
from app.imports.rules import Column, Given, Step


class Change(NamedTuple):
    """One cell that would change an existing record. column: its name."""

    column: str
    before: str
    after: str


class Problem(NamedTuple):
    """What is wrong with a cell, in the words of the form."""

    column: str
    sentence: Text


@dataclass(frozen=True)
class Finding:
    """What would come of one row. key: the record's own name. data: what the service will be given."""

    number: int
    key: str
    step: Step
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)


class Subject(Protocol):
    """One kind of record that can be imported."""

    name: str
    columns: tuple[Column, ...]
    permission: str
    is_private: bool
    """Whether it is about people: rows and effects are sealed then, and findings tell names masked."""

    def plan(self, actor: Actor, rows: Sequence[Given], at: datetime) -> list[Finding]:
        """Judge rows by the rules of the form, without writing anything. Returns one finding per row, in order."""

    def apply(self, actor: Actor, finding: Finding, at: datetime) -> dict[str, Any]:
        """Do what a finding says, through the service. Returns what undoing needs, ready for JSON."""

    def undo(self, actor: Actor, effects: Sequence[dict[str, Any]], at: datetime) -> list[str]:
        """Take back the effects of a whole import. Returns the names of records that stay, because they are no longer
        the file's alone; or raises ImportChangedSince, and then nothing is taken back.
        """


SUBJECTS: dict[str, Subject] = {}
"""By name; the factory fills it, for imports stand below the domains that they fill."""


def register(subject: Subject) -> None:
    """Make a kind of record importable."""
    SUBJECTS[subject.name] = subject
