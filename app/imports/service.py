"""Every act on imports: preview what a file would do, run it in one unit, undo it within a day."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, update

from app.audit import service as audit
from app.core.actor import Actor
from app.core.db import db
from app.imports import queries
from app.imports.errors import ColumnsMissing, ImportHasErrors, ImportOver, NothingToImport, UndoTooLate
from app.imports.models import PRIVATE, Import
from app.imports.rules import (
    PREVIEW_LIFE,
    UNDO_WINDOW,
    Given,
    ImportState,
    Step,
    columns_of,
    may_still,
    missing,
    named,
)
from app.imports.subject import SUBJECTS, Finding, Subject
from app.sheets.reading import Cell, Grid

FILE_NAME_CHARS = 120


class Preview(NamedTuple):
    """What a file would do. names: the column that each heading means."""

    heads: tuple[str, ...]
    names: list[str | None]
    rows: list[Given]
    cells: list[list[Cell]]
    findings: list[Finding]

    def count(self, step: Step) -> int:
        """Return how many rows come to a step."""
        return sum(finding.step is step for finding in self.findings)


def preview(actor: Actor, subject: Subject, grid: Grid, *, at: datetime) -> Preview:
    """Judge a file by the rules of the form, without writing anything. Raises ColumnsMissing."""
    names = columns_of(grid.heads, subject.columns)
    if absent := missing(names, subject.columns):
        raise ColumnsMissing(
            columns_zh="、".join(column.title.zh for column in absent),
            columns_en=", ".join(column.title.en for column in absent),
        )
    by_name = {column.name: column for column in subject.columns}
    rows, cells = [], []
    for row in grid.rows:
        filled = [*row.cells, *[Cell("")] * (len(names) - len(row.cells))][: len(names)]
        fitted = [named(by_name[name], cell) if name else cell for name, cell in zip(names, filled, strict=True)]
        cells.append(fitted)
        rows.append(Given(row.number, {name: cell for name, cell in zip(names, fitted, strict=True) if name}))
    return Preview(grid.heads, names, rows, cells, subject.plan(actor, rows, at))


def keep_preview(actor: Actor, subject: Subject, seen: Preview, *, file_name: str, at: datetime) -> Import:
    """Store a preview so that it can be run; previews that nobody ran within a day go."""
    stale = Import.created_at < at - PREVIEW_LIFE
    db.session.execute(delete(Import).where(Import.state == ImportState.PREVIEWED, stale))
    rows = [
        {"number": row.number, "cells": [[cell.text, list(cell.repairs), cell.is_error] for cell in cells]}
        for row, cells in zip(seen.rows, seen.cells, strict=True)
    ]
    kept = Import(
        subject=subject.name,
        file_name=file_name[-FILE_NAME_CHARS:],
        state=ImportState.PREVIEWED,
        staff_id=actor.id if actor.kind == "staff" else None,
        by=actor.label,
        content={"heads": list(seen.heads), "names": seen.names, "rows": []},
        findings=_told(seen.findings),
        effects=[],
        created_at=at,
        done_at=None,
        undone_at=None,
        **_counts(seen.findings),
    )
    db.session.add(kept)
    db.session.flush()
    _keep(kept, subject, rows, [])
    db.session.flush()
    return kept


def run_import(actor: Actor, import_id: int, *, good_only: bool, at: datetime) -> Import:
    """Do what a preview said, judged anew, in the one unit of the caller: all rows, or those without a problem.

    Raises: ImportOver; ImportHasErrors when all are wanted and one is wrong; NothingToImport.
    """
    one = queries.get_import_for_change(import_id)
    if one.state != ImportState.PREVIEWED or not may_still(at, since=one.created_at, window=PREVIEW_LIFE):
        raise ImportOver
    subject = SUBJECTS[one.subject]
    findings = subject.plan(actor, queries.rows_of(one), at)
    wrong = {finding.number for finding in findings if finding.step is Step.WRONG}
    if wrong and not good_only:
        raise ImportHasErrors(count=len(wrong))
    due = [finding for finding in findings if finding.step in (Step.NEW, Step.CHANGED)]
    if not due:
        raise NothingToImport
    effects = [subject.apply(actor, finding, at) for finding in due]
    one.findings = _told(findings)
    _keep(one, subject, [row for row in queries.kept_rows(one) if row["number"] in wrong], effects)
    for name, count in _counts(findings).items():
        setattr(one, name, count)
    one.state, one.done_at = ImportState.DONE, at
    _record(actor, "imports.run", one, at)
    return one


def undo_import(actor: Actor, import_id: int, *, at: datetime) -> Import:
    """Take back what an import did; where the subject keeps some of it, the page names them.

    Raises: ImportOver; UndoTooLate after a day; ImportChangedSince, naming the records that others have touched.
    """
    one = queries.get_import_for_change(import_id)
    if one.state != ImportState.DONE or one.done_at is None:
        raise ImportOver
    if not may_still(at, since=one.done_at, window=UNDO_WINDOW):
        raise UndoTooLate
    kept = SUBJECTS[one.subject].undo(actor, queries.effects_of(one), at)
    one.content = {**one.content, "kept": kept}
    one.state, one.undone_at = ImportState.UNDONE, at
    _record(actor, "imports.undo", one, at)
    return one


def purge_private(before: datetime) -> int:
    """Forget what files about people held that were uploaded before an instant. Returns how many."""
    due = update(Import).where(Import.created_at < before, Import.private_enc.is_not(None)).values(private_enc=None)
    return len(db.session.execute(due.returning(Import.id)).all())


def _keep(one: Import, subject: Subject, rows: list[dict[str, Any]], effects: list[dict[str, Any]]) -> None:
    """Keep the rows of a file and what undoing needs; those about people under a seal."""
    if subject.is_private:
        told = json.dumps({"rows": rows, "effects": effects}, ensure_ascii=False)
        one.private_enc = PRIVATE.seal(told.encode(), str(one.id))
    else:
        one.content, one.effects = {**one.content, "rows": rows}, effects


def _record(actor: Actor, action: str, one: Import, at: datetime) -> None:
    after = {
        "subject": one.subject,
        "file_name": one.file_name,
        "created": one.new_count,
        "changed": one.changed_count,
        "left_out": one.wrong_count,
    }
    audit.record(actor, action, "import", one.id, at=at, after=after)


def _counts(findings: Sequence[Finding]) -> dict[str, int]:
    counted = Counter(finding.step for finding in findings)
    return {f"{step.value}_count": counted[step] for step in Step}


def _told(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Return what the page shows of each row."""
    return [
        {
            "number": finding.number,
            "key": finding.key,
            "step": finding.step.value,
            "changes": [list(change) for change in finding.changes],
            "problems": [[one.column, one.sentence.zh, one.sentence.en] for one in finding.problems],
        }
        for finding in findings
    ]
