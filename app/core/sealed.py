"""Sealed columns: declared once beside their table, so that sealing, reading and changing keys agree on the seal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Table, func, select, update

from app.core import secrets
from app.core.db import Base, connection
from app.core.secrets import BadSeal

BATCH_ROWS = 100


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column that holds sealed values. named_by: the column of the same row that the seal is bound to.

    index: the column that finds the value without opening it, made anew by `index_of` when the key changes.
    kept: whether opened values stay in memory; for our own secrets on hot paths, never for personal data.
    """

    table: str
    column: str
    named_by: str
    index: str | None = None
    index_of: Callable[[str], str] | None = None
    kept: bool = False

    def seal(self, clear: bytes, name: str) -> str:
        """Encrypt a value for the row of this name."""
        return secrets.seal(clear, where=self._where(name))

    def unseal(self, sealed: str, name: str) -> bytes:
        """Decrypt the value of the row of this name. Raises BadSeal."""
        unseal = secrets.unseal_kept if self.kept else secrets.unseal
        return unseal(sealed, where=self._where(name))

    def _where(self, name: str) -> str:
        return f"{self.table}|{self.column}|{name}"


class Resealed(NamedTuple):
    """What one batch did. last_id: where the next one begins, None at the end; broken: rows whose seal does not open."""

    rows: int
    last_id: int | None
    broken: tuple[str, ...]


SEALED: dict[str, SealedColumn] = {}
"""`table.column` → declaration; filled by the models."""


def sealed_column(
    table: str,
    column: str,
    *,
    named_by: str = "public_id",
    index: str | None = None,
    index_of: Callable[[str], str] | None = None,
    kept: bool = False,
) -> SealedColumn:
    """Declare a sealed column; `keys rotate` finds it here and nowhere else."""
    declared = SEALED[f"{table}.{column}"] = SealedColumn(table, column, named_by, index, index_of, kept)
    return declared


def count_old(one: SealedColumn) -> int:
    """Return how many values are sealed with another key than the present one."""
    table = _table(one)
    return connection().execute(select(func.count()).select_from(table).where(_is_old(one, table))).scalar_one()


def reseal(one: SealedColumn, *, after_id: int) -> Resealed:
    """Seal the next values anew with the present key, their blind indexes too, in the open unit.

    A row that changes meanwhile is not overwritten: it is sealed by whoever changed it, or found by the next run.
    """
    table = _table(one)
    columns = [table.c.id, table.c[one.named_by].label("name"), table.c[one.column].label("sealed")]
    rows = (
        connection()
        .execute(
            select(*columns).where(table.c.id > after_id, _is_old(one, table)).order_by(table.c.id).limit(BATCH_ROWS)
        )
        .all()
    )
    broken: list[str] = []
    for row in rows:
        try:
            clear = one.unseal(row.sealed, row.name)
        except BadSeal as bad:
            broken.append(f"{one.table} {row.id}: {bad}")
            continue
        values: dict[str, Any] = {one.column: one.seal(clear, row.name)}
        if one.index is not None and one.index_of is not None:
            values[one.index] = one.index_of(clear.decode())
        connection().execute(
            update(table).where(table.c.id == row.id, table.c[one.column] == row.sealed).values(values)
        )
    return Resealed(len(rows) - len(broken), rows[-1].id if len(rows) == BATCH_ROWS else None, tuple(broken))


def _table(one: SealedColumn) -> Table:
    return Base.metadata.tables[one.table]


def _is_old(one: SealedColumn, table: Table) -> Any:
    """Whether a value names another key. Seal and index change together, so the seal alone tells."""
    return table.c[one.column].is_not(None) & ~table.c[one.column].startswith(f"{secrets.key_id()}:")
