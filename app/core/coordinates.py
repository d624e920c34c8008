"""Coordinates as people write and copy them, read into a pair of degrees. Pure."""

from __future__ import annotations

import re
import unicodedata

from app.core.geo import Point

TEXT_CHARS = 500
_NUMBER = r"[+-]?\d{1,3}(?:\.\d{1,12})?"
_ANGLE = re.compile(
    rf"(?P<before>[NSEW]|LAT\w*|LNG|LON\w*)?[\s:=\"']*"
    rf"(?P<degrees>{_NUMBER})(?:\s*(?:°|D)\s*(?:(?P<minutes>\d{{1,2}}(?:\.\d{{1,9}})?)\s*'\s*)?"
    rf"(?:(?P<seconds>\d{{1,2}}(?:\.\d{{1,9}})?)\s*(?:\"|'')\s*)?)?"
    rf"(?(before)|\s*(?P<after>[NSEW](?![A-Z]))?)"
)
_SPELLINGS = str.maketrans(
    {"′": "'", "’": "'", "‘": "'", "″": '"', "”": '"', "“": '"', "º": "°", "度": "°", "分": "'", "秒": '"'}
)
_WORDS = {"北纬": "N", "南纬": "S", "东经": "E", "西经": "W", "纬度": "LAT", "经度": "LNG", "%2C": ","}


def read_point(text: str) -> Point | None:
    """Return the first two angles of a text as (lat, lng), or None when it does not hold a pair.

    Understood: decimal degrees in either order, degrees-minutes-seconds, letters or Chinese words for the axes, JSON,
    `geo:` addresses and links of map pages. Without names for the axes, a number above 90 is the longitude.
    """
    plain = unicodedata.normalize("NFKC", text[:TEXT_CHARS]).translate(_SPELLINGS)
    for word, letter in _WORDS.items():
        plain = plain.replace(word, f" {letter} ")
    found = [_angle(one) for one in _ANGLE.finditer(_worth_reading(plain.upper()))]
    if len(found) < 2:
        return None
    (axis, first), (other, second) = found[:2]
    swapped = axis == "LNG" or other == "LAT" or (axis is None and other is None and abs(first) > 90)
    return Point(second, first) if swapped else Point(first, second)


def _worth_reading(text: str) -> str:
    """Return the part of a link that holds the place, or the text: the first pair of decimal degrees in it."""
    if "://" not in text and not text.startswith("GEO:"):
        return text
    pair = re.search(rf"{_NUMBER}\.?\d*\s*,\s*{_NUMBER}", re.sub(r"^\w+://[^/]*", "", text))
    return pair[0] if pair else ""


def _angle(found: re.Match[str]) -> tuple[str | None, float]:
    degrees = float(found["degrees"])
    part = float(found["minutes"] or 0) / 60 + float(found["seconds"] or 0) / 3600
    value = degrees - part if found["degrees"].startswith("-") else degrees + part
    letter = found["after"] or (found["before"] or "")
    axis = "LAT" if letter in ("N", "S") or letter.startswith("LAT") else "LNG" if letter else None
    return axis, -value if letter in ("S", "W") else value
