"""Photos of QR codes as people send them: sharp, small, tilted, askew, dim, turned by EXIF."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import segno
from PIL import Image, ImageFilter

WALL = (196, 190, 178)


def code_picture(text: str, *, module_px: int = 8) -> Image.Image:
    """A QR code with its quiet zone, black on white."""
    found = BytesIO()
    segno.make(text, error="q", micro=False).save(found, kind="png", scale=module_px, border=4)
    return Image.open(found).convert("RGB")


def on_a_wall(code: Image.Image, *, size: tuple[int, int] = (1200, 1600), turned: float = 0.0) -> Image.Image:
    """The code as a small part of a wider picture, turned by some degrees."""
    wall = Image.new("RGB", size, WALL)
    sheet = code.convert("RGBA").rotate(turned, expand=True, resample=Image.Resampling.BICUBIC)
    wall.paste(sheet, ((size[0] - sheet.width) // 2, (size[1] - sheet.height) // 3), sheet)
    return wall


def askew(picture: Image.Image) -> Image.Image:
    """The picture as seen from the side and below."""
    w, h = picture.size
    seen = (1.35, 0.12, -0.12 * w, 0.16, 1.3, -0.1 * h, 0.35 / w, 0.2 / h)
    return picture.transform((w, h), Image.Transform.PERSPECTIVE, seen, Image.Resampling.BICUBIC, fillcolor=WALL)


def dim(picture: Image.Image) -> Image.Image:
    """The picture in poor light, a little out of focus."""
    return picture.point(lambda value: int(30 + value * 0.35)).filter(ImageFilter.GaussianBlur(1.2))


def encoded(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    found = BytesIO()
    picture.save(found, kind, **options)
    return found.getvalue()


def upload(data: bytes, name: str = "photo.jpg") -> tuple[BytesIO, str]:
    """A file as a test client sends it."""
    return BytesIO(data), name


def multipart(data: bytes, name: str = "photo.jpg") -> dict[str, Any]:
    """The same as the bytes of a request; a test client would write a big one to disk itself."""
    head = f'--x\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n\r\n'.encode()
    return {"data": head + data + b"\r\n--x--\r\n", "content_type": "multipart/form-data; boundary=x"}


def photo(text: str) -> tuple[BytesIO, str]:
    """A plain photo of a code, ready to send."""
    return upload(encoded(on_a_wall(code_picture(text))))
