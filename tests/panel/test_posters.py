"""Printing posters in the panel: whoever may make posters may print them, of the stations in scope."""

from __future__ import annotations

import time

import pypdfium2
import pytest
import zxingcpp
from flask import Flask

from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import unit_of_work
from app.orgs import service as offices
from app.stations import queries, service
from app.stations.codes import CredentialKind
from app.stations.models import Station
from tests.builders import City
from tests.panel.desk import ONE_DATABASE, Desk, Office, make_staff, seat

pytestmark = ONE_DATABASE
PAGE, FILE = "/admin/stations/posters/", "/admin/stations/posters/a4.pdf"
ELSEWHERE = [{"lat": 36.0915, "lng": 120.463, "radius_m": 150}]


@pytest.fixture
def pier(city: City) -> Station:
    return city.station()


def links(body: bytes) -> list[str]:
    """What a camera reads on each page, in order."""
    document = pypdfium2.PdfDocument(body)
    return [zxingcpp.read_barcodes(page.render(scale=150 / 72).to_pil())[0].text for page in document]


def other(city: City, code: str, **changes: object) -> Station:
    return city.station(code=code, name_zh=code, name_en=code, district="370212", circles=ELSEWHERE, **changes)


def revoke_posters(station: Station) -> None:
    for one in queries.list_credentials(station.id):
        if one.kind == CredentialKind.POSTER and one.revoked_at is None:
            with unit_of_work():
                service.revoke_credential(SYSTEM, one.id, reason="旧", at=clock.now())


def test_the_button_on_a_stations_page_leads_to_its_files(office: Office, city: City, pier: Station) -> None:
    desk = office.desk("shinan")
    assert f"{PAGE}?id={pier.id}" in desk.get("/admin/stations/details/", id=pier.id).text
    page = desk.get(PAGE, id=pier.id).text
    for name in ("a4.pdf", "a4.svg", "sticker.pdf", "sticker.svg"):
        assert f"{PAGE}{name}?id={pier.id}" in page
    answer = desk.get(FILE, id=pier.id)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert "ZHANQIAO-v1-a4.pdf" in answer.headers["Content-Disposition"]
    assert links(answer.data) == ["https://ouyu.test" + city.poster(pier)]
    drawn = desk.get(f"{PAGE}sticker.svg", id=pier.id)
    assert drawn.headers["Content-Type"].startswith("image/svg+xml")
    assert drawn.text.startswith("<?xml")


def test_the_link_comes_from_the_settings_and_never_from_the_request(office: Office, city: City, pier: Station) -> None:
    desk = office.desk("city")
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    answer = desk.client.get(FILE, query_string={"id": pier.id}, headers=headers)
    if answer.status_code == 200:
        assert links(answer.data) == ["https://ouyu.test" + city.poster(pier)]
    else:
        assert answer.status_code == 303  # the cookie belongs to the other host


def test_the_newest_version_that_counts_is_printed(office: Office, city: City, pier: Station) -> None:
    with unit_of_work():
        service.issue_credential(SYSTEM, pier.id, kind=CredentialKind.POSTER, at=clock.now())
    desk = office.desk("city")
    (found,) = links(desk.get(FILE, id=pier.id).data)
    assert "v=2&" in found
    revoke_posters(pier)
    refused = desk.get(FILE, id=pier.id)
    assert refused.status_code == 409
    assert "换新版海报" in refused.text


def test_a_withdrawn_station_has_no_poster_to_print(office: Office, pier: Station) -> None:
    with unit_of_work():
        service.withdraw_station(SYSTEM, pier.id, reason="撤", at=clock.now())
    desk = office.desk("city")
    assert PAGE not in desk.get("/admin/stations/details/", id=pier.id).text
    assert desk.get(FILE, id=pier.id).status_code == 409


def test_who_may_not_make_posters_may_not_print_them(office: Office, city: City, pier: Station) -> None:
    for who in ("auditor", "keeper"):
        desk = office.desk(who)
        assert PAGE not in desk.get("/admin/stations/details/", id=pier.id).text + desk.get("/admin/stations/").text
        for path in (PAGE, FILE, f"{PAGE}a4.svg"):
            assert desk.get(path, id=pier.id).status_code == 403, (who, path)
            assert desk.get(path).status_code == 403, (who, path)
    outsider = office.desk("laoshan")
    for path in (PAGE, FILE, f"{PAGE}sticker.svg"):
        assert outsider.get(path, id=pier.id).status_code == 404
    assert outsider.get(FILE).status_code == 409


def test_one_file_holds_the_stations_that_the_list_shows_within_scope(
    office: Office, city: City, pier: Station
) -> None:
    beach, draft = other(city, "BEACH"), other(city, "DRAFT", opened=False)
    gone = other(city, "GONE")
    revoke_posters(gone)

    def paths(desk: Desk, **asked: str) -> list[str]:
        return [link.removeprefix("https://ouyu.test") for link in links(desk.get(FILE, **asked).data)]

    city_desk = office.desk("city")
    both = [city.poster(one) for one in (beach, draft, pier)]
    assert paths(city_desk) == both
    assert paths(city_desk, district="370212") == both[:2]
    assert paths(city_desk, q="栈桥") == [city.poster(pier)]
    assert paths(office.desk("laoshan")) == both[:2]
    assert "共 <strong>2</strong> 个" in office.desk("laoshan").get(PAGE).text


def test_what_somebody_may_only_read_is_not_in_their_file(
    office: Office, app: Flask, city: City, pier: Station
) -> None:
    beach = other(city, "BEACH")
    both = make_staff("both.roles", "auditor", "city")
    with unit_of_work():
        offices.grant_role(
            SYSTEM,
            both,
            data={"role": "district_admin", "scope": "district:370212", "valid_until": None},
            at=clock.now(),
        )
    desk = seat(app, both)
    assert desk.count("/admin/stations/") == 2
    assert links(desk.get(FILE).data) == ["https://ouyu.test" + city.poster(beach)]
    assert desk.get(FILE, id=pier.id).status_code == 403


def test_more_stations_than_fit_one_file_are_told_how_to_split(
    office: Office, pier: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("admin.station_posters.POSTERS_MAX", 0)
    desk = office.desk("city")
    assert "请先按区市或类型筛选" in desk.get(PAGE).text
    assert desk.get(FILE).status_code == 422


def test_unknown_forms_and_kinds_are_not_found(office: Office, app: Flask, pier: Station) -> None:
    desk = office.desk("city")
    for name in ("a3.pdf", "a4.exe", "a4.svgz"):
        assert desk.get(f"{PAGE}{name}", id=pier.id).status_code == 404


@pytest.mark.fault
def test_a_hundred_posters_take_less_than_twenty_seconds(office: Office, city: City) -> None:
    for number in range(100):
        city.station(code=f"S{number:03}", name_zh=f"第{number}号文明旅游驿站", name_en=f"Station {number}")
    desk = office.desk("city")
    began = time.monotonic()
    answer = desk.get(FILE)
    assert time.monotonic() - began < 20
    assert len(pypdfium2.PdfDocument(answer.data)) == 100
