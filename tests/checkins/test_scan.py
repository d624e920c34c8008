"""A photographed QR is read, whatever the phone made of it; hostile files are refused with a reason and little memory."""

from __future__ import annotations

import resource
import struct
import zlib
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from app.core.pictures import BYTES_MAX, PIXELS_MAX
from tests.conftest import Prepared
from tests.http.contract import assert_documented, assert_problem
from tests.photos import WALL, askew, code_picture, dim, encoded, multipart, on_a_wall, upload

POSTER = "https://ouyu.test/c/ZHANQIAO?v=3&k=abcdefghijklmnop"
MEMORY_MAX_KB = 250_000


@pytest.fixture
def send(sqlite_app: Prepared) -> Callable[..., TestResponse]:
    """Send one file to be read; the call touches no table."""
    client: FlaskClient = sqlite_app.app.test_client()

    def post(data: bytes, name: str = "photo.jpg") -> TestResponse:
        answer = client.post("/api/v1/scan", **multipart(data, name))
        assert_documented("POST", answer)
        return answer

    return post


def turned_by_exif(picture: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(picture, exif=exif)


PHOTOS = {
    "png": lambda: encoded(code_picture(POSTER), "PNG"),
    "webp": lambda: encoded(on_a_wall(code_picture(POSTER)), "WEBP", quality=60),
    "palette png": lambda: encoded(code_picture(POSTER).convert("P"), "PNG"),
    "cmyk jpeg": lambda: encoded(code_picture(POSTER).convert("CMYK")),
    "upside down": lambda: encoded(on_a_wall(code_picture(POSTER), turned=180)),
    "tilted": lambda: encoded(on_a_wall(code_picture(POSTER), turned=33)),
    "turned by exif": lambda: turned_by_exif(on_a_wall(code_picture(POSTER), turned=90)),
    "small": lambda: encoded(on_a_wall(code_picture(POSTER, module_px=3), size=(900, 1200))),
    "far away on a big photo": lambda: encoded(on_a_wall(code_picture(POSTER, module_px=6), size=(4000, 5600)), quality=70),
    "askew": lambda: encoded(askew(on_a_wall(code_picture(POSTER), size=(600, 700)))),
    "dim and blurred": lambda: encoded(dim(on_a_wall(code_picture(POSTER), turned=8)), quality=50),
    "inverted for a dark screen": lambda: encoded(code_picture(POSTER).point(lambda value: 255 - value), "PNG"),
}  # fmt: skip


@pytest.mark.parametrize("kind", PHOTOS)
def test_a_photographed_poster_is_read(send: Callable[..., TestResponse], kind: str) -> None:
    answer = send(PHOTOS[kind]())
    assert (answer.status_code, answer.json) == (200, {"text": POSTER})


def test_of_two_codes_the_one_that_names_a_station_is_taken(send: Callable[..., TestResponse]) -> None:
    wall = Image.new("RGB", (1600, 800), WALL)
    wall.paste(code_picture("https://shop.example/menu?table=7", module_px=10), (60, 60))
    wall.paste(code_picture(POSTER), (900, 200))
    assert send(encoded(wall)).json == {"text": POSTER}


def test_a_photo_without_a_code_says_what_to_do(send: Callable[..., TestResponse]) -> None:
    body = assert_problem(send(encoded(Image.new("RGB", (800, 600), WALL))), 422, "scan.nothing_found")
    assert "二维码" in body["detail"]


def png_header(width: int, height: int, rows: bytes = b"") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def webp_header(width: int, height: int) -> bytes:
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\x00\x00\x00\x00" + canvas
    return b"RIFF" + struct.pack("<I", len(body)) + body


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HOSTILE = {
    "svg": (SVG, "photo.svg"),
    "html as jpg": (b"<!doctype html><script>alert(1)</script>", "photo.jpg"),
    "svg behind a jpeg's name": (SVG, "photo.jpg"),
    "gif": (encoded(Image.new("P", (60, 60)), "GIF"), "photo.gif"),
    "tiff": (encoded(Image.new("L", (60, 60)), "TIFF"), "photo.tiff"),
    "20k × 20k": (png_header(20_000, 20_000), "photo.png"),
    "just over 24 megapixels": (png_header(6_000, PIXELS_MAX // 6_000 + 1), "photo.png"),
    "10k × 10k": (png_header(10_000, 10_000, bytes(4_000_000)), "photo.png"),
    "webp of 16k × 16k": (webp_header(16_383, 16_383), "photo.webp"),
    "a path for a name": (b"<svg/>", "../../x.jpg"),
    "cut short": (encoded(on_a_wall(code_picture(POSTER)))[:4_000], "photo.jpg"),
    "cut short png": (encoded(on_a_wall(code_picture(POSTER)), "PNG")[:900], "photo.png"),
    "only the first bytes": (b"\xff\xd8\xff", "photo.jpg"),
    "a png without rows": (png_header(4_000, 4_000), "photo.png"),
    "noise": (bytes(range(256)) * 40, "photo.jpg"),
}  # fmt: skip


TOO_BIG = ("20k × 20k", "just over 24 megapixels", "10k × 10k", "webp of 16k × 16k")


@pytest.mark.parametrize("kind", HOSTILE)
def test_i7_a_file_that_is_no_usable_photo_is_refused_with_a_reason(
    send: Callable[..., TestResponse], kind: str
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    body = assert_problem(send(*HOSTILE[kind]), 422, "request.invalid")
    assert [error["pointer"] for error in body["errors"]] == ["/image"]
    assert ("2400 万像素" in body["errors"][0]["message"]) == (kind in TOO_BIG), (
        "refused by the header, nothing decoded"
    )
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY_MAX_KB


def test_a_photo_over_five_megabytes_is_413_and_one_just_under_it_is_read(
    send: Callable[..., TestResponse], sqlite_app: Prepared
) -> None:
    photo = encoded(code_picture(POSTER), "PNG")
    assert send(photo + bytes(BYTES_MAX - len(photo))).status_code == 200
    assert_problem(send(photo + bytes(BYTES_MAX + 1 - len(photo))), 413, "request.too_large")
    assert_problem(send(bytes(30_000_000)), 413, "request.too_large")


def test_what_is_no_upload_is_refused(sqlite_app: Prepared) -> None:
    client = sqlite_app.app.test_client()
    assert_problem(client.post("/api/v1/scan", json={"image": "x"}), 415, "request.media_type")
    for data in ({}, {"image": ""}, {"photo": upload(b"x")}, {"image": "text, not a file"}, {"image": upload(b"")}):
        sent = client.post("/api/v1/scan", data=data, content_type="multipart/form-data")
        assert [error["pointer"] for error in assert_problem(sent, 422, "request.invalid")["errors"]] == ["/image"]
    broken = client.post("/api/v1/scan", data=b"--x\r\nnonsense", content_type="multipart/form-data; boundary=x")
    assert_problem(broken, 422, "request.invalid")


def test_nothing_of_a_photo_is_written_to_disk(
    send: Callable[..., TestResponse], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a photo was about to be written down")

    for opener in ("SpooledTemporaryFile", "TemporaryFile", "NamedTemporaryFile", "mkstemp"):
        monkeypatch.setattr(f"tempfile.{opener}", refuse)
    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", refuse)
    wide = on_a_wall(code_picture(POSTER), size=(3000, 4000))
    data = encoded(wide, "PNG", compress_level=0)[: BYTES_MAX - 1]
    assert len(data) > 4_000_000
    assert send(data).status_code == 422
