"""Calendar files by RFC 5545, as much of it as events and shifts need: whole times, no repetition, no alarms."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

LINE_OCTETS = 75
"""A longer line is folded, so that no octet of a character is torn from the others. Source: RFC 5545 §3.1."""
PRODUCT = "-//Ouyu//Ouyu//ZH"


class Entry(NamedTuple):
    """One thing in a calendar. uid: the same for as long as it is the same thing; a higher sequence replaces a lower.

    changed_at: when this was last true anew; a file made again of the same facts is the same file.
    """

    uid: str
    sequence: int
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str = ""
    description: str = ""
    url: str = ""
    cancelled: bool = False


def calendar(name: str, entries: Iterable[Entry]) -> bytes:
    """Write a calendar file. name: what a subscriber's list calls it."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    lines += [f"X-WR-CALNAME:{escaped(name)}", f"NAME:{escaped(name)}", "X-WR-TIMEZONE:Asia/Shanghai"]
    for entry in entries:
        lines += _lines(entry)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded(line)}\r\n" for line in lines).encode()


def _lines(entry: Entry) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{escaped(entry.uid)}"
    yield f"SEQUENCE:{entry.sequence}"
    yield f"DTSTAMP:{moment(entry.changed_at)}"
    yield f"DTSTART:{moment(entry.starts_at)}"
    yield f"DTEND:{moment(entry.ends_at)}"
    yield f"SUMMARY:{escaped(entry.summary)}"
    for name, value in (("LOCATION", entry.location), ("DESCRIPTION", entry.description)):
        if value:
            yield f"{name}:{escaped(value)}"
    if entry.url:
        yield f"URL:{entry.url}"
    yield f"STATUS:{'CANCELLED' if entry.cancelled else 'CONFIRMED'}"
    yield "END:VEVENT"


def moment(at: datetime) -> str:
    """Write an instant as UTC, which every calendar shows in its reader's own time."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def escaped(text: str) -> str:
    """Write a TEXT value: backslash, semicolon, comma and line ends escaped, what cannot be shown left out.

    Source: RFC 5545 §3.3.11.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    shown = "".join(char for char in lines if char == "\n" or unicodedata.category(char) not in ("Cc", "Cs"))
    for char in ("\\", ";", ","):
        shown = shown.replace(char, f"\\{char}")
    return shown.replace("\n", "\\n")


def folded(line: str) -> str:
    """Break a line so that none has more than 75 octets, the space that begins a continued one included."""
    parts: list[str] = []
    part, octets = "", 0
    for char in line:
        size = len(char.encode())
        if octets + size > LINE_OCTETS:
            parts.append(part)
            part, octets = " ", 1
        part, octets = part + char, octets + size
    return "\r\n".join([*parts, part])
