"""Read an Excel file that a stranger may have made: sizes first, then texts, and every repair is told."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, NamedTuple

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.escape import unescape

from app.core.errors import Text
from app.sheets import errors
from app.sheets.errors import SheetRefused

FILE_BYTES_MAX = 2_000_000
ROWS_MAX = 500
"""Rows of one import: about two seconds in which nobody else writes on SQLite."""
COLUMNS_MAX = 60
CELL_CHARS_MAX = 5_000
_SCAN_ROWS_MAX = 5 * ROWS_MAX
"""Empty rows are passed over up to this one."""
_PARTS_MAX = 500
_DATA_BYTES_MAX = 12_000_000
_OTHER_BYTES_MAX = 1_500_000
_TAGS_MAX = 400_000
"""Tags in one part: what a full sheet of the size allowed has at most; each costs time, however short it is."""
_DATA_PART = re.compile(r"xl/(worksheets/[^/]+\.xml|sharedStrings\.xml)", re.IGNORECASE)
_READ_PART = re.compile(r".*\.(xml|rels)", re.IGNORECASE)
_MACRO_PART = re.compile(r".*(vbaProject\.bin|xl/macrosheets/.*)", re.IGNORECASE)
_OUTER = " \t\u00a0\u3000\u200b\ufeff\u2003\u2002\n"


class Repair(StrEnum):
    """What was put right in a cell, and is told."""

    TRIMMED = "trimmed"
    NUMBER = "number"
    DATE = "date"
    NARROWED = "narrowed"
    REWRITTEN = "rewritten"


REPAIRS = {
    Repair.TRIMMED: Text("去掉了首尾空格", "outer spaces removed"),
    Repair.NUMBER: Text("数字按文字读入", "a number read as text"),
    Repair.DATE: Text("日期按文字读入", "a date read as text"),
    Repair.NARROWED: Text("全角改为半角", "full width made half width"),
    Repair.REWRITTEN: Text("改为统一写法", "written the usual way"),
}


class Cell(NamedTuple):
    """One cell as text. is_error: an error value of Excel's such as #N/A."""

    text: str
    repairs: tuple[Repair, ...] = ()
    is_error: bool = False


class Row(NamedTuple):
    """One row that holds something. number: as the spreadsheet counts, from 1."""

    number: int
    cells: tuple[Cell, ...]


class Grid(NamedTuple):
    """The first sheet of a file: its headings and the rows under them."""

    heads: tuple[str, ...]
    rows: tuple[Row, ...]


def read(data: bytes) -> Grid:
    """Return the first sheet of an .xlsx file. Nothing in it is computed, followed or fetched.

    Raises: SheetRefused with the reason, in well under three seconds whatever the file holds.
    """
    _look_over(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    except SheetRefused:
        raise
    except Exception as error:
        raise SheetRefused(errors.BROKEN) from error
    try:
        return _grid(book.worksheets[0])
    except SheetRefused:
        raise
    except Exception as error:
        raise SheetRefused(errors.BROKEN) from error
    finally:
        book.close()


def _look_over(data: bytes) -> None:
    """Judge the archive before anything in it is parsed: kind, unpacked size, macros, entities."""
    if len(data) > FILE_BYTES_MAX:
        raise SheetRefused(errors.TOO_LARGE)
    if not data.startswith(b"PK"):
        raise SheetRefused(errors.NOT_XLSX)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if len(parts) > _PARTS_MAX:
                raise SheetRefused(errors.TOO_LARGE)
            if "[Content_Types].xml" not in names or any(part.flag_bits & 1 for part in parts):
                raise SheetRefused(errors.NOT_XLSX)
            if any(_MACRO_PART.fullmatch(name) for name in names):
                raise SheetRefused(errors.MACROS)
            for part in parts:
                if _READ_PART.fullmatch(part.filename):
                    _look_into(archive, part)
    except SheetRefused:
        raise
    except Exception as error:
        raise SheetRefused(errors.BROKEN) from error


def _look_into(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Unpack one part no further than it may go; the size that the archive claims is not believed."""
    most = _DATA_BYTES_MAX if _DATA_PART.fullmatch(part.filename) else _OTHER_BYTES_MAX
    size, tags, tail = 0, 0, b""
    with archive.open(part) as stream:
        while block := stream.read(1 << 16):
            size += len(block)
            tags += block.count(b"<")
            if size > most or tags > _TAGS_MAX:
                raise SheetRefused(errors.TOO_LARGE)
            seen = (tail + block).replace(b"\0", b"").upper()
            if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
                raise SheetRefused(errors.ENTITIES)
            if part.filename == "[Content_Types].xml" and b"MACROENABLED" in seen:
                raise SheetRefused(errors.MACROS)
            tail = block[-40:]


def _grid(sheet: Any) -> Grid:
    sheet.reset_dimensions()
    heads: tuple[str, ...] = ()
    rows: list[Row] = []
    for number, cells in _filled(sheet):
        if not heads:
            heads = tuple(cell.text for cell in cells)
            continue
        if len(rows) == ROWS_MAX:
            raise SheetRefused(errors.TOO_MANY_ROWS.fill(most=f"{ROWS_MAX:,}"))
        rows.append(Row(number, cells))
    if not heads:
        raise SheetRefused(errors.EMPTY)
    return Grid(heads, tuple(rows))


def _filled(sheet: Any) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    """Yield the rows that hold something."""
    for number, given in enumerate(sheet.iter_rows(), start=1):
        if number > _SCAN_ROWS_MAX:
            raise SheetRefused(errors.TOO_MANY_ROWS.fill(most=f"{ROWS_MAX:,}"))
        last = max((n for n, cell in enumerate(given, start=1) if cell.value is not None), default=0)
        if last > COLUMNS_MAX:
            raise SheetRefused(errors.TOO_MANY_COLUMNS.fill(most=COLUMNS_MAX))
        cells = tuple(_cell(cell, f"{get_column_letter(n)}{number}") for n, cell in enumerate(given[:last], start=1))
        if any(cell.text for cell in cells):
            yield number, cells


def _cell(cell: Any, where: str) -> Cell:
    value = cell.value
    if cell.data_type == "f" or hasattr(value, "ref"):
        raise SheetRefused(errors.FORMULA.fill(cell=where))
    if value is None:
        return Cell("")
    if cell.data_type == "e":
        return Cell(str(value), is_error=True)
    if isinstance(value, (bool, int, float)):
        return Cell(_number(value), (Repair.NUMBER,))
    if isinstance(value, (date, time)):
        return Cell(_moment(value), (Repair.DATE,))
    text = unescape(str(value))[:CELL_CHARS_MAX].replace("\r\n", "\n")
    trimmed = text.strip(_OUTER)
    return Cell(trimmed, (Repair.TRIMMED,) if trimmed != text else ())


def _number(value: float) -> str:
    """Write a number as a person would: Excel keeps 12 as 12.0."""
    if isinstance(value, bool):
        return str(value).upper()
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _moment(value: date | time) -> str:
    """Write a date as 2026-10-01, with its time where it has one."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ", "minutes")
    return value.isoformat()
