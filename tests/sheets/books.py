"""Excel files for tests: ordinary ones, and such as nobody would send who means well."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def book(*rows: Sequence[Any], formulas: bool = False) -> bytes:
    """An ordinary file. formulas: let `=1+1` be one, instead of a text that looks like it."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for line, row in enumerate(rows, start=1):
        for place, value in enumerate(row, start=1):
            cell = sheet.cell(line, place, value)
            if isinstance(value, str) and not formulas:
                cell.data_type = "s"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def with_part(data: bytes, name: str, body: bytes) -> bytes:
    """The same file with one part replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            if part.filename != name:
                new.writestr(part.filename, old.read(part))
        new.writestr(name, body)
    return out.getvalue()


def sheet_of(rows: str) -> bytes:
    return f'<?xml version="1.0"?><worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'.encode()


ORDINARY = book(["编号", "中文名称"], ["ZHANQIAO", "栈桥"])


def small_hostile() -> dict[str, bytes]:
    """Files that are refused for what they are, by what is wrong with them."""
    return {
        "501 rows": book(["a"], *([n] for n in range(501))),
        "16,384 columns": book(list(range(1, 16_385))),
        "rows far apart": with_part(
            ORDINARY, SHEET, sheet_of('<row r="1048576"><c t="inlineStr"><is><t>x</t></is></c></row>')
        ),
        "entity": with_part(
            ORDINARY, SHEET,
            b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + sheet_of("")[21:],
        ),
        "entity in UTF-16": with_part(
            ORDINARY, STRINGS, '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///x">]><sst/>'.encode("utf-16")
        ),
        "formula": book(["编号"], ["=1+1"], formulas=True),
        "array formula": with_part(
            ORDINARY, SHEET, sheet_of('<row r="1"><c r="A1"><f t="array" ref="A1">SUM(B1)</f><v>1</v></c></row>')
        ),
        "formula with a stored value": with_part(
            ORDINARY, SHEET, sheet_of('<row r="1"><c r="A1"><f>HYPERLINK("http://x")</f><v>1</v></c></row>')
        ),
        "macro": with_part(ORDINARY, "xl/vbaProject.bin", b"\xd0\xcf\x11\xe0"),
        "Excel 4 macro": with_part(ORDINARY, "xl/macrosheets/sheet1.xml", b"<x/>"),
        "old xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1000,
        "csv": "编号,名称\nA,b\n".encode(),
        "nothing": b"",
        "PK and noise": b"PK\x03\x04" + bytes(range(256)) * 8,
        "a zip that is no workbook": with_part(_empty_zip(), "hello.txt", b"hello"),
        "cut off": ORDINARY[: len(ORDINARY) // 2],
        "broken XML": with_part(ORDINARY, SHEET, b"<worksheet><sheetData><row>"),
        "many parts": _many_parts(),
        "empty": book(),
    }  # fmt: skip


def hostile() -> dict[str, bytes]:
    """Every file of vector I8, and some more, by what is wrong with it."""
    bomb = sheet_of("<row r='1'><c t='inlineStr'><is><t>" + "A" * 100_000_000 + "</t></is></c></row>")
    rows = "".join(f'<row r="{n}"><c><v>1</v></c></row>' for n in range(1, 1_048_577))
    return small_hostile() | {
        "bomb": with_part(ORDINARY, SHEET, bomb),
        "bomb in the styles": with_part(ORDINARY, "xl/styles.xml", b"<styleSheet>" + b"<xf/>" * 8_000_000),
        "1,048,576 rows": with_part(ORDINARY, SHEET, sheet_of(rows)),
        "1,048,576 empty rows": with_part(ORDINARY, SHEET, sheet_of("<row/>" * 1_048_576)),
        "too large": b"PK" + b"x" * 2_000_001,
    }


def _empty_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w"):
        pass
    return out.getvalue()


def _many_parts() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        new.writestr("[Content_Types].xml", "<Types/>")
        for number in range(600):
            new.writestr(f"xl/media/{number}.bin", b"")
    return out.getvalue()
