"""Keyset paging: cursors that fit only their own list, and pages that know whether there is more."""

from __future__ import annotations

import base64
import json

import pytest

from app.core import paging, secrets
from app.core.errors import InvalidInput

KIND = "stations.near"


@pytest.fixture(autouse=True)
def master_key() -> None:
    secrets.configure("a master key of the tests, long enough for anything")


def test_a_cursor_reads_back_as_the_position_it_was_made_from() -> None:
    assert paging.position(KIND, paging.cursor(KIND, [454, "ZHANQIAO"])) == [454, "ZHANQIAO"]


def test_no_cursor_is_the_first_page() -> None:
    assert paging.position(KIND, None) is None


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        paging.position("stations", paging.cursor(KIND, [454, "ZHANQIAO"]))
    assert list(refused.value.fields) == ["cursor"]


def test_a_cursor_made_with_another_master_key_is_refused() -> None:
    foreign = paging.cursor(KIND, [1])
    secrets.configure("another master key, which is long enough too")
    with pytest.raises(InvalidInput):
        paging.position(KIND, foreign)


def test_a_cursor_with_any_character_changed_is_refused() -> None:
    genuine = paging.cursor(KIND, [454, "ZHANQIAO"])
    for n, char in enumerate(genuine):
        damaged = genuine[:n] + ("A" if char != "A" else "B") + genuine[n + 1 :]
        with pytest.raises(InvalidInput):
            paging.position(KIND, damaged)


@pytest.mark.parametrize("damage", [lambda c: c[:-4], lambda c: c + "AAAA", lambda c: c[4:], lambda c: "", str.lower])
def test_a_cut_or_lengthened_cursor_is_refused(damage: object) -> None:
    with pytest.raises(InvalidInput):
        paging.position(KIND, damage(paging.cursor(KIND, [454, "ZHANQIAO"])))  # type: ignore[operator]


@pytest.mark.parametrize("noise", ["*", " ", "\n", "=", "!", "é", "\ud800", "\x00"])
def test_a_cursor_with_noise_in_it_is_refused(noise: str) -> None:
    genuine = paging.cursor(KIND, [454, "ZHANQIAO"])
    for damaged in (noise + genuine, genuine[:8] + noise + genuine[8:], genuine + noise):
        with pytest.raises(InvalidInput):
            paging.position(KIND, damaged)


def test_a_forged_cursor_without_our_key_is_refused() -> None:
    body = json.dumps([0, ""]).encode()
    forged = base64.urlsafe_b64encode(b"\0" * 6 + body).rstrip(b"=").decode()
    with pytest.raises(InvalidInput):
        paging.position(KIND, forged)


def test_the_extra_row_makes_a_next_page_and_is_not_shown() -> None:
    page = paging.page_of([1, 2, 3], 2, KIND, lambda row: [row])
    assert page.items == [1, 2]
    assert paging.position(KIND, page.next_cursor) == [2]


@pytest.mark.parametrize("rows", [[], [1], [1, 2]])
def test_without_an_extra_row_there_is_no_next_page(rows: list[int]) -> None:
    page = paging.page_of(rows, 2, KIND, lambda row: [row])
    assert (page.items, page.next_cursor) == (rows, None)
