"""Cells of CSV files: text that no program takes for a formula."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.core.clock import city_time
from app.sheets.writing import looks_like_formula

BOM = "\ufeff"


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
        return f"{city_time(value):%Y-%m-%d %H:%M:%S}"
    text = str(value)
    return "'" + text if looks_like_formula(text) else text
