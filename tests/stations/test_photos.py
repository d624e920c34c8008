"""I7: what is no photo is refused with its reason; what is one is stored upright, small and without metadata."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.core import clock, pictures
from app.core.actor import SYSTEM, Actor
from app.core.db import db, unit_of_work
from app.core.errors import InvalidInput, NotFound
from app.core.pictures import DAMAGED, TOO_MANY_BYTES, TOO_MANY_PIXELS, UNKNOWN_FORMAT
from app.stations import listing, photos
from app.stations.models import Photo, Station
from app.stations.rules import PHOTOS_FULL, PHOTOS_MAX
from config import settings
from tests.builders import City

HALVES = ((0, "red"), (1, "blue"))


def photo(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **options: object) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    picture = Image.new("RGB", size)
    for half, colour in HALVES:
        picture.paste(colour, (half * size[0] // 2, 0, (half + 1) * size[0] // 2, size[1]))
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def with_place_and_turn() -> bytes:
    """A JPEG as a phone held upright writes it: turned by a tag, with the place where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Phone maker"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (36.0, 3.0, 41.65)
    return photo(exif=exif.tobytes())


def huge_header() -> bytes:
    """A PNG of 70 bytes that says it is 20,000 by 20,000."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (SVG, UNKNOWN_FORMAT),
        (HTML, UNKNOWN_FORMAT),
        (b"GIF89a" + bytes(100), UNKNOWN_FORMAT),
        (photo("GIF"), UNKNOWN_FORMAT),
        (photo("TIFF"), UNKNOWN_FORMAT),
        (photo("BMP"), UNKNOWN_FORMAT),
        (b"", UNKNOWN_FORMAT),
        (b"\xff\xd8\xff", DAMAGED),
        (photo()[:-400], DAMAGED),
        (photo("PNG")[:-40], DAMAGED),
        (photo("WEBP", size=(300, 200))[:-30], DAMAGED),
        (huge_header(), TOO_MANY_PIXELS),
        (photo() + bytes(30_000_000), TOO_MANY_BYTES),
    ],
)
def test_what_is_no_usable_photo_is_refused_with_its_reason(data: bytes, said: object) -> None:
    with pytest.raises(InvalidInput) as refusal:
        photos.develop(data)
    (found,) = refusal.value.fields["image"]
    assert found == said or (said is DAMAGED and found == UNKNOWN_FORMAT)


def test_a_picture_of_exactly_24_megapixels_is_the_largest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "PIXELS_MAX", 60 * 40)
    assert photos.develop(photo()).display.width == 60
    with pytest.raises(InvalidInput):
        photos.develop(photo(size=(60, 41)))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_written_anew_in_two_sizes(kind: str) -> None:
    found = photos.develop(photo(kind, size=(2400, 1600)))
    assert (found.display.width, found.display.height) == (1280, 853)
    assert (found.small.width, found.small.height) == (480, 320)
    opened = Image.open(BytesIO(found.display.data))
    assert (opened.format, opened.size) == ("WEBP", (1280, 853))


def test_place_maker_and_turn_are_gone_and_the_photo_stands_upright() -> None:
    taken = with_place_and_turn()
    assert b"Phone maker" in taken
    found = photos.develop(taken)
    assert (found.display.width, found.display.height) == (40, 60)
    for copy in found:
        opened = Image.open(BytesIO(copy.data))
        assert dict(opened.getexif()) == {}
        assert not {"exif", "xmp", "icc_profile", "comment"} & opened.info.keys()
        assert b"Phone" not in copy.data
        top, bottom = opened.convert("RGB").getpixel((20, 5)), opened.convert("RGB").getpixel((20, 55))
        assert top[0] > 180 > top[2]
        assert bottom[2] > 180 > bottom[0]


def test_what_is_see_through_stands_on_white() -> None:
    file = BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(file, "PNG")
    opened = Image.open(BytesIO(photos.develop(file.getvalue()).display.data)).convert("RGB")
    assert min(opened.getpixel((10, 10))) > 250


@pytest.fixture
def station(city: City) -> Iterator[Station]:
    yield city.station()
    for file in folder().glob("*"):
        file.unlink()


def folder() -> Path:
    return settings.current().photo_dir


def files() -> set[str]:
    return {file.name for file in folder().glob("*")}


def add(station: Station, replaces: int | None = None) -> Photo:
    developed = photos.develop(photo())
    with unit_of_work():
        return photos.add_photo(SYSTEM, station.id, photo=developed, replaces=replaces, at=clock.now())


def test_photos_are_shown_in_their_order_and_one_is_replaced_in_its_place(
    client: FlaskClient, station: Station
) -> None:
    first, second = add(station), add(station)
    third = add(station, replaces=first.id)
    body = client.get("/api/v1/stations/ZHANQIAO").json
    base = "https://ouyu.test/photos/"
    assert [one["url"] for one in body["photos"]] == [f"{base}{third.name}.webp", f"{base}{second.name}.webp"]
    assert body["photos"][0] == {
        "url": f"{base}{third.name}.webp",
        "small_url": f"{base}{third.name}-s.webp",
        "width": 60,
        "height": 40,
    }
    item = client.get("/api/v1/stations").json["items"][0]
    assert (item["photo_url"], item["photo_small_url"]) == (f"{base}{third.name}.webp", f"{base}{third.name}-s.webp")
    assert files() == {f"{one.name}{size}.webp" for one in (second, third) for size in ("", "-s")}


def test_a_removed_photo_is_gone_from_page_and_disk_and_its_row_says_when(
    client: FlaskClient, station: Station
) -> None:
    row = add(station)
    with unit_of_work():
        photos.remove_photo(SYSTEM, row.id, at=clock.now())
    body = client.get("/api/v1/stations/ZHANQIAO").json
    assert (body["photos"], "photo_url" in body) == ([], False)
    assert files() == set()
    assert db.session.scalars(select(Photo.state)).all() == ["removed"]
    assert client.get(f"/photos/{row.name}.webp").status_code == 404
    with pytest.raises(NotFound), unit_of_work():
        photos.remove_photo(SYSTEM, row.id, at=clock.now())
    acts = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)).all()
    assert acts[-2:] == ["stations.add_photo", "stations.remove_photo"]


def test_a_unit_that_fails_leaves_no_photo_shown_and_no_file_lost(station: Station) -> None:
    kept = add(station)

    def remove_and_fail() -> None:
        with unit_of_work():
            photos.remove_photo(SYSTEM, kept.id, at=clock.now())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        remove_and_fail()
    assert f"{kept.name}.webp" in files()


def test_a_station_has_six_photos_at_most_and_a_full_one_can_still_replace(station: Station) -> None:
    rows = [add(station) for _ in range(PHOTOS_MAX)]
    with pytest.raises(InvalidInput) as refusal:
        add(station)
    assert refusal.value.fields == {"image": [PHOTOS_FULL]}
    add(station, replaces=rows[2].id)
    assert db.session.scalar(select(func.count()).where(Photo.state == "shown")) == PHOTOS_MAX


def test_a_photo_of_another_station_is_not_replaced(city: City, station: Station) -> None:
    foreign = add(city.station(code="OTHER"))
    with pytest.raises(NotFound):
        add(station, replaces=foreign.id)


def test_a_photo_is_served_to_be_kept_and_never_guessed_at(client: FlaskClient, station: Station) -> None:
    row = add(station)
    for name in (row.name, f"{row.name}-s"):
        answer = client.get(f"/photos/{name}.webp", buffered=True)
        assert (answer.status_code, answer.content_type) == (200, "image/webp")
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        again = client.get(f"/photos/{name}.webp", headers={"If-None-Match": answer.headers["ETag"]}, buffered=True)
        assert again.status_code == 304


@pytest.mark.parametrize(
    "name", ["../../x.jpg", "..%2f..%2fouyu.sqlite3", "%2e%2e/ouyu", "x", "a" * 22, "x\0" + "a" * 20]
)
def test_no_name_leads_out_of_the_folder(client: FlaskClient, city: City, name: str) -> None:
    assert client.get(f"/photos/{name}.webp").status_code == 404
    assert client.get(f"/photos/{name}").status_code == 404
    assert photos.file_of(name) is None
    folder().mkdir(exist_ok=True)
    outside = folder().parent / "outside.webp"
    outside.write_bytes(b"")
    assert photos.file_of("../outside") is None
    outside.unlink()


def test_who_has_no_right_adds_and_removes_no_photo(station: Station) -> None:
    nobody, row = Actor("staff", 1, "staff:somebody"), add(station)
    developed = photos.develop(photo())
    with pytest.raises(NotFound), unit_of_work():
        photos.add_photo(nobody, station.id, photo=developed, at=clock.now())
    with pytest.raises(NotFound), unit_of_work():
        photos.remove_photo(nobody, row.id, at=clock.now())
    assert len(files()) == 2


def test_the_public_list_reads_its_photos_with_the_rest(station: Station) -> None:
    add(station)
    assert [len(one.row.photos) for one in listing.directory().stations] == [1]
