"""A screen at a station: paired in a browser, it shows a code a phone can read, outlives short outages, ends at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import DemoServer, Watched
from tests.browser.test_phone_gates import axe
from tests.first_run.running import run

pytestmark = pytest.mark.browser

LANDSCAPE, PORTRAIT = {"width": 1280, "height": 800}, {"width": 800, "height": 1280}
ADD = """
import sys
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import unit_of_work
from app.factory import create_app
from app.kiosks import service
from app.stations import queries
with create_app().app_context(), unit_of_work():
    if sys.argv[1] == "add":
        station = queries.get_station_by_code(sys.argv[2])
        added = service.add_device(SYSTEM, station.id, name="入口平板", at=clock.now())
        print(added.device.id, added.code)
    else:
        service.revoke_device(SYSTEM, int(sys.argv[2]), at=clock.now())
"""


def staff(server: DemoServer, *what: str) -> list[str]:
    """Do at the server what the panel does."""
    folder = server.service.folder
    said = run(["-c", ADD, *what], folder.parent, OUYU_SERVER__DATA_DIR=str(folder))
    assert said.code == 0, said.err
    return said.out.split()


@pytest.fixture
def screen(open_phone: Callable[..., Watched]) -> Watched:
    phone = open_phone(viewport=LANDSCAPE, device_scale_factor=1, has_touch=False)
    phone.plan(401, "/api/v1/kiosk/codes")
    return phone


def pair(page: Page, server: DemoServer, code: str = "ZHANQIAO") -> str:
    device, digits = staff(server, "add", code)
    page.goto(f"{server.base}/kiosk/{code}")
    page.locator("#code").fill(f"{digits[:4]} {digits[4:]}")
    page.get_by_role("button", name="连接").click()
    expect(page.locator("#digits")).to_have_text(re.compile(r"^\d{3} \d{3}$"))
    expect(page.locator("#qr")).to_be_visible()
    return device


def fits(page: Page) -> bool:
    return bool(
        page.evaluate(
            "document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight"
        )
    )


@pytest.mark.parametrize("shape", [LANDSCAPE, PORTRAIT], ids=["landscape", "portrait"])
def test_a_paired_screen_shows_digits_and_a_qr_that_a_camera_reads(
    screen: Watched, demo_server: DemoServer, picture: Callable[..., None], shape: dict[str, int]
) -> None:
    page = screen.page
    page.set_viewport_size(shape)  # type: ignore[arg-type]
    page.goto(f"{demo_server.base}/kiosk/ZHANQIAO")
    assert axe(page) == []
    picture(page, f"kiosk-pairing-{shape['width']}")
    pair(page, demo_server)
    page.wait_for_timeout(300)
    digits = (page.locator("#digits").text_content() or "").replace(" ", "")
    seen = zxingcpp.read_barcode(Image.open(BytesIO(page.screenshot())))
    assert seen is not None
    assert re.fullmatch(rf"http://[^/]+/c/ZHANQIAO\?r={digits}", seen.text)
    assert fits(page)
    assert axe(page) == []
    picture(page, f"kiosk-{shape['width']}")
    assert page.evaluate("Object.keys(localStorage)") == ["ouyu.kiosk.ZHANQIAO"]


def test_a_screen_goes_on_without_a_network_with_what_it_holds_and_says_when_it_has_none(
    screen: Watched, demo_server: DemoServer, picture: Callable[..., None]
) -> None:
    page = screen.page
    page.clock.install()
    pair(page, demo_server)
    before = page.locator("#digits").text_content()
    screen.go_offline(True)
    page.clock.run_for(40_000)
    expect(page.locator("#digits")).not_to_have_text(before or "")
    expect(page.locator("#qr")).to_be_visible()
    expect(page.locator("#outage")).to_contain_text("手里的码还能用")
    picture(page, "kiosk-outage")
    page.clock.run_for(300_000)
    expect(page.get_by_role("heading", name="暂时没有可用的码")).to_be_visible()
    picture(page, "kiosk-none")
    page.clock.set_system_time(page.evaluate("Date.now()") - 340_000)
    screen.go_offline(False)
    page.clock.run_for(6_000)
    expect(page.locator("#digits")).to_be_visible()


def test_a_screen_that_is_ended_goes_back_to_pairing_with_a_sentence(
    screen: Watched, demo_server: DemoServer, picture: Callable[..., None]
) -> None:
    page = screen.page
    page.clock.install()
    device = pair(page, demo_server)
    staff(demo_server, "end", device)
    page.clock.run_for(31_000)
    expect(page.get_by_text("这块屏幕已在管理后台停用")).to_be_visible()
    expect(page.locator("#code")).to_be_focused()
    assert page.evaluate("localStorage.length") == 0
    picture(page, "kiosk-ended")


def test_a_wrong_code_is_told_and_a_code_of_another_station_leads_to_its_own_screen(
    screen: Watched, demo_server: DemoServer
) -> None:
    page = screen.page
    screen.plan(422, "/api/v1/kiosk/pair")
    page.goto(f"{demo_server.base}/kiosk/ZHANQIAO")
    page.locator("#code").fill("0000 0000")
    page.get_by_role("button", name="连接").click()
    expect(page.get_by_role("alert")).to_contain_text("一次性码不对")
    _, digits = staff(demo_server, "add", "SHANGJIE")
    page.locator("#code").fill(digits)
    page.get_by_role("button", name="连接").click()
    expect(page).to_have_url(re.compile(r"/kiosk/SHANGJIE$"))
    expect(page.locator("#digits")).to_have_text(re.compile(r"^\d{3} \d{3}$"))
