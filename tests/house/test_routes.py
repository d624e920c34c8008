"""X1: every route outside the JSON API stands in a table with the reason why nobody needs to sign in, or asks for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.http.blueprint import ROUTES
from tests.builders import City
from tests.conftest import Prepared

OPEN = {
    "health.livez": "asked by whoever watches the process",
    "health.readyz": "asked by the proxy in front",
    "docs.openapi_json": "the contract is public",
    "docs.docs_page": "the contract is public",
    "docs.docs_asset": "files of the docs page",
    "docs.static": "files of the docs page",
    "h5.feedback_page": "holds a private token in its address",
    "h5.page": "the phone page; its data comes from the API",
    "h5.page_of_one": "the phone page; an event or a sign-up comes from the API to whoever may read it",
    "h5.station_page": "what a poster's QR opens",
    "h5.kiosk_page": "pairs a screen; the digits come from the API against its token",
    "h5.kiosk_qr": "draws digits that the caller knows already",
    "h5.packed": "the phone page's script and sheet",
    "h5.service_worker": "keeps the phone page for the time without a network",
    "h5.verification_file": "WeChat asks for it to prove that the address is ours",
    "h5.photo": "a photo of a station, for everybody to see",
    "h5.static": "files of the phone page",
    "calendar_feed.get_feed": "holds a private token in its address",
    "downloads.download": "holds a one-time token in its address",
    "panel.leaflet": "files of the panel's map",
    "panel.static": "files of the panel, the sign-in page's among them",
    "sign_in.index": "where staff sign in",
    "link.follow": "holds a one-time token in its address",
    "link.index": "says that the token is missing",
}
"""Endpoint → why anybody may call it."""


def panel_rules(app: Flask) -> Iterator[Rule]:
    return (rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/admin") and rule.endpoint not in OPEN)


def address(rule: Rule) -> str:
    return re.sub(r"<(?:\w+:)?\w+>", "csv", rule.rule)


def test_every_route_is_in_the_api_in_the_panel_or_in_the_table(sqlite_app: Prepared) -> None:
    app = sqlite_app.app
    panel = {rule.endpoint for rule in panel_rules(app)}
    others = {rule.endpoint for rule in app.url_map.iter_rules()} - set(ROUTES) - panel
    assert others == set(OPEN)


def test_every_view_under_api_v1_went_through_the_blueprint_that_demands_access(sqlite_app: Prepared) -> None:
    app = sqlite_app.app
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1/") and rule.endpoint != "docs.openapi_json":
            code = app.view_functions[rule.endpoint].__code__
            assert code.co_qualname.startswith("ApiBlueprint.call"), rule


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
@pytest.mark.parametrize("who", ["nobody", "guest"])
def test_the_panel_shows_nothing_to_who_is_not_signed_in_as_staff(app: Flask, city: City, who: str) -> None:
    city.station()
    headers = {"Authorization": f"Bearer {city.guest().token}"} if who == "guest" else {}
    walked = 0
    for rule in panel_rules(app):
        for method in (rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}:
            answer = app.test_client().open(f"{address(rule)}?id=1", method=method, headers=headers)
            where = f"{method} {rule.rule}: {answer.status_code}"
            assert answer.status_code in (302, 303, 400, 401, 403, 404), where
            if answer.status_code in (302, 303):
                assert answer.headers["Location"].startswith("/admin/sign-in"), where
            assert "ZHANQIAO" not in answer.text, where
            walked += 1
    assert walked > 30
