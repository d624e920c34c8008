"""Open a picture that somebody sent: JPEG, PNG or WebP, its size known before a pixel is decoded; write it anew."""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import NamedTuple

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from app.core.errors import InvalidInput, ServiceBusy, Text

FORMATS = ("JPEG", "PNG", "WEBP")
BYTES_MAX = 5 * 1024 * 1024
PIXELS_MAX = 24_000_000
WAIT_S = 5
MEDIA_TYPE = "image/webp"
_QUALITY = 82

UNKNOWN_FORMAT = Text(
    "请选择 JPEG、PNG 或 WebP 格式的照片。", "Please choose a photo in JPEG, PNG or WebP; this file is none of them."
)
TOO_MANY_PIXELS = Text(
    "照片太大了，最多 2400 万像素。请缩小后再试。", "The photo has more than 24 megapixels. Please send a smaller one."
)
DAMAGED = Text("照片不完整或已损坏，请重新拍一张。", "The photo is cut short or damaged. Please take another.")

TOO_MANY_BYTES = Text(
    "照片超过 5 MB。请缩小或用手机“以中等尺寸”导出后再试。",
    "The photo is larger than 5 MB. Please send a smaller copy.",
)

_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error)
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_ONE_AT_A_TIME = threading.BoundedSemaphore(1)


class Copy(NamedTuple):
    """A picture written anew as WebP: upright, without a word about where, when or with what it was taken."""

    data: bytes
    width: int
    height: int


@contextmanager
def decoding() -> Iterator[None]:
    """Decode one picture at a time in a process: each takes a hundred megabytes at worst. Raises ServiceBusy."""
    if not _ONE_AT_A_TIME.acquire(timeout=WAIT_S):
        raise ServiceBusy
    try:
        yield
    finally:
        _ONE_AT_A_TIME.release()


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


def copies(data: bytes, *, sides_max: tuple[int, ...], field: str) -> list[Copy]:
    """Return a picture written anew, once for each size: at most so many pixels wide or high, never larger than it was.

    Raises: InvalidInput for more than BYTES_MAX and for what open_picture refuses; ServiceBusy.
    """
    if len(data) > BYTES_MAX:
        raise refused(field, TOO_MANY_BYTES)
    picture = open_picture(data, field=field)
    with decoding():
        try:
            largest = max(sides_max)
            picture.draft("RGB", (largest, largest))
            whole = _in_plain_colours(ImageOps.exif_transpose(picture))
        except _BROKEN:
            raise refused(field, DAMAGED) from None
        except _BOMB:
            raise refused(field, TOO_MANY_PIXELS) from None
        return [_written(whole, side) for side in sides_max]


def _in_plain_colours(picture: Image.Image) -> Image.Image:
    """Return a picture in sRGB on white; a colour profile that cannot be used is passed over."""
    profile = picture.info.get("icc_profile")
    if "A" in picture.getbands() or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        picture = Image.new("RGB", layer.size, "white")
        picture.paste(layer, mask=layer.getchannel("A"))
    if profile and picture.mode == "RGB":
        try:
            own = ImageCms.ImageCmsProfile(BytesIO(profile))
            changed = ImageCms.profileToProfile(picture, own, ImageCms.createProfile("sRGB"))
        except (ImageCms.PyCMSError, OSError):
            changed = None
        picture = changed or picture
    return picture.convert("RGB")


def _written(picture: Image.Image, side_max: int) -> Copy:
    small = picture.copy()
    small.thumbnail((side_max, side_max), Image.Resampling.LANCZOS)
    small.info.clear()
    file = BytesIO()
    small.save(file, "WEBP", quality=_QUALITY, method=4)
    return Copy(file.getvalue(), small.width, small.height)


def refused(field: str, why: Text) -> InvalidInput:
    """Return the refusal of a picture."""
    return InvalidInput(fields={field: [why]})
