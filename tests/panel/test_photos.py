"""Photos in the panel: sent, refused in words, replaced, removed; within the caller's scope and the size allowed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.core.db import db
from app.stations.models import Photo, Station
from config import settings
from tests.builders import City
from tests.panel.desk import ONE_DATABASE, Desk, Office
from tests.stations.test_photos import HTML, photo

pytestmark = ONE_DATABASE


@pytest.fixture
def station(city: City) -> Any:
    yield city.station()
    for file in settings.current().photo_dir.glob("*"):
        file.unlink()


def send(desk: Desk, station: Station, data: bytes, name: str = "pier.jpg", **more: str) -> TestResponse:
    """Send a photo as a browser does; the body is put together here, for the client would leave a file open."""
    fields = {"csrf_token": desk.csrf, "id": str(station.id), **more}
    parts = [f'--x\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()]
    head = f'--x\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n\r\n'
    body = ("".join(parts) + head).encode() + data + b"\r\n--x--\r\n"
    return desk.client.post("/admin/stations/photo/", data=body, content_type="multipart/form-data; boundary=x")


def shown() -> list[Photo]:
    db.session.rollback()
    return list(db.session.scalars(select(Photo).where(Photo.state == "shown").order_by(Photo.position)))


def test_a_photo_is_sent_replaced_and_removed(office: Office, station: Station) -> None:
    desk = office.desk("city")
    assert send(desk, station, photo(), "../../x.jpg").status_code == 303
    (first,) = shown()
    assert first.added_by == desk.staff_id
    page = desk.get("/admin/stations/details/", id=station.id).text
    assert f"/photos/{first.name}-s.webp" in page
    assert "x.jpg" not in page
    assert send(desk, station, photo("PNG"), replaces=str(first.id)).status_code == 303
    (second,) = shown()
    assert (second.position, second.name == first.name) == (0, False)
    assert "不能撤销" in desk.get("/admin/stations/act/remove_photo/", id=station.id, photo=second.id).text
    removed = desk.post("/admin/stations/act/remove_photo/", {"id": str(station.id), "photo": str(second.id)})
    assert removed.status_code == 303
    assert shown() == []
    assert "移除照片" in desk.get("/admin/audit/").text


def test_what_is_no_photo_is_refused_on_the_stations_page(office: Office, station: Station) -> None:
    desk = office.desk("city")
    answer = send(desk, station, HTML)
    assert (answer.status_code, "请选择 JPEG、PNG 或 WebP" in answer.text) == (422, True)
    answer = desk.post("/admin/stations/photo/", {"id": str(station.id)})
    assert (answer.status_code, "请先选择一张照片" in answer.text) == (422, True)
    assert shown() == []


def test_more_than_five_megabytes_are_refused(office: Office, station: Station) -> None:
    desk = office.desk("city")
    just_over = send(desk, station, photo() + bytes(5 * 1024 * 1024))
    assert (just_over.status_code, "超过 5 MB" in just_over.text) == (422, True)
    assert send(desk, station, bytes(30_000_000)).status_code == 413
    assert desk.post("/admin/stations/edit/", {"name_zh": "x" * 1_100_000}, id=station.id).status_code == 413


def test_a_photo_out_of_scope_is_not_found_and_readers_may_not_send_one(
    office: Office, city: City, station: Station
) -> None:
    assert send(office.desk("laoshan"), station, photo()).status_code == 404
    assert send(office.desk("auditor"), station, photo()).status_code == 403
    assert send(office.desk("keeper"), station, photo()).status_code == 403
    assert send(office.nobody(), station, photo()).status_code == 401
    assert shown() == []
    send(office.desk("city"), city.station(code="OTHER"), photo())
    foreign = str(shown()[0].id)
    assert send(office.desk("city"), station, photo(), replaces=foreign).status_code == 404
    answer = office.desk("city").post("/admin/stations/act/remove_photo/", {"id": str(station.id), "photo": foreign})
    assert answer.status_code == 404
    assert len(shown()) == 1
