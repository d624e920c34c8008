"""The API docs page in Chromium: no outside host, one button signs in, an example sent as it stands succeeds.

That every example succeeds is proved in tests/http, without a browser.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import Watched

pytestmark = pytest.mark.browser
DESKTOP = {"width": 1280, "height": 800}
PATIENCE_MS = 60_000
"""The docs page is one large script; on a busy machine it takes its time."""
OPERATIONS = ("stations-list_stations", "checkins-post_check_in")


def test_examples_sent_as_they_stand_succeed_without_any_outside_host(open_phone: Callable[..., Watched]) -> None:
    watched = open_phone(viewport=DESKTOP, has_touch=False)
    page = watched.page
    page.set_default_timeout(PATIENCE_MS)
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.goto(f"{watched.base}/api/docs")
    page.get_by_role("button", name="Sign in as a guest").click()
    page.locator("#said", has_text="Signed in").wait_for()
    for name in OPERATIONS:
        block = page.locator(f"#operations-{name}")
        block.locator(".opblock-summary-control").click()
        block.get_by_role("button", name="Execute").click()
        status = block.locator(".live-responses-table tbody .response-col_status").first
        status.wait_for()
        assert status.inner_text().strip()[:3] in ("200", "201", "204"), f"{name}: {block.inner_text()}"
    assert hosts == {urlsplit(watched.base).netloc}
    assert watched.problems == []
