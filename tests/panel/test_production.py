"""The panel as production serves it: cookies bound to the host and sent over TLS only."""

from __future__ import annotations

import html
import re
from pathlib import Path

from app.core.db import db
from app.core.revisions import upgrade
from tests.conftest import make_app
from tests.panel.desk import PASSWORD, make_staff

HOME = "https://ouyu.test"


def test_every_cookie_is_bound_to_the_host_and_secure(tmp_path: Path) -> None:
    app = make_app(tmp_path, profile="production")
    with app.app_context():
        upgrade()
        make_staff("lin.hai", "city_admin", "city", password=PASSWORD)
        client = app.test_client()
        page = client.get("/admin/sign-in/", base_url=HOME)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert token
        sent = {"csrf_token": html.unescape(token[1]), "login": "lin.hai", "password": PASSWORD}
        answer = client.post("/admin/sign-in/", data=sent, base_url=HOME)
        assert answer.status_code == 303
        cookies = page.headers.getlist("Set-Cookie") + answer.headers.getlist("Set-Cookie")
        assert {cookie.partition("=")[0] for cookie in cookies} == {
            "__Host-ouyu_form",
            "__Host-ouyu_staff",
            "__Host-ouyu_device",
        }
        for cookie in cookies:
            assert "; Secure" in cookie, cookie
            assert "; HttpOnly" in cookie, cookie
            assert "; Path=/" in cookie, cookie
            assert "SameSite=Lax" in cookie, cookie
            assert "Domain" not in cookie, cookie
        assert client.get("/admin/", base_url=HOME).status_code == 200
        db.session.remove()
        db.engine.dispose()
