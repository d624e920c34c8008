"""docs/data-inventory.md says of every column whether it is about a person, and how that is protected."""

from __future__ import annotations

import re
from collections import Counter

import pytest

import app.factory  # noqa: F401 -- loads every domain
from app.core.db import db
from app.core.sealed import SEALED
from tests.house.source import ROOT

TEXT = (ROOT / "docs" / "data-inventory.md").read_text(encoding="utf-8")
ABOUT_PEOPLE, _, ABOUT_NOBODY = TEXT.partition("## Columns about nobody")


def rows(part: str) -> list[list[str]]:
    """The cells of each line of a table."""
    lines = [line for line in part.splitlines() if line.startswith("| ") and not line.startswith("| table ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def columns(part: str) -> Counter[str]:
    return Counter(f"{row[0]}.{name}" for row in rows(part) for name in re.findall(r"`(\w+)`", row[1]))


def test_every_column_is_classified_once() -> None:
    """A new column fails here: write into docs/data-inventory.md whether it is about a person, and how long it stays."""
    real = {f"{table.name}.{column.name}" for table in db.metadata.tables.values() for column in table.columns}
    listed = columns(ABOUT_PEOPLE) + columns(ABOUT_NOBODY)
    here = {name for name in listed if name.partition(".")[0] in db.metadata.tables}

    assert real - set(listed) == set(), "classify these"
    assert here - real == set(), "these are gone"
    assert [name for name, count in listed.items() if count > 1] == []


def test_every_column_about_people_says_what_for_what_class_how_long_and_how_protected() -> None:
    for row in rows(ABOUT_PEOPLE):
        assert len(row) == 6, row
        assert all(row), row


def test_what_is_said_to_be_sealed_is_declared_so_and_the_other_way_round() -> None:
    """`keys rotate` finds a sealed column in the declaration; one that is only sealed by hand would be lost with the key."""
    said = {
        f"{row[0]}.{name}"
        for row in rows(ABOUT_PEOPLE)
        if row[5] == "sealed"
        for name in re.findall(r"`(\w+)`", row[1])
    }

    assert {name for name in said if name.partition(".")[0] in db.metadata.tables} == set(SEALED)


def test_every_blind_index_is_one_of_a_sealed_column_or_lives_a_day() -> None:
    said = {
        f"{row[0]}.{name}"
        for row in rows(ABOUT_PEOPLE)
        if row[5] == "blind index"
        for name in re.findall(r"`(\w+)`", row[1])
    }
    made_anew = {f"{one.table}.{one.index}" for one in SEALED.values() if one.index}

    assert said - made_anew == {"otp_codes.phone_index"}
    assert made_anew <= said


@pytest.mark.parametrize(
    "name", [name for name in db.metadata.tables if "person_id" in db.metadata.tables[name].columns]
)
def test_a_table_that_names_a_person_is_about_people(name: str) -> None:
    assert any(row[0] == name for row in rows(ABOUT_PEOPLE)), name
