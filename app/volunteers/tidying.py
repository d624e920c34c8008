"""What Excel and people make of names, phones and days, brought into the one way they are written. Pure.

What is not understood stays as it is, so that the rule speaks about it.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from app.people.rules import normalise_phone

_SCIENTIFIC = re.compile(r"(\d)(?:\.(\d+))?[eE]\+?10")
"""An eleven-digit number as Excel shortens it; every digit is left only if ten stand behind the point."""
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?")
_BARE_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL = re.compile(r"([1-5]\d{4})(?:\.0)?")
_EXCEL_DAY_ZERO = date(1899, 12, 30)
"""Source: ECMA-376 part 1, §18.17.4.1; Excel's invented 29 February 1900 included."""
_BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")


def tidy_phone(text: str) -> str:
    """Return a mobile number as its eleven digits: out of `+86 138-…`, `'138…`, `138….0` and `1.3800138000E+10`."""
    bare = text.lstrip("'’`").removesuffix(".0")
    shortened = _SCIENTIFIC.fullmatch(bare)
    if shortened and len(shortened[2] or "") >= 10:
        bare = shortened[1] + shortened[2][:10]
    return normalise_phone(bare) or text


def is_cut(text: str) -> bool:
    """Whether a number was shortened to 1.38E+10, its last digits lost for good."""
    shortened = _SCIENTIFIC.fullmatch(text)
    return shortened is not None and len(shortened[2] or "") < 10


def tidy_day(text: str) -> str:
    """Return a day as 1990-05-01: out of 1990/5/1, 1990.5.1, 1990年5月1日, 19900501 and Excel's serial 32994."""
    found = _DAY.fullmatch(text) or _BARE_DAY.fullmatch(text)
    serial = _SERIAL.fullmatch(text)
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
        if serial:
            return (_EXCEL_DAY_ZERO + timedelta(days=int(serial[1]))).isoformat()
    except ValueError:  # 30 February
        return text
    return text


def tidy_name(text: str) -> str:
    """Return a name without the spaces that make 张　三 as wide as 欧阳海鸥; between other letters one stays."""
    return re.sub(r"\s+", " ", _BETWEEN_HAN.sub("", text))
