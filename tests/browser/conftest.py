"""Chromium, one demo city for all browser tests, and a watch that fails a test for anything the page did wrong."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, sync_playwright

from tests.first_run.running import Service, flask, link, run

CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = {"width": 375, "height": 812}
DESK = {"width": 1280, "height": 800}
PASSWORD = "gull over the red roof"
PATIENCE_MS = 10_000
POSTERS = """
import json
from app.factory import create_app
from app.stations import listing, queries
from app.stations.codes import CredentialKind
with create_app().app_context():
    rows = [station.row for station in listing.directory().stations]
    current = {row.code: (row, queries.find_current(row.id, CredentialKind.POSTER)) for row in rows}
    print(json.dumps({code: queries.poster_path(*pair) for code, pair in current.items() if pair[1]}))
"""
MODULES = 'import(document.querySelector("script[type=module]").src).then(({ modules }) => modules)'
"""A promise of the page's own modules by path: the very ones that run."""
SPY = """
window.asked = [];
const spy = (owner, name) => {
  const real = owner && owner[name];
  if (real) owner[name] = function (...args) { window.asked.push(name); return real.apply(this, args); };
};
spy(Geolocation.prototype, "getCurrentPosition");
spy(Geolocation.prototype, "watchPosition");
spy(window.MediaDevices && MediaDevices.prototype, "getUserMedia");
spy(window.Notification, "requestPermission");
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} refused ${event.blockedURI}`));
"""


