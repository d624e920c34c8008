"""What holds for every page: literal search, whitelisted sorting, nothing inline, no outside host, our own words."""

from __future__ import annotations

import re

from flask import Flask
from sqlalchemy import event

from app.core.db import db
from tests.builders import City
from tests.panel.desk import ONE_DATABASE, Office

LISTS = ("stations", "checkins", "services", "organisations", "staff", "audit")
PAYLOAD = "\"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}' onmouseover='x"


def pages(office: Office, city: City) -> dict[str, str]:
    """Every kind of page, with a hostile name in everything."""
    station = city.station(
        name_zh=PAYLOAD[:60],
        name_en=PAYLOAD,
        address_zh=PAYLOAD,
        description_zh=PAYLOAD,
        services=[{"code": "wifi", "note_zh": PAYLOAD[:100], "note_en": PAYLOAD[:100], "available": True}],
    )
    city.visit(station)
    city.visit(station, credential="ZHANQIAO:000000")
    desk = office.desk("city")
    desk.post("/admin/stations/act/pause/", {"id": station.id, "reason_zh": PAYLOAD, "reason_en": PAYLOAD})
    desk.post("/admin/organisations/new/", {"name_zh": PAYLOAD[:60], "name_en": PAYLOAD, "kind": "office"})
    paths = [
        "/admin/", "/admin/account/", "/admin/nowhere", f"/admin/stations/?q={PAYLOAD}",
        f"/admin/stations/details/?id={station.id}", f"/admin/stations/edit/?id={station.id}", "/admin/stations/new/",
        f"/admin/stations/act/withdraw/?id={station.id}", "/admin/checkins/details/?id=1", "/admin/checkins/act/void/?id=1",
        "/admin/services/new/", "/admin/organisations/edit/?id=1", "/admin/staff/new/",
        f"/admin/staff/details/?id={desk.staff_id}", "/admin/audit/details/?id=3", "/admin/staff/act/grant/?id=999",
        *(f"/admin/{one}/" for one in LISTS),
    ]  # fmt: skip
    found = {path: desk.get(path).text for path in paths}
    found["sign-in"] = office.nobody().get("/admin/sign-in/").text
    found["spent link"] = office.nobody().get("/admin/link/" + "a" * 43).text
    return found


@ONE_DATABASE
def test_no_page_holds_anything_inline_or_from_outside(office: Office, city: City) -> None:
    for path, page in pages(office, city).items():
        assert "alert(1)</script>" not in page, path
        assert "<img src=x" not in page, path
        for tag in re.findall(r"<[a-zA-Z][^>]*>", page):
            assert not re.search(r"\son\w+\s*=\s*[\"'a-z]", re.sub(r'"[^"]*"', '""', tag)), (path, tag)
            assert not re.search(r"\sstyle\s*=", re.sub(r'"[^"]*"', '""', tag)), (path, tag)
        assert not re.search(r"<script(?![^>]*\ssrc=)", page), path
        assert "<style" not in page, path
        for url in re.findall(r'(?:src|href|action)="([^"]*)"', page):
            assert url.startswith(("/", "#", "?", "https://ouyu.test/")), (path, url)
            assert not url.startswith("//"), (path, url)


@ONE_DATABASE
def test_every_page_is_chinese_with_one_heading_a_title_and_an_icon(office: Office, city: City) -> None:
    for path, page in pages(office, city).items():
        assert '<html lang="zh-CN">' in page, path
        assert page.count("<h1") == 1, path
        assert re.search(r"<title>[^<]+ · 鸥遇管理后台</title>", page), path
        assert 'rel="icon"' in page, path


@ONE_DATABASE
def test_no_english_of_the_toolkit_is_left(office: Office, city: City) -> None:
    for path, page in pages(office, city).items():
        text = re.sub(r"<[^>]+>", " ", re.sub(r'lang="en"[^>]*>.*?<', "<", page))
        for words in (
            "Create",
            "Save",
            "Delete",
            "Search",
            "Filter",
            "List",
            "Record",
            "Select",
            "Home",
            "Cancel",
            "items",
        ):
            assert not re.search(rf"\b{words}\b", text), (path, words)


