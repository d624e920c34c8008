"""CSV and Excel files that open as text: a byte order mark, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import Response, stream_with_context

from app.core import clock
from app.sheets.cells import BOM, guarded
from app.sheets.writing import workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_answer(name: str, titles: Sequence[str], rows: Iterable[Sequence[Any]], at: datetime) -> Response:
    """Stream a CSV file. name: of the list, for the file's name."""
    writer = csv.writer(_Echo(), lineterminator="\r\n")

    def lines() -> Iterator[str]:
        yield BOM + writer.writerow([guarded(title) for title in titles])  # type: ignore[operator]
        for row in rows:
            yield writer.writerow([guarded(cell) for cell in row])  # type: ignore[misc]

    return Response(stream_with_context(lines()), mimetype="text/csv", headers=_named(f"{name}-{_stamp(at)}.csv"))


def xlsx_answer(name: str, titles: Sequence[str], rows: Iterable[Sequence[Any]], at: datetime) -> Response:
    """Answer with an Excel file of the same rows, every text a text cell."""
    return file_answer(f"{name}-{_stamp(at)}.xlsx", workbook(name, titles, rows))


def file_answer(filename: str, body: bytes) -> Response:
    """Answer with an Excel file."""
    return Response(body, mimetype=XLSX, headers=_named(filename))


def _stamp(at: datetime) -> str:
    return f"{clock.city_time(at):%Y%m%d-%H%M}"


def _named(filename: str) -> dict[str, str]:
    plain = f"export.{filename.rpartition('.')[2]}"
    where = f"attachment; filename={plain}; filename*=UTF-8''{quote(filename)}"
    return {"Content-Disposition": where, "Cache-Control": "no-store"}
