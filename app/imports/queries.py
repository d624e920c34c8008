"""Read imports: their rows, as they were read, and which may be seen."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import ColumnElement, or_, select, true

from app.core.actor import Actor
from app.core.db import db
from app.core.errors import NotFound
from app.imports.models import PRIVATE, Import
from app.imports.rules import Given
from app.orgs.rules import Reach
from app.sheets.reading import Cell, Repair


def within(reach: Reach, actor: Actor) -> ColumnElement[bool]:
    """Return the filter that keeps to the imports somebody may see: their own, and all for the city's admins."""
    return true() if reach.city else or_(Import.staff_id == (actor.id or 0))


def get_import_for_change(import_id: int) -> Import:
    """Return an import, its row locked until the unit ends. Raises NotFound."""
    query = select(Import).where(Import.id == import_id).with_for_update().execution_options(populate_existing=True)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def private_of(one: Import) -> dict[str, Any]:
    """Return what is sealed of a file about people: its rows and effects; empty for another, or when it has gone."""
    if one.private_enc is None:
        return {}
    opened: dict[str, Any] = json.loads(PRIVATE.unseal(one.private_enc, str(one.id)))
    return opened


def kept_rows(one: Import) -> list[dict[str, Any]]:
    """Return the rows kept of a file as they lie in the table."""
    rows: list[dict[str, Any]] = private_of(one).get("rows") or one.content["rows"]
    return rows


def effects_of(one: Import) -> list[dict[str, Any]]:
    """Return what undoing an import needs."""
    effects: list[dict[str, Any]] = private_of(one).get("effects") or one.effects
    return effects


def rows_of(one: Import) -> list[Given]:
    """Return the rows kept of a file."""
    names = one.content["names"]
    return [
        Given(
            row["number"],
            {
                name: Cell(text, tuple(Repair(repair) for repair in repairs), is_error)
                for name, (text, repairs, is_error) in zip(names, row["cells"], strict=True)
                if name is not None
            },
        )
        for row in kept_rows(one)
    ]