@dataclass(frozen=True)
class DemoServer:
    """A running demo city. panel_link works once; `staff link admin` gives another."""

    base: str
    panel_link: str
    poster_link: str
    service: Service


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("browser test needs Chromium: install the Debian package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demo_server(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    """The demo city, served once for all browser tests; each test brings its own guest."""
    service = Service(tmp_path_factory.mktemp("browser") / "data")
    try:
        banner = service.wait()
        yield DemoServer(service.base, link(banner, "/admin/link/"), link(banner, "/c/"), service)
    finally:
        if service.process.poll() is None:
            service.stop()


@pytest.fixture(scope="session")
def posters(demo_server: DemoServer) -> dict[str, str]:
    """The path of each listed station's current poster, by code."""
    folder = demo_server.service.folder
    said = run(["-c", POSTERS], folder.parent, OUYU_SERVER__DATA_DIR=str(folder))
    assert said.code == 0, said.err
    found: dict[str, str] = json.loads(said.out)
    return found


@dataclass
class Watched:
    """One browser context and what went wrong in it. plan() names the refusals that a test brings about."""

    context: BrowserContext
    page: Page
    base: str
    problems: list[str] = field(default_factory=list)
    planned: set[tuple[int, str]] = field(default_factory=set)
    offline: bool = False

    def plan(self, status: int, path: str) -> None:
        """Allow one kind of refusal, by status and path."""
        self.planned.add((status, path))

    def open(self, path: str) -> None:
        """Open an address and wait until the screen has all it asked for."""
        self.page.goto(path if path.startswith("http") else self.base + path)
        self.settle()

    def settle(self) -> None:
        """Wait until the screen says that it is not busy any more."""
        self.page.locator("main:not([aria-busy]) h1").first.wait_for(state="attached")

    def go_offline(self, on: bool) -> None:
        """Cut the line, or mend it; what fails meanwhile is planned."""
        self.offline = True
        self.context.set_offline(on)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.problems.append(f"console: {message.text}")

    def _answer(self, response: Response) -> None:
        if response.status >= 400 and (response.status, urlsplit(response.url).path) not in self.planned:
            self.problems.append(f"{response.status} {response.url}")

    def watch(self) -> None:
        """Listen to everything that must not happen."""
        self.page.on("pageerror", lambda error: self.problems.append(f"pageerror: {error}"))
        self.page.on("console", self._hear)
        self.page.on("response", self._answer)
        self.page.on("requestfailed", self._lost)

    def _lost(self, request: Request) -> None:
        left_behind = request.failure == "net::ERR_ABORTED"  # the test left the page before the answer came
        if not self.offline and not left_behind:
            self.problems.append(f"{request.failure} {request.url}")


@pytest.fixture
def open_phone(chromium: Browser, demo_server: DemoServer) -> Iterator[Callable[..., Watched]]:
    """Return a function that opens a phone with a fresh guest; it takes what a Playwright context takes.

    The worker for the time without a network is only let in where a test is about it: it hides requests from routes.
    """
    opened: list[Watched] = []

    def open_one(elder: bool = False, **options: Any) -> Watched:
        looks = {"viewport": PHONE, "device_scale_factor": 2, "has_touch": True, "locale": "zh-CN"}
        given = {**looks, "service_workers": "block", **options}
        context = chromium.new_context(**given)
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(SPY)
        if elder:
            context.add_init_script("localStorage.setItem('ouyu.elder', '1')")
        phone = Watched(context, context.new_page(), demo_server.base)
        phone.watch()
        opened.append(phone)
        return phone

    yield open_one
    problems = [problem for phone in opened for problem in phone.problems]
    for phone in opened:
        phone.context.close()
    assert problems == []


@pytest.fixture
def phone(open_phone: Callable[..., Watched]) -> Watched:
    """A phone of 375 × 812 in Chinese."""
    return open_phone()


@pytest.fixture(scope="session")
def signed_in(chromium: Browser, demo_server: DemoServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cookies of somebody who came in by a one-time link and set a password."""
    folder = demo_server.service.folder
    link = flask(
        folder.parent, "staff", "link", "admin",
        OUYU_SERVER__DATA_DIR=str(folder), OUYU_SERVER__PUBLIC_URL=demo_server.base,
    ).out.strip()  # fmt: skip
    context = chromium.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(link)
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=again]", PASSWORD)
    page.click("text=设置密码并进入")
    page.wait_for_url("**/admin/")
    path = tmp_path_factory.mktemp("panel") / "cookies.json"
    context.storage_state(path=str(path))
    context.close()
    return path


@pytest.fixture
def open_desk(chromium: Browser, demo_server: DemoServer, signed_in: Path) -> Iterator[Callable[..., Watched]]:
    """Return a function that opens a signed-in browser; it takes what a Playwright context takes."""
    opened: list[Watched] = []

    def open_one(**options: Any) -> Watched:
        given = {"viewport": DESK, "locale": "zh-CN", "storage_state": str(signed_in), **options}
        context = chromium.new_context(**given)
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(SPY)
        desk = Watched(context, context.new_page(), demo_server.base)
        desk.watch()
        opened.append(desk)
        return desk

    yield open_one
    problems = [problem for desk in opened for problem in desk.problems]
    for desk in opened:
        desk.context.close()
    assert problems == []


@pytest.fixture
def desk(open_desk: Callable[..., Watched]) -> Watched:
    """A desk of 1280 × 800."""
    return open_desk()


@pytest.fixture
def picture() -> Callable[..., None]:
    """Return a function that keeps a picture of a page where OUYU_PICTURES says, and does nothing elsewhere."""
    folder = os.environ.get("OUYU_PICTURES")

    def take(page: Page, name: str, **options: Any) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=str(Path(folder) / f"{name}.png"), **options)

    return take


Seafront = dict[str, Any]


@pytest.fixture(scope="session")
def seafront(demo_server: DemoServer) -> Seafront:
    """Events of each kind in the running city, and a volunteer for each test."""
    folder = demo_server.service.folder
    said = run(["-m", "tests.browser.seafront"], folder.parent, OUYU_SERVER__DATA_DIR=str(folder))
    assert said.code == 0, said.err
    made: Seafront = json.loads(said.out)
    return made


@pytest.fixture
def open_as(open_phone: Callable[..., Watched], seafront: Seafront) -> Callable[..., Watched]:
    """Return a function that opens the phone of a volunteer."""

    def open_one(name: str, **options: Any) -> Watched:
        phone = open_phone(**options)
        phone.context.add_init_script(f"localStorage.setItem('ouyu.token', {json.dumps(seafront['tokens'][name])})")
        return phone

    return open_one
