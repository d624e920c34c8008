"""The hash chain: whatever is done to a row, in any position, is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from app.core import chain

AT = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
Row = tuple[int, str, str, dict[str, Any]]


def make_chain(length: int) -> list[Row]:
    rows: list[Row] = []
    prev = chain.GENESIS
    for seq in range(1, length + 1):
        fields = {"seq": seq, "at": AT + timedelta(minutes=seq), "action": "stations.update", "after": {"n": seq}}
        rows.append((seq, prev, chain.link(prev, fields), fields))
        prev = rows[-1][2]
    return rows


def resealed(row: Row, **fields: Any) -> Row:
    """The row as a forger would write it who knows the formula."""
    seq, prev, _, old = row
    return seq, prev, chain.link(prev, old | fields), old | fields


def test_an_honest_chain_has_no_faults_and_neither_has_an_empty_one() -> None:
    assert chain.faults(make_chain(20)) == []
    assert chain.faults([]) == []


@pytest.mark.parametrize("position", [1, 2, 10, 19, 20])
def test_a_changed_field_is_named_in_every_position(position: int) -> None:
    rows = make_chain(20)
    seq, prev, row_hash, fields = rows[position - 1]
    rows[position - 1] = (seq, prev, row_hash, fields | {"action": "stations.Update"})
    assert chain.faults(rows) == [f"row {position} was changed: its hash does not match its content"]


@pytest.mark.parametrize("position", [1, 2, 10, 19])
def test_a_changed_row_with_a_fitting_hash_is_given_away_by_the_next(position: int) -> None:
    rows = make_chain(20)
    rows[position - 1] = resealed(rows[position - 1], action="nothing.happened")
    assert chain.faults(rows) == [f"row {position + 1} does not follow the row before it"]


@pytest.mark.parametrize("position", [1, 2, 10, 19])
def test_a_deleted_row_is_named(position: int) -> None:
    rows = make_chain(20)
    del rows[position - 1]
    found = chain.faults(rows)
    assert f"row {position} is missing: the next one found is {position + 1}" in found
    assert f"row {position + 1} does not follow the row before it" in found


@pytest.mark.parametrize("position", [1, 2, 10, 20])
def test_an_inserted_row_is_named(position: int) -> None:
    rows = make_chain(20)
    rows.insert(position, resealed(rows[position - 1], action="slipped.in"))
    assert any(fault.startswith(f"row {position} does not follow") for fault in chain.faults(rows))


def test_two_rows_that_changed_places_are_named() -> None:
    rows = make_chain(5)
    rows[1], rows[2] = rows[2], rows[1]
    assert len(chain.faults(rows)) >= 2


def test_a_renumbered_row_is_named() -> None:
    rows = make_chain(3)
    _, prev, row_hash, fields = rows[2]
    rows[2] = (4, prev, row_hash, fields | {"seq": 4})
    assert "row 3 is missing: the next one found is 4" in chain.faults(rows)
    assert "row 4 was changed: its hash does not match its content" in chain.faults(rows)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": "bc"}, {"ab": "c"}),
        ({"a": "1"}, {"a": 1}),
        ({"a": None}, {"a": "-"}),
        ({"a": ""}, {"a": None}),
        ({"a": "x", "b": ""}, {"a": "", "b": "x"}),
        ({"a": ["1", "2"]}, {"a": ["12"]}),
        ({"a": {"b": 1}}, {"a": '{"b":1}'}),
        ({"a": AT}, {"a": AT.isoformat()}),
        ({"a": "栈桥"}, {"a": "棧橋"}),
    ],
)
def test_two_contents_never_share_a_hash(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert chain.link(chain.GENESIS, one) != chain.link(chain.GENESIS, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 2, "x": 1}}),
        ({"a": AT}, {"a": AT.astimezone(timezone(timedelta(hours=8)))}),
    ],
)
def test_one_content_has_one_hash_however_it_is_written(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert chain.link(chain.GENESIS, one) == chain.link(chain.GENESIS, other)


def test_the_formula_stands_still_so_that_old_trails_still_verify() -> None:
    fields = {"seq": 1, "at": AT, "actor": "staff:wang", "before": None, "after": {"name_zh": "栈桥"}}
    assert chain.link(chain.GENESIS, fields) == "1f0a68cf0a83c34bd54f11604ca5e6eab7a47bb479751a921f6100f0cef25f24"
