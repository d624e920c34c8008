"""How a phone number is read and shown."""

from __future__ import annotations

import pytest

from app.people import rules

MANY_SPELLINGS = [
    "13800138000",
    "138 0013 8000",
    "138-0013-8000",
    "138–0013—8000",
    "  13800138000 ",
    "+8613800138000",
    "+86 138 0013 8000",
    "(+86) 138-0013-8000",
    "0086 13800138000",
    "86 138 0013 8000",
    "13800138000".translate({ord("0") + n: ord("０") + n for n in range(10)}),
    "＋８６　１３８００１３８０００",
    "\u202d138 0013 8000\u202c",
    "138\u200b0013\u00a08000",
]
"""One number as people, keyboards and address books write it."""


@pytest.mark.parametrize("written", MANY_SPELLINGS)
def test_one_phone_in_many_spellings_is_one_number(written: str) -> None:
    assert rules.normalise_phone(written) == "13800138000"


@pytest.mark.parametrize(
    "written",
    [
        "", " ", "+86", "1380013800", "138001380001", "12800138000", "23800138000", "053282345678", "95188",
        "+852 9123 4567", "+1 415 555 0100", "+86+8613800138000", "0013800138000", "13800138000x", "1380013800O",
        "١٣٨٠٠١٣٨٠٠٠", "13800138000,13900139000", "138*0013*8000",
    ],
)  # fmt: skip
def test_what_is_no_mainland_mobile_number_is_not_guessed_at(written: str) -> None:
    assert rules.normalise_phone(written) is None


def test_a_number_is_shown_by_its_first_three_and_last_four_digits() -> None:
    assert rules.mask_phone("13800138000") == "138****8000"
