"""Calendar files as RFC 5545 wants them, read back by a small reader that knows only the RFC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import ics
from app.core.clock import CITY_ZONE
from app.core.ics import Entry

START = datetime(2026, 11, 25, 9, 0, tzinfo=CITY_ZONE)
ENTRY = Entry(
    uid="abc@ouyu.test",
    sequence=3,
    changed_at=datetime(2026, 11, 20, 4, 0, tzinfo=UTC),
    starts_at=START,
    ends_at=START + timedelta(hours=2),
    summary="栈桥文明引导",
)


def read(file: bytes) -> list[tuple[str, str]]:
    """(name, value) of each content line, unfolded; values of TEXT stay escaped."""
    text = file.decode()
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert "\r" not in text.replace("\r\n", "")
    unfolded = text.replace("\r\n ", "")
    return [(line.partition(":")[0], line.partition(":")[2]) for line in unfolded.split("\r\n")[:-1]]


def unescaped(text: str) -> str:
    found, chars = "", iter(text)
    for char in chars:
        found += {"n": "\n", "N": "\n"}.get(after := next(chars), after) if char == "\\" else char
    return found


def test_a_calendar_is_the_lines_of_the_rfc_in_utc() -> None:
    assert read(ics.calendar("鸥遇", [ENTRY])) == [
        ("BEGIN", "VCALENDAR"),
        ("VERSION", "2.0"),
        ("PRODID", "-//Ouyu//Ouyu//ZH"),
        ("CALSCALE", "GREGORIAN"),
        ("METHOD", "PUBLISH"),
        ("X-WR-CALNAME", "鸥遇"),
        ("NAME", "鸥遇"),
        ("X-WR-TIMEZONE", "Asia/Shanghai"),
        ("BEGIN", "VEVENT"),
        ("UID", "abc@ouyu.test"),
        ("SEQUENCE", "3"),
        ("DTSTAMP", "20261120T040000Z"),
        ("DTSTART", "20261125T010000Z"),
        ("DTEND", "20261125T030000Z"),
        ("SUMMARY", "栈桥文明引导"),
        ("STATUS", "CONFIRMED"),
        ("END", "VEVENT"),
        ("END", "VCALENDAR"),
    ]


def test_place_words_and_address_stand_in_it_where_there_are_any() -> None:
    entry = ENTRY._replace(location="栈桥入口", description="带水", url="https://ouyu.test/events/abc", cancelled=True)
    lines = dict(read(ics.calendar("x", [entry])))
    assert (lines["LOCATION"], lines["DESCRIPTION"]) == ("栈桥入口", "带水")
    assert (lines["URL"], lines["STATUS"]) == ("https://ouyu.test/events/abc", "CANCELLED")


def test_an_empty_calendar_is_one_too() -> None:
    assert read(ics.calendar("x", []))[-1] == ("END", "VCALENDAR")


@pytest.mark.parametrize(
    ("clear", "written"),
    [
        ("a,b;c", "a\\,b\\;c"),
        ("back\\slash", "back\\\\slash"),
        ("two\nlines", "two\\nlines"),
        ("two\r\nlines", "two\\nlines"),
        ("old\rmac", "old\\nmac"),
        ("tab\tand\x00null\x1b", "tabandnull"),
        ("引导，请早到：9点", "引导，请早到：9点"),
        ("\nBEGIN:VALARM", "\\nBEGIN:VALARM"),
    ],
)
def test_text_is_escaped_so_that_it_stays_one_value(clear: str, written: str) -> None:
    assert ics.escaped(clear) == written


@pytest.mark.parametrize(("octets", "lines"), [(74, 1), (75, 1), (76, 2), (149, 2), (150, 3)])
def test_a_line_is_folded_at_75_octets(octets: int, lines: int) -> None:
    folded = ics.folded("x" * octets).split("\r\n")
    assert len(folded) == lines
    assert max(len(line.encode()) for line in folded) <= 75


def test_no_character_is_torn_by_folding() -> None:
    for before in range(4):
        for line in ics.folded("x" * before + "鸥🐦" * 40).split("\r\n"):
            assert len(line.encode()) <= 75
            line.encode().decode()


@given(st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=300))
def test_whatever_is_written_is_read_back(text: str) -> None:
    file = ics.calendar("x", [ENTRY._replace(summary=text)])
    assert all(len(line) <= 75 for line in file.split(b"\r\n"))
    assert unescaped(dict(read(file))["SUMMARY"]) == text
