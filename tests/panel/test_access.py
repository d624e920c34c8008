"""Who gets into the panel, how far, and that nothing changes without the person's own form."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask_admin import BaseView

from admin.views import PUBLIC, SIGNED_IN, PanelView
from app.orgs import rules
from tests.builders import City
from tests.panel.desk import ONE_DATABASE, Office

pytestmark = ONE_DATABASE
WHO = ("city", "shinan", "keeper", "auditor", "local_auditor")
MAY_OPEN = {
    "admin": WHO,
    "stations": WHO,
    "roster": WHO,
    "signups": WHO,
    "checkins": WHO,
    "feedback": WHO,
    "review": ("city", "shinan", "auditor", "local_auditor"),
    "services": WHO,
    "calendar": WHO,
    "organisations": ("city", "shinan", "auditor", "local_auditor"),
    "staff": ("city", "shinan", "auditor", "local_auditor"),
    "audit": ("city", "auditor"),
    "imports": ("city", "shinan"),
    "volunteer_imports": ("city", "shinan"),
    "consents": ("city", "auditor"),
    "people": ("city", "auditor"),
    "volunteers": ("city", "shinan", "auditor", "local_auditor"),
    "events": WHO,
    "text_messages": ("city", "auditor"),
    "inbox": WHO,
    "account": WHO,
}
"""Panel view → who may open its first page. A view that is not listed fails the walk."""
SAFE_PAGES = ("/admin/sign-in/", "/admin/link/", "/admin/static/")


def views(app: Flask) -> list[BaseView]:
    return list(app.extensions["admin"][0]._views)


def rules_of_panel(app: Flask) -> list[tuple[str, str, set[str]]]:
    found = []
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/admin"):
            path = re.sub(r"<(?:[^:<>]+:)?(\w+)>", "nothing", rule.rule)
            found.append((rule.endpoint, path, (rule.methods or set()) - {"HEAD", "OPTIONS"}))
    return found


def test_every_view_declares_its_permission(app: Flask) -> None:
    known = set().union(*rules.PERMISSIONS.values()) | {PUBLIC, SIGNED_IN}
    for view in views(app):
        assert isinstance(view, PanelView), view.endpoint
        assert view.permission in known, view.endpoint


def test_a_view_without_a_permission_lets_nobody_in(app: Flask, office: Office) -> None:
    view = views(app)[1]
    desk = office.desk("city")
    held, type(view).permission = view.permission, None
    try:
        assert desk.get("/admin/stations/").status_code == 403
        assert office.nobody().get("/admin/stations/").status_code == 303
    finally:
        type(view).permission = held


def test_every_view_of_the_panel_is_in_the_table(app: Flask) -> None:
    public = {view.endpoint for view in views(app) if view.permission == PUBLIC}
    assert {view.endpoint for view in views(app)} == set(MAY_OPEN) | public


@pytest.mark.parametrize("who", WHO)
def test_the_walk_of_first_pages_equals_the_table(app: Flask, office: Office, city: City, who: str) -> None:
    city.station()
    desk = office.desk(who)
    for view in views(app):
        if view.permission == PUBLIC:
            continue
        expected = 200 if who in MAY_OPEN[view.endpoint] else 403
        assert desk.get(f"{view.url}/").status_code == expected, (who, view.endpoint)


def test_a_stranger_gets_the_sign_in_page_or_nothing_on_every_route(app: Flask, office: Office) -> None:
    nobody = office.nobody()
    for endpoint, path, methods in rules_of_panel(app):
        if path.startswith(SAFE_PAGES):
            continue
        if "GET" in methods:
            answer = nobody.get(path)
            assert (answer.status_code, answer.location or "") == (303, answer.location), endpoint
            assert urlsplit(answer.location or "").path == "/admin/sign-in/", endpoint
        if "POST" in methods:
            assert nobody.post(path).status_code == 401, endpoint


def test_a_guests_token_is_no_key_to_the_panel(app: Flask, city: City) -> None:
    guest = city.guest()
    client = app.test_client()
    client.set_cookie("ouyu_staff", guest.token)
    assert client.get("/admin/", headers={"Authorization": f"Bearer {guest.token}"}).status_code == 303


def test_the_menu_shows_what_one_may_open(office: Office, city: City) -> None:
    city.station()
    page = office.desk("keeper").get("/admin/").text
    menu = page[page.index('class="menu"') : page.index('class="sidebar-foot"')]
    assert "打卡记录" in menu
    assert "人员与权限" not in menu
    assert "操作日志" not in menu


# --- the first link and the sign-in form -------------------------------------------------------------


# --- X6: ended sessions are dead at once -------------------------------------------------------------


# --- X7: CSRF ----------------------------------------------------------------------------------------
