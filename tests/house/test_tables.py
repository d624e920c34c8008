"""Tables: every constraint has a name and a sentence, every time is aware, every hook is provided and used."""

from __future__ import annotations

import ast
import re

import pytest
from sqlalchemy import CheckConstraint, DateTime, Table, UniqueConstraint
from sqlalchemy.types import TypeDecorator

import app.factory
from app.core.db import db
from app.core.errors import CONSTRAINTS
from app.core.hooks import HOOKS
from app.core.types import UtcDateTime
from tests.conftest import Prepared
from tests.house.source import dotted, modules

TABLES = sorted(db.metadata.tables.values(), key=lambda table: table.name)
NOBODY_CAN_BREAK = {
    "uq_audit_prev_hash": "written by audit.service alone, behind the head row's lock",
    "ck_audit_head_single": "the migration writes the one row",
    "ck_installation_single": "core.installation writes the one row",
    "ck_installation_owner_known": "core.installation takes an Owner",
    "ck_visit_days_state_known": "checkins.rollup alone writes it, from visits that hold",
    "ck_visit_days_visits_positive": "checkins.rollup writes what GROUP BY has counted",
}
"""Constraints without a sentence: to meet one is a mistake of ours, which is told as 500."""


AFTER_MERGING = {
    "erasures": "app.privacy.own",
    "exports": "app.privacy.own",
    "calendar_links": "app.calendars.own",
    "checkins": "app.checkins.service",
    "consents": "app.privacy.service",
    "idempotency": "app.http.idempotency",
    "inbox": "app.inbox.own",
    "outbox": "app.inbox.own",
    "identities": "a guest has none",
    "sessions": "they end",
    "volunteers": "app.volunteers.own",
}
"""Table that refers to a person → the module that moves a guest's rows to the citizen, or why there are none."""


def guards(table: Table) -> set[str]:
    """The names of what may refuse a row: UNIQUE, CHECK and unique indexes."""
    named = {str(c.name) for c in table.constraints if isinstance(c, (UniqueConstraint, CheckConstraint))}
    return named | {str(index.name) for index in table.indexes if index.unique}


def test_every_constraint_stands_for_a_refusal() -> None:
    known = set().union(*(guards(table) for table in TABLES))
    assert known - set(CONSTRAINTS) - set(NOBODY_CAN_BREAK) == set(), "no domain says what these mean"
    assert set(CONSTRAINTS) - known == set(), "sentences of constraints that are gone"
    assert set(NOBODY_CAN_BREAK) - known == set()
    assert not set(NOBODY_CAN_BREAK) & set(CONSTRAINTS)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_constraint_is_named_after_its_table(table: Table) -> None:
    for constraint in table.constraints:
        assert re.fullmatch(rf"(ck|uq|fk|pk)_{table.name}(_\w+)?", str(constraint.name)), constraint
    for index in table.indexes:
        assert re.fullmatch(r"(uq|ix)_\w+", str(index.name))
        assert str(index.name).startswith("uq_") == bool(index.unique), index.name


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_time_is_aware_and_named_so(table: Table) -> None:
    for column in table.columns:
        kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
        if isinstance(kind, DateTime):
            assert isinstance(column.type, UtcDateTime), column
            assert column.name.endswith("_at") or column.name in (
                "at",
                "until",
                "offer_until",
                "valid_until",
                "valid_from",
                "window_start",
                "client_time",
            ), column


def test_every_word_column_is_held_to_its_words() -> None:
    for table in TABLES:
        for name in (
            "state",
            "kind",
            "grade",
            "role",
            "scope",
            "source",
            "coord_quality",
            "purpose",
            "locale",
            "owner",
        ):
            if name in table.columns:
                assert f"ck_{table.name}_{name}_known" in guards(table), f"{table.name}.{name}"


def test_every_table_of_a_persons_rows_says_what_becomes_of_them_when_a_guest_merges() -> None:
    """A new table of people's adds how it moves to factory.MOVES, and itself here."""
    of_people = {table.name for table in TABLES for key in table.foreign_keys if key.target_fullname == "persons.id"}
    assert of_people == set(AFTER_MERGING)
    moved = {move.__module__ for move in app.factory.MOVES}
    assert moved == {module for module in AFTER_MERGING.values() if module.startswith("app.")}


def test_every_hook_has_a_provider_and_a_user(sqlite_app: Prepared) -> None:
    declared = {
        node.target.id: ast.literal_eval(node.value.args[0])
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and isinstance(node.value, ast.Call)
        and dotted(node.value.func) == "Hook"
    }
    assert set(declared.values()) == set(HOOKS)
    called = {dotted(call.func).rpartition(".")[2] for module in modules() for call in module.calls()}
    assert [name for name in declared if name not in called] == []
    assert [name for name, hook in HOOKS.items() if hook.provider is None] == []
