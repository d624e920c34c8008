"""The place in a station's form: circles, coordinates as they are pasted, the readings of each datum, the map's files."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from app.core import geo
from app.core.geo import CoordSys
from app.http.headers import content_security_policy
from config import settings
from tests.builders import ZHANQIAO, City
from tests.panel.desk import ONE_DATABASE, Office
from tests.panel.test_stations import form, station_of

pytestmark = ONE_DATABASE


def circles(code: str = "NEWONE") -> list[tuple[float, float, int]]:
    return [(c.lat, c.lng, c.radius_m) for c in station_of(code).circles]


@pytest.mark.parametrize(
    "pasted",
    ["36.08, 120.31", "120.31，36.08", "N36°04′48″ E120°18′36″", "https://maps.example/@36.08,120.31,17z"],
)
def test_a_pair_pasted_into_the_latitude_is_read_also_without_a_script(office: Office, pasted: str) -> None:
    typed = form(**{"circles-0-lat": pasted, "circles-0-lng": ""})
    assert office.desk("city").post("/admin/stations/new/", typed).status_code == 303
    assert circles() == [(36.08, 120.31, 150)]


def test_what_holds_no_pair_is_refused_and_stays_as_typed(office: Office) -> None:
    typed = form(**{"circles-0-lat": "在栈桥边上", "circles-0-lng": ""})
    answer = office.desk("city").post("/admin/stations/new/", typed)
    assert answer.status_code == 422
    assert 'value="在栈桥边上"' in answer.text


def test_circles_are_added_and_taken_away_by_their_fields(office: Office) -> None:
    desk = office.desk("city")
    more = {"circles-3-lat": "36.081", "circles-3-lng": "120.311", "circles-3-radius_m": "80"}
    assert desk.post("/admin/stations/new/", form(**more)).status_code == 303
    assert circles() == [(36.08, 120.31, 150), (36.081, 120.311, 80)]
    station = station_of("NEWONE")
    page = desk.get("/admin/stations/edit/", id=station.id).text
    assert {f"circles-{n}-lat" for n in range(8)} <= set(re.findall(r'name="(circles-\d-lat)"', page))
    fewer = {**form(), "circles-0-lat": "", "circles-0-lng": ""} | {
        "circles-1-lat": "36.081",
        "circles-1-lng": "120.311",
    }
    fewer |= {"circles-1-radius_m": "80"}
    assert desk.post("/admin/stations/edit/", fewer, id=station.id).status_code == 303
    assert circles() == [(36.081, 120.311, 80)]


def asked(office: Office, **given: Any) -> dict[str, Any]:
    query = {"coord_sys": "gcj02", "circles-0-lat": "36.061735", "circles-0-lng": "120.319303", **given}
    found: dict[str, Any] = office.desk("city").get("/admin/stations/convert/", **query).json
    return found


def test_the_preview_says_where_the_point_lies_and_how_far_the_other_readings_are(office: Office) -> None:
    found = asked(office)
    (place,) = found["circles"]
    assert geo.distance_m(geo.Point(place["lat"], place["lng"]), ZHANQIAO) < 1
    assert "移动 454 米" in found["words"]
    assert "相差 454 米" in found["html"]
    assert found["html"].count("相差 ") == len(CoordSys) - 1


def test_the_preview_reads_what_was_pasted_and_survives_what_lies_nowhere(office: Office) -> None:
    pasted = asked(office, **{"circles-0-lat": "36.061735,120.319303", "circles-0-lng": ""})["circles"][0]
    assert (pasted["typed_lat"], pasted["typed_lng"]) == ("36.061735", "120.319303")
    for nowhere in ("abc", "999", ""):
        found = asked(office, **{"circles-0-lat": nowhere})
        assert [one["lat"] for one in found["circles"]] == [None]
        assert (found["words"], "相差" in found["html"]) == ("", False)


def test_the_maps_files_come_from_this_host_and_no_other_file_of_the_package_does(app: Flask, office: Office) -> None:
    client = app.test_client()
    for name in ("leaflet.js", "leaflet.css"):
        answer = client.get(f"/admin/static/leaflet/{name}", buffered=True)
        assert (answer.status_code, answer.headers["X-Content-Type-Options"]) == (200, "nosniff")
    for name in ("leaflet.js.map", "..%2f__init__.py", "images"):
        assert client.get(f"/admin/static/leaflet/{name}").status_code == 404


def test_the_form_names_no_outside_host_unless_a_setting_does(office: Office, city: City) -> None:
    page = office.desk("city").get("/admin/stations/edit/", id=city.station().id)
    hosts = set(re.findall(r'(?:src|href|data-tiles)="(https?://[^"/]+)', page.text))
    assert hosts <= {"https://ouyu.test"}
    assert "http" not in page.headers["Content-Security-Policy"]
    url = "https://tiles.example.cn/{z}/{x}/{y}.png"
    assert settings.load({"OUYU_CITY__TILES_URL": url}).city.tiles_url == url
    assert "img-src 'self' data: blob: https://tiles.example.cn;" in content_security_policy("'none'", url)
    assert "tiles" not in content_security_policy("'none'", "/tiles/{z}/{x}/{y}.png")
