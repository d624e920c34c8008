"""Staff at their desks: made through the services, working through the panel's pages."""

from __future__ import annotations

import html
import re
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import unit_of_work
from app.orgs import queries, service, sign_in

ONE_DATABASE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
"""For tests of what the pages say; what the queries find is tested on both databases elsewhere."""
PASSWORD = "gull over the red roof"
ROLES = {
    "city": ("city_admin", "city"),
    "shinan": ("district_admin", "district:370202"),
    "laoshan": ("district_admin", "district:370212"),
    "auditor": ("auditor", "city"),
    "local_auditor": ("auditor", "district:370202"),
}


class Desk:
    """A browser in which somebody is signed in, or nobody."""

    def __init__(self, client: FlaskClient, staff_id: int | None = None, login: str = "") -> None:
        self.client, self.staff_id, self.login = client, staff_id, login
        self._csrf = ""

    @property
    def csrf(self) -> str:
        if not self._csrf:
            page = self.get("/admin/account/" if self.staff_id else "/admin/sign-in/").text
            found = re.search(r'name="csrf_token" value="([^"]+)"', page)
            assert found, page[:400]
            self._csrf = html.unescape(found[1])
        return self._csrf

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.client.get(path, query_string=query or None, buffered=True)

    def post(self, path: str, data: dict[str, Any] | None = None, **query: Any) -> TestResponse:
        sent = {"csrf_token": self.csrf, **(data or {})}
        return self.client.post(path, data=sent, query_string=query or None)

    def cookie(self) -> str:
        found = self.client.get_cookie("ouyu_staff")
        assert found is not None
        return found.value

    def count(self, path: str) -> int:
        """The number of rows that a list says it has."""
        page = self.get(path)
        assert page.status_code == 200, f"{path} answered {page.status_code}"
        found = re.search(r'data-count="(\d+)"', page.text)
        assert found, path
        return int(found[1])


def make_staff(
    login: str, role: str, scope: str, *, name: str = "示例 某人", until: datetime | None = None, password: str = ""
) -> int:
    """Take somebody on through the service. Returns their id. password: set by their link where one is needed."""
    data = {"login": login, "name": name, "role": role, "scope": scope, "valid_until": until}
    with unit_of_work():
        verdict = service.create_staff(SYSTEM, data=data, at=clock.now())
    assert verdict.refused is None
    assert verdict.token is not None
    assert verdict.id is not None
    if password:
        with unit_of_work():
            sign_in.set_password_by_link(verdict.token, password=password, at=clock.now())
    return verdict.id


def give_password(staff_id: int, password: str = PASSWORD) -> None:
    """Let somebody set a password by a one-time link; their sessions end."""
    with unit_of_work():
        token = service.issue_link(SYSTEM, staff_id, at=clock.now()).token
    with unit_of_work():
        sign_in.set_password_by_link(str(token), password=password, at=clock.now())


def seat(app: Flask, staff_id: int) -> Desk:
    """Sign somebody in, without the form, at a browser of their own."""
    with unit_of_work():
        staff = queries.find_staff(staff_id)
        assert staff is not None
        token = sign_in.open_session(staff, device="test", at=clock.now())
        login = staff.login
    client = app.test_client()
    client.set_cookie("ouyu_staff", token)
    return Desk(client, staff_id, login)


class Office:
    """Desks by role, each made when first asked for."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._desks: dict[str, Desk] = {}

    def nobody(self) -> Desk:
        return Desk(self.app.test_client())

    def desk(self, who: str, scope: str | None = None) -> Desk:
        if who not in self._desks:
            role, place = ROLES.get(who, ("station_keeper", scope or "station:ZHANQIAO"))
            self._desks[who] = seat(self.app, make_staff(f"{who.replace('_', '-')}.one", role, place))
        return self._desks[who]
