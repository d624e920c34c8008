"""The examples of the API document succeed as they stand, and its page loads from here alone."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import unit_of_work
from app.events import signups
from app.http import openapi
from app.http.blueprint import ROUTES
from tests.builders import City, Guest
from tests.http.contract import assert_documented
from tests.http.test_openapi import DOCS_PHONE, _station, _tell_something, operations
from tests.photos import photo


def test_every_operation_with_a_body_or_a_point_has_an_example(app_once: Flask) -> None:
    for where, operation in operations().items():
        content = operation.get("requestBody", {"content": {}})["content"]
        assert "example" in content.get("application/json", {"example": None}), where


def _real(city: City, example: str) -> str:
    """What stands in a path for an example that only a list knows."""
    if example != "{event}":
        return example
    event = city.event()
    city.shift(event)
    return event.public_id


def _with_own_ids(path: str, city: City, guest: Guest) -> str:
    """The path of an example with the id of something that is the caller's."""
    if "token-of-your-link" in path:
        told = guest.client.post("/api/v1/feedback", json={"about": "app", "text": "x"})
        path = path.replace("token-of-your-link", told.json["status_url"].rpartition("/")[2])
    if "id-of-your-message" in path:
        path = path.replace("id-of-your-message", _tell_something(guest))
    if "id-of-your-visit" in path:
        visit = city.visit(_station("ZHANQIAO"), guest, client_time=clock.now() - timedelta(hours=1))
        path = path.replace("id-of-your-visit", visit.id)
    return path


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
@pytest.mark.parametrize("endpoint", sorted(ROUTES))
def test_the_example_of_every_operation_succeeds(city: City, endpoint: str) -> None:
    route = ROUTES[endpoint]
    guest = city.guest()
    poster = city.poster(city.station())
    if "<export_id>" in route.rule:
        guest.call("POST", "/me/export")
    template = "/api/v1" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.rule)
    operation = openapi.document()["paths"][template][route.method.lower()]
    path, query, body = template, {}, None
    for parameter in operation["parameters"]:
        if "example" in parameter and parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", _real(city, parameter["example"]))
        elif "example" in parameter:
            query[parameter["name"]] = parameter["example"]
    if "application/json" in operation.get("requestBody", {"content": {}})["content"]:
        body = _body(city, operation["requestBody"]["content"]["application/json"]["example"], poster)
    if route.rule.startswith("/me/volunteer"):
        city.invited(DOCS_PHONE)
        guest = city.citizen(DOCS_PHONE)
    if "{shift}" in path or "id-of-your-signup" in path:
        guest, path = _on_the_list(city, path)
    path = _with_own_ids(path, city, guest)
    token = city.screen() if route.access.name == "kiosk" else guest.token
    if route.rule == "/kiosk/pair":
        body = {"code": city.kiosk_code()}
    headers = {"Authorization": f"Bearer {token}"}
    sent = {"data": {route.upload: photo(poster)}} if route.upload else {"json": body}
    answer = guest.client.open(path, method=route.method, query_string=query, headers=headers, **sent)
    assert answer.status_code == route.status[0], answer.text
    assert_documented(route.method, answer)


def _body(city: City, example: Any, poster: str) -> Any:
    """The example with a poster of the city and a code that is good now; a code of WeChat's stays a blank."""
    code = city.code(DOCS_PHONE) if "{demo_code}" in json.dumps(example) else ""
    return json.loads(json.dumps(example).replace("{poster}", poster).replace("{demo_code}", code))


def _on_the_list(city: City, path: str) -> tuple[Guest, str]:
    """A volunteer who is invited to a shift, or may sign up for it, and the path with the ids of both."""
    guest, volunteer = city.volunteer()
    shift = city.shift()
    if "id-of-your-signup" in path:
        with unit_of_work():
            invited = signups.invite(SYSTEM, shift.id, volunteer.id, at=clock.now())
        path = path.replace("id-of-your-signup", invited.public_id)
    return guest, path.replace("{shift}", shift.public_id)


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_the_docs_page_and_everything_it_loads_come_from_here(client: FlaskClient) -> None:
    page = client.get("/api/docs")
    assert page.status_code == 200
    loaded = re.findall(r"(?:src|href)=\"([^\"]+)\"", page.text)
    assert len(loaded) >= 3
    for address in loaded:
        assert address.startswith("/"), address
        assert client.get(address, buffered=True).status_code == 200, address
    assert client.get("/api/docs/assets/../__init__.py").status_code == 404
