"""Who acts: a frozen value carried through a request, never a row."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Grant:
    """A role within a scope. scope_id is None for the city, else the id of the district or station."""

    role: str
    scope: str
    scope_id: int | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """kind: person, staff or system. id: the row's id (None for system)."""

    kind: str
    id: int | None
    label: str
    grants: tuple[Grant, ...] = ()
    request_id: str = "-"
    address: str = field(default="", repr=False)


SYSTEM = Actor(kind="system", id=None, label="system")