@ONE_DATABASE
def test_the_policy_allows_no_inline_and_no_other_host(office: Office) -> None:
    policy = office.desk("city").get("/admin/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http:" not in policy
    assert "frame-ancestors 'none'" in policy


@ONE_DATABASE
def test_the_toolkits_own_scripts_are_not_served(app: Flask, office: Office) -> None:
    for path in ("admin/js/filters.js", "vendor/jquery.min.js", "bootstrap/bootstrap4/js/bootstrap.min.js"):
        assert office.nobody().get(f"/admin/static/{path}").status_code == 404
    assert office.nobody().get("/admin/static/panel.css").status_code == 200


# --- I6 ----------------------------------------------------------------------------------------------

ODD = {"PERCENT1": "百分 50% 驿站", "UNDER1": "下划 a_b 驿站", "BACK1": "反斜 a\\b 驿站", "QUOTE1": "引号 o'b 驿站"}


def test_search_terms_are_literal(office: Office, city: City) -> None:
    for code, name in ODD.items():
        city.station(code=code, name_zh=name)
    desk = office.desk("city")
    expected = {
        "50%": {"PERCENT1"}, "%": {"PERCENT1"}, "a_b": {"UNDER1"}, "_": {"UNDER1"}, "a\\b": {"BACK1"}, "\\": {"BACK1"},
        "o'b": {"QUOTE1"}, "'": {"QUOTE1"}, "' OR 1=1 --": set(), "驿站": set(ODD), "back1": {"BACK1"},
    }  # fmt: skip
    for term, codes in expected.items():
        page = desk.get("/admin/stations/", q=term).text
        assert {code for code in ODD if f">{code}" in page} == codes, term
        found = desk.get("/admin/stations/lookup/", q=term).json["items"]
        assert {one["value"] for one in found} == codes, term
    assert desk.count("/admin/stations/?q=反斜 驿站") == 1


def test_any_search_term_is_survived_by_every_list(office: Office, city: City) -> None:
    city.visit(city.station())
    desk = office.desk("city")
    odd = "%_\\'\"\x00🦅\ud7ff" + "名 " * 200 + "x" * 2000
    for name in LISTS:
        for term in (odd, "\x00", "\\"):
            assert desk.get(f"/admin/{name}/", q=term).status_code == 200, (name, term)
    assert desk.get("/admin/checkins/", station=odd, person=odd).status_code == 200
    assert desk.get("/admin/audit/", object=odd, request=odd).status_code == 200


@ONE_DATABASE
def test_sorting_by_a_column_that_is_not_offered_is_refused(office: Office) -> None:
    desk = office.desk("city")
    for name, column in (
        ("staff", "password_hash"), ("staff", "-password_hash"), ("audit", "hash"), ("stations", "id"), ("checkins", "lat"),
        ("stations", "district.code"), ("stations", "1"), ("stations", "--state"),
    ):  # fmt: skip
        assert desk.get(f"/admin/{name}/", sort=column).status_code == 404, (name, column)
        assert desk.get(f"/admin/{name}/export/csv/", sort=column).status_code == 404, (name, column)


def test_every_offered_column_sorts_both_ways(office: Office, city: City) -> None:
    city.visit(city.station())
    desk = office.desk("city")
    for view in office.app.extensions["admin"][0]._views:
        for column in getattr(view, "_sortable_columns", ()):
            for sort in (column, f"-{column}"):
                assert desk.get(f"{view.url}/", sort=sort).status_code == 200, (view.endpoint, sort)


@ONE_DATABASE
def test_stations_sort_by_name(office: Office, city: City) -> None:
    for code, name in (("AAA", "丙"), ("BBB", "甲"), ("CCC", "乙")):
        city.station(code=code, name_zh=name)
    desk = office.desk("city")

    def order(sort: str) -> list[str]:
        return re.findall(r"<span class=\"muted small\">(AAA|BBB|CCC)", desk.get("/admin/stations/", sort=sort).text)

    assert order("name_zh") == list(reversed(order("-name_zh")))
    assert order("") == ["AAA", "BBB", "CCC"]


# --- pages of a list -----------------------------------------------------------------------------------


@ONE_DATABASE
def test_a_list_turns_its_pages_and_keeps_what_was_asked(office: Office, city: City) -> None:
    for n in range(23):
        city.station(code=f"S{n:03d}", name_zh=f"第 {n} 站")
    desk = office.desk("city")
    first = desk.get("/admin/stations/", state="open").text
    assert len(re.findall(r"<tr data-row=", first)) == 20
    assert "/admin/stations/?state=open&amp;page=2" in first
    second = desk.get("/admin/stations/", state="open", page=2).text
    assert len(re.findall(r"<tr data-row=", second)) == 3
    assert desk.count("/admin/stations/?state=open&page=2") == 23
    assert len(re.findall(r"<tr data-row=", desk.get("/admin/stations/", size=50).text)) == 23


@ONE_DATABASE
def test_an_odd_page_is_a_page(office: Office, city: City) -> None:
    city.station()
    for page in ("0", "-1", "1e3", "9" * 30, "x", "１"):
        assert office.desk("city").get("/admin/stations/", page=page, size=page).status_code == 200, page


@ONE_DATABASE
def test_a_page_of_a_list_needs_few_statements(office: Office, city: City) -> None:
    for n in range(15):
        city.visit(city.station(code=f"S{n:03d}", name_zh=f"第 {n} 站"))
    desk = office.desk("city")
    desk.get("/admin/")
    for path, most in (
        ("/admin/stations/", 16),
        ("/admin/checkins/", 11),  # a list shorter than its page looks at the latest days, then at all
        ("/admin/staff/", 12),
        ("/admin/audit/", 12),
    ):
        seen: list[str] = []

        def listen(connection: object, cursor: object, statement: str, *rest: object, seen: list[str] = seen) -> None:
            seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", listen)
        try:
            desk.get(path)
        finally:
            event.remove(db.engine, "before_cursor_execute", listen)
        assert len(seen) <= most, (path, len(seen), seen)
