"""Column types and text: aware times on both databases, words instead of codes, characters that nobody can see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from app.core.counters import Counter
from app.core.db import db, unit_of_work
from app.core.types import clean_text, has_control_characters, new_public_id
from app.people.models import Person

AT = datetime(2026, 11, 22, 4, 0, 0, 123456, tzinfo=UTC)


def test_an_instant_comes_back_aware_and_to_the_microsecond(app: Flask) -> None:
    local = AT.astimezone(timezone(timedelta(hours=8)))
    with unit_of_work() as unit:
        unit.session.execute(insert(Counter).values(key_hash="k", window_start=local, hits=1))
    found = db.session.scalar(select(Counter.window_start))
    assert found == AT
    assert found.utcoffset() == timedelta(0)


def test_an_instant_is_found_again_whatever_zone_asks(app: Flask) -> None:
    with unit_of_work() as unit:
        unit.session.execute(insert(Counter).values(key_hash="k", window_start=AT, hits=1))
    asked = AT.astimezone(timezone(timedelta(hours=-7)))
    assert db.session.scalar(select(Counter.hits).where(Counter.window_start == asked)) == 1


def test_a_naive_time_never_reaches_the_database(app: Flask) -> None:
    with pytest.raises(StatementError, match="naive"), unit_of_work() as unit:
        unit.session.execute(insert(Counter).values(key_hash="k", window_start=AT.replace(tzinfo=None), hits=1))


def test_a_word_that_is_not_in_the_list_is_refused_by_the_table(app: Flask) -> None:
    person = {"public_id": "p", "nickname": "n", "locale": "zh-CN", "elder_mode": False, "created_at": AT}
    with db.engine.connect() as connection, pytest.raises(IntegrityError, match="ck_persons_state_known"):
        connection.execute(insert(Person).values(**person, state="angry"))


def test_foreign_keys_are_on(app: Flask) -> None:
    with db.engine.connect() as connection, pytest.raises(IntegrityError):
        connection.execute(
            text(
                "INSERT INTO idempotency (person_id, key, route, body_hash, status, created_at)"
                " VALUES (999, 'k', 'r', 'h', 0, '2026-11-22 04:00:00')"
            )
        )


def test_public_ids_are_opaque_and_fit_their_column() -> None:
    ids = {new_public_id() for _ in range(200)}
    assert len(ids) == 200
    assert {len(one) for one in ids} == {16}


@pytest.mark.parametrize(
    ("given", "kept"),
    [("  栈桥 ", "栈桥"), ("a\r\nb", "a\nb"), ("e\u0301", "é"), ("\u3000", ""), (None, None), (5, 5), (["x "], ["x "])],
)
def test_text_is_trimmed_and_composed_and_other_things_are_left(given: object, kept: object) -> None:
    assert clean_text(given) == kept


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\ud800", "\n", "\t"])
def test_characters_that_nobody_can_see_are_found(char: str) -> None:
    assert has_control_characters(f"a{char}b")


@pytest.mark.parametrize("text", ["栈桥", "a b", "👩‍👩‍👧", "مرحبا", "ﷺ", ""])
def test_ordinary_text_of_any_script_passes(text: str) -> None:
    assert not has_control_characters(text)


def test_line_ends_pass_where_several_lines_are_meant() -> None:
    assert not has_control_characters("a\n\tb", multiline=True)
    assert has_control_characters("a\x00b", multiline=True)
