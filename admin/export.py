"""CSV that opens in a spreadsheet as text: a byte order mark, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import Response, stream_with_context

from app.core import clock

BOM = "\ufeff"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def guarded(value: Any) -> str:
    """Return a cell as text that no spreadsheet takes for a formula; an apostrophe in front is the guard.

    Full-width twins count too, for some programs fold them. Numbers stay numbers.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, datetime):
        return f"{clock.city_time(value):%Y-%m-%d %H:%M:%S}"
    text = str(value)
    plain = unicodedata.normalize("NFKC", text)
    starts_badly = text.startswith(_FORMULA_STARTS) or plain.lstrip(" \u00a0\u3000").startswith(_FORMULA_STARTS)
    return "'" + text if starts_badly else text


def csv_answer(name: str, titles: Sequence[str], rows: Iterable[Sequence[Any]], at: datetime) -> Response:
    """Stream a CSV file. name: of the list, for the file's name."""
    writer = csv.writer(_Echo(), lineterminator="\r\n")

    def lines() -> Iterator[str]:
        yield BOM + writer.writerow([guarded(title) for title in titles])  # type: ignore[operator]
        for row in rows:
            yield writer.writerow([guarded(cell) for cell in row])  # type: ignore[misc]

    filename = f"{name}-{clock.city_time(at):%Y%m%d-%H%M}.csv"
    return Response(
        stream_with_context(lines()),
        mimetype="text/csv",
        headers={
            "Content-Disposition": f"attachment; filename=export.csv; filename*=UTF-8''{quote(filename)}",
            "Cache-Control": "no-store",
        },
    )
