"""Write Excel files whose cells are typed: text stays text, whatever it looks like."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill

from app.core import clock

CELL_CHARS_MAX = 32_767
"""What one cell can hold. Source: Excel specifications and limits."""
HEAD_FONT, HEAD_FILL = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="0B2E59")
WRONG_FILL = PatternFill("solid", fgColor="FCEDE8")
WRAPPED = Alignment(vertical="top", wrap_text=True)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")
_WIDTHS = (10, 48)


def workbook(title: str, titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return an Excel file of one sheet. Texts are text cells, even `=1+1`; numbers and times keep their type."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(sheet_title(title))
    sheet.freeze_panes = "A2"
    for number, words in enumerate(titles):
        letter = chr(ord("A") + number) if number < 26 else f"A{chr(ord('A') + number - 26)}"
        sheet.column_dimensions[letter].width = min(max(len(words) * 2 + 4, _WIDTHS[0]), _WIDTHS[1])
    sheet.append([_head(sheet, words) for words in titles])
    for row in rows:
        sheet.append([typed(sheet, value) for value in row])
    return saved(book)


def typed(sheet: Any, value: Any) -> Any:
    """Return what a row takes for a value: numbers and times keep their type; a text that looks like more is marked."""
    if isinstance(value, datetime):
        return clock.city_time(value).replace(tzinfo=None)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    text = str(value)
    return as_text(WriteOnlyCell(sheet), text) if looks_like_formula(text) else _writable(text)


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet might run a text; full-width twins count, for some programs fold them."""
    plain = unicodedata.normalize("NFKC", text).lstrip(" \u00a0\u3000")
    return text.startswith(FORMULA_STARTS) or plain.startswith(FORMULA_STARTS)


def as_text(cell: Any, text: str) -> Any:
    """Put a text into a cell as text: `=1+1` and `+86…` are shown, not computed, also after somebody edits beside it."""
    cell.value = _writable(text)
    if text:
        cell.data_type = "s"
        cell.quotePrefix = True
    return cell


def _writable(text: str) -> str:
    """Return a text as the file may hold it. A bare CR would be read back as LF; _x000D_ is how Excel writes it."""
    escaped = _ESCAPED.sub(r"_x005F\g<0>", ILLEGAL_CHARACTERS_RE.sub("", text)).replace("\r", "_x000D_")
    return escaped[:CELL_CHARS_MAX]


def sheet_title(words: str) -> str:
    """Return words as the name of a sheet may be."""
    return "".join(char for char in words if char not in "[]:*?/\\")[:31] or "Sheet1"


def saved(book: Workbook) -> bytes:
    """Return the bytes of a workbook."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _head(sheet: Any, words: str) -> Any:
    cell = as_text(WriteOnlyCell(sheet), words)
    cell.font, cell.fill = HEAD_FONT, HEAD_FILL
    return cell
