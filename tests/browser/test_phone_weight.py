"""G4: a first view asks for little, all of it from here."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Request

from tests.browser.conftest import DemoServer, Watched

pytestmark = pytest.mark.browser

REQUESTS_MAX = 15
TRANSFER_MAX_BYTES = 120_000
SCRIPT_MAX_BYTES = 60_000


@pytest.mark.parametrize("screen", ["home", "poster"])
def test_a_first_view_is_light_and_comes_from_one_host(phone: Watched, demo_server: DemoServer, screen: str) -> None:
    seen: list[Request] = []
    phone.page.on("requestfinished", lambda request: seen.append(request))  # noqa: PLW0108 -- Playwright marks what it calls
    phone.open("/" if screen == "home" else demo_server.poster_link)
    phone.page.wait_for_load_state("networkidle")
    sizes = {urlsplit(one.url).path: one.sizes() for one in seen}
    weights = {path: size["responseBodySize"] + size["responseHeadersSize"] for path, size in sizes.items()}
    assert {urlsplit(one.url).netloc for one in seen} == {urlsplit(phone.base).netloc}
    assert len(seen) <= REQUESTS_MAX
    assert sum(weights.values()) <= TRANSFER_MAX_BYTES
    assert sum(weight for path, weight in weights.items() if path.endswith(".js")) <= SCRIPT_MAX_BYTES
    assert not [path for path in sizes if path.endswith((".woff", ".woff2", ".ttf", ".otf"))]
