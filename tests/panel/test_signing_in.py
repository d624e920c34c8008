"""Signing in and out of the panel: links, passwords, throttling, sessions that end at once, forms with their token."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask

from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import unit_of_work
from app.orgs import queries, rules, service, sign_in
from tests.builders import City
from tests.panel.desk import ONE_DATABASE, PASSWORD, Desk, Office, make_staff, seat
from tests.panel.test_access import rules_of_panel

pytestmark = ONE_DATABASE


def one_time_link() -> str:
    data = {"login": "lin.hai", "name": "示例 林海", "role": "city_admin", "scope": "city", "valid_until": None}
    with unit_of_work():
        verdict = service.create_staff(SYSTEM, data=data, at=clock.now())
    return f"/admin/link/{verdict.token}"


def form_token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return html.unescape(found[1])


def test_the_first_link_leads_to_an_own_password_and_in(app: Flask) -> None:
    path = one_time_link()
    client = app.test_client()
    page = client.get(path)
    assert page.status_code == 200
    assert "示例 林海" in page.text
    sent = {"csrf_token": form_token(page.text), "password": PASSWORD, "again": PASSWORD}
    answer = client.post(path, data=sent)
    assert answer.status_code == 303
    assert client.get("/admin/").status_code == 200
    assert PASSWORD not in answer.text


def test_the_link_opened_again_says_how_to_get_another(app: Flask) -> None:
    path = one_time_link()
    client = app.test_client()
    client.post(path, data={"csrf_token": form_token(client.get(path).text), "password": PASSWORD, "again": PASSWORD})
    second = app.test_client().get(path)
    assert second.status_code == 404
    assert "staff link" in second.text
    assert "请管理员再发一个" in second.text


def test_a_program_that_previews_the_link_burns_nothing(app: Flask) -> None:
    path = one_time_link()
    for _ in range(3):
        app.test_client().get(path)
        app.test_client().head(path)
    assert app.test_client().get(path).status_code == 200


@pytest.mark.parametrize(
    ("password", "again", "words"),
    [
        ("short", "short", "密码至少 12 个字符"),
        ("lin.hai.2026", "lin.hai.2026", "太常见"),
        (PASSWORD, PASSWORD + "!", "两次输入的密码不一致"),
    ],
)
def test_a_bad_password_is_explained_at_the_field(app: Flask, password: str, again: str, words: str) -> None:
    path = one_time_link()
    client = app.test_client()
    token = form_token(client.get(path).text)
    answer = client.post(path, data={"csrf_token": token, "password": password, "again": again})
    assert answer.status_code == 422
    assert words in answer.text
    assert client.get(path).status_code == 200


def sign_in_form(desk: Desk, login: str, password: str, back: str = "") -> tuple[int, str, str]:
    answer = desk.post("/admin/sign-in/", {"login": login, "password": password, "back": back})
    return answer.status_code, answer.location or "", answer.text


def test_signing_in_leads_back_to_where_one_was_going(office: Office) -> None:
    make_staff("lin.hai", "city_admin", "city", password=PASSWORD)
    desk = office.nobody()
    asked = desk.get("/admin/stations/", state="open")
    assert urlsplit(asked.location or "").query == "back=/admin/stations/?state%3Dopen"
    status, location, _ = sign_in_form(desk, " Lin.Hai ", PASSWORD, back="/admin/stations/?state=open")
    assert (status, location) == (303, "/admin/stations/?state=open")


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/admin/\\evil", "/c/ZHANQIAO", "javascript:x"]
)
def test_signing_in_never_leads_out_of_the_panel(office: Office, back: str) -> None:
    make_staff("lin.hai", "city_admin", "city", password=PASSWORD)
    assert sign_in_form(office.nobody(), "lin.hai", PASSWORD, back)[:2] == (303, "/admin/")


def test_a_wrong_password_and_an_unknown_login_get_the_same_page(office: Office) -> None:
    make_staff("lin.hai", "city_admin", "city", password=PASSWORD)
    desk = office.nobody()
    known = sign_in_form(desk, "lin.hai", "not the right one")
    unknown = sign_in_form(desk, "bei.hai", "not the right one")
    assert known[0] == unknown[0] == 401
    pages = [re.sub(r'name="csrf_token" value="[^"]+"', "", page) for _, _, page in (known, unknown)]
    assert pages[0].replace("lin.hai", "bei.hai") == pages[1]


def test_one_try_too_many_is_told_to_wait_but_the_owners_browser_is_not(
    monkeypatch: pytest.MonkeyPatch, office: Office
) -> None:
    monkeypatch.setattr(rules, "TRIES_PER_ACCOUNT", 3)
    make_staff("lin.hai", "city_admin", "city", password=PASSWORD)
    owner = office.nobody()
    sign_in_form(owner, "lin.hai", PASSWORD)
    assert owner.client.get_cookie("ouyu_device") is not None
    owner.client.delete_cookie("ouyu_staff")
    owner._csrf = ""
    stranger = office.nobody()
    answers = [sign_in_form(stranger, "lin.hai", "not the right one")[0] for _ in range(rules.TRIES_PER_ACCOUNT + 1)]
    assert answers == [401] * rules.TRIES_PER_ACCOUNT + [429]
    assert sign_in_form(office.nobody(), "lin.hai", PASSWORD)[0] == 429
    assert sign_in_form(owner, "lin.hai", PASSWORD)[0] == 303


def test_a_forged_device_cookie_makes_no_device_known(monkeypatch: pytest.MonkeyPatch, office: Office) -> None:
    monkeypatch.setattr(rules, "TRIES_PER_ACCOUNT", 3)
    make_staff("lin.hai", "city_admin", "city", password=PASSWORD)
    stranger = office.nobody()
    stranger.client.set_cookie("ouyu_device", "0" * 32 + "." + "1" * 32)
    for _ in range(rules.TRIES_PER_ACCOUNT):
        sign_in_form(stranger, "lin.hai", "not the right one")
    assert sign_in_form(stranger, "lin.hai", PASSWORD)[0] == 429


@pytest.mark.parametrize(
    ("login", "password"), [("admin", "admin"), ("admin", "password"), ("root", ""), ("admin", "admin123456")]
)
def test_common_default_sign_ins_lead_nowhere(office: Office, login: str, password: str) -> None:
    assert sign_in_form(office.nobody(), login, password)[0] == 401


def copied(app: Flask, desk: Desk) -> Desk:
    """The same cookie in another browser."""
    client = app.test_client()
    client.set_cookie("ouyu_staff", desk.cookie())
    return Desk(client, desk.staff_id)


def test_signing_out_kills_a_copied_cookie(app: Flask, office: Office) -> None:
    desk = office.desk("city")
    thief = copied(app, desk)
    assert thief.get("/admin/").status_code == 200
    assert desk.post("/admin/account/sign-out").status_code == 303
    assert thief.get("/admin/").status_code == 303


def test_disabling_kills_a_copied_cookie(app: Flask, office: Office) -> None:
    desk = office.desk("shinan")
    thief = copied(app, desk)
    answer = office.desk("city").post("/admin/staff/act/disable/", {"id": desk.staff_id, "reason": "离岗"})
    assert answer.status_code == 303
    assert thief.get("/admin/").status_code == 303


def test_a_new_password_kills_a_copied_cookie_and_keeps_its_owner_in(app: Flask, office: Office) -> None:
    staff_id = make_staff("lin.hai", "city_admin", "city", password=PASSWORD)
    desk = seat(app, staff_id)
    thief = copied(app, desk)
    new = "another fine long one"
    answer = desk.post("/admin/account/", {"current": PASSWORD, "password": new, "again": new})
    assert answer.status_code == 303
    assert thief.get("/admin/").status_code == 303
    assert desk.get("/admin/").status_code == 200


def test_a_kicked_out_session_is_dead(app: Flask, office: Office) -> None:
    desk = office.desk("shinan")
    session_id = queries.list_sessions(desk.staff_id or 0, clock.now())[0].id
    assert office.desk("city").post("/admin/staff/sessions/end", {"id": session_id}).status_code == 303
    assert desk.get("/admin/").status_code == 303


def test_an_own_session_elsewhere_can_be_ended(app: Flask, office: Office) -> None:
    here = office.desk("city")
    there = seat(app, here.staff_id or 0)
    other = queries.list_sessions(here.staff_id or 0, clock.now())
    session_id = max(one.id for one in other)
    assert here.post("/admin/account/sessions/end", {"id": session_id}).status_code == 303
    assert there.get("/admin/").status_code == 303
    assert here.get("/admin/").status_code == 200


def test_an_idle_session_and_one_of_twelve_hours_are_over(office: Office) -> None:
    desk = office.desk("city")
    now = clock.now()
    with clock.frozen(now + rules.SESSION_IDLE):
        assert desk.get("/admin/").status_code == 303
    busy = now
    while busy < now + rules.SESSION_MAX:
        with clock.frozen(busy):
            assert desk.get("/admin/account/").status_code == 200
        busy += timedelta(minutes=29)
    with clock.frozen(now + rules.SESSION_MAX + timedelta(seconds=1)):
        assert desk.get("/admin/").status_code == 303


def test_signing_in_gives_a_new_session_each_time(office: Office) -> None:
    make_staff("lin.hai", "city_admin", "city", password=PASSWORD)
    desk = office.nobody()
    desk.client.set_cookie("ouyu_staff", "a-session-somebody-planted-beforehand")
    sign_in_form(desk, "lin.hai", PASSWORD)
    first = desk.cookie()
    assert first != "a-session-somebody-planted-beforehand"


def test_the_cookie_is_not_for_scripts_or_other_sites(office: Office) -> None:
    make_staff("lin.hai", "city_admin", "city", password=PASSWORD)
    desk = office.nobody()
    answer = desk.post("/admin/sign-in/", {"login": "lin.hai", "password": PASSWORD})
    cookies = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith(("ouyu_staff", "ouyu_device"))]
    assert len(cookies) == 2
    assert all("HttpOnly" in one and "SameSite=Lax" in one for one in cookies)


def test_every_post_without_the_forms_token_is_refused(app: Flask, office: Office) -> None:
    desk = office.desk("city")
    for endpoint, path, methods in rules_of_panel(app):
        if "POST" in methods:
            answer = desk.client.post(path, data={"id": "1"})
            assert answer.status_code == 400, endpoint
            assert "没有保存" in answer.text, endpoint


def test_another_sessions_token_is_refused_and_nothing_changes(office: Office, city: City) -> None:
    station = city.station()
    desk, other = office.desk("city"), office.desk("shinan")
    sent = {"csrf_token": other.csrf, "id": station.id, "reason": "x"}
    assert desk.client.post("/admin/stations/act/withdraw/", data=sent).status_code == 400
    assert desk.count("/admin/stations/?state=open") == 1


@pytest.mark.parametrize(
    "path",
    [
        "/admin/account/sign-out",
        "/admin/account/sessions/end",
        "/admin/staff/sessions/end",
        "/admin/staff/grants/revoke",
        "/admin/stations/inline/",
        "/admin/audit/verify",
    ],
)
def test_what_changes_something_does_not_answer_to_get(office: Office, path: str) -> None:
    desk = office.desk("city")
    assert desk.get(path).status_code in (404, 405)
    assert desk.get("/admin/").status_code == 200


def test_opening_the_page_of_a_button_does_not_press_it(office: Office, city: City) -> None:
    station = city.station()
    desk = office.desk("city")
    for button in ("withdraw", "pause", "close", "new_poster"):
        assert desk.get(f"/admin/stations/act/{button}/", id=station.id).status_code == 200
    assert desk.count("/admin/stations/?state=open&poster=one&now=unknown") == 1


def test_a_leaving_persons_pages_are_not_kept_by_the_browser(office: Office) -> None:
    assert office.desk("city").get("/admin/").headers["Cache-Control"] == "no-store"


def test_the_reason_a_link_died_does_not_tell_whether_it_existed(app: Flask) -> None:
    never = app.test_client().get("/admin/link/" + "a" * 43)
    path = one_time_link()
    with clock.frozen(clock.now() + rules.LINK_LIFE):
        late = app.test_client().get(path)
    assert never.status_code == late.status_code == 404
    assert never.text == late.text


def test_a_token_in_the_panels_pages_is_never_the_session(office: Office) -> None:
    desk = office.desk("city")
    assert desk.cookie() not in desk.get("/admin/account/").text
    assert sign_in.SHOWN_LOGIN.format(login="x") == "staff:x"
