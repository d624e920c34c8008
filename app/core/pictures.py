"""Open a picture that somebody sent: JPEG, PNG or WebP, its size known before a pixel is decoded."""

from __future__ import annotations

import struct
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from app.core.errors import InvalidInput, Text

FORMATS = ("JPEG", "PNG", "WEBP")
BYTES_MAX = 5 * 1024 * 1024
PIXELS_MAX = 24_000_000

UNKNOWN_FORMAT = Text(
    "请选择 JPEG、PNG 或 WebP 格式的照片。", "Please choose a photo in JPEG, PNG or WebP; this file is none of them."
)
TOO_MANY_PIXELS = Text(
    "照片太大了，最多 2400 万像素。请缩小后再试。", "The photo has more than 24 megapixels. Please send a smaller one."
)
DAMAGED = Text("照片不完整或已损坏，请重新拍一张。", "The photo is cut short or damaged. Please take another.")

_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error)
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)


def open_picture(data: bytes, *, field: str) -> Image.Image:
    """Return a picture of which only the header has been read. field: where a refusal is shown.

    Raises InvalidInput: not one of the three formats by its first bytes, too many pixels, or a broken header.
    """
    try:
        picture = Image.open(BytesIO(data), formats=FORMATS)
    except _BOMB:
        raise refused(field, TOO_MANY_PIXELS) from None
    except UnidentifiedImageError:
        raise refused(field, UNKNOWN_FORMAT) from None
    except _BROKEN:
        raise refused(field, DAMAGED) from None
    if picture.width * picture.height > PIXELS_MAX:
        raise refused(field, TOO_MANY_PIXELS)
    return picture


def grey_pixels(picture: Image.Image, *, side_max: int, field: str) -> Image.Image:
    """Decode a picture to shades of grey, at most side_max pixels wide or high. Raises InvalidInput when it is broken."""
    try:
        picture.draft("L", (side_max, side_max))
        grey = picture.convert("L")
    except _BROKEN:
        raise refused(field, DAMAGED) from None
    grey.thumbnail((side_max, side_max))
    return grey


def refused(field: str, why: Text) -> InvalidInput:
    """Return the refusal of a picture."""
    return InvalidInput(fields={field: [why]})
