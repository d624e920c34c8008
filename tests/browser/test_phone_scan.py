"""S4: a poster is read by camera, by a photo, or typed; a denied camera leaves the other ways, never a blank page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DemoServer, Watched
from tests.browser.test_phone_journeys import ZHANQIAO
from tests.photos import code_picture, encoded, on_a_wall

pytestmark = pytest.mark.browser

CAN_READ = """
window.BarcodeDetector = class {
  async detect() { return window.seen ? [{ rawValue: window.seen }] : []; }
};
"""
"""Debian's Chromium has no detector of its own; the page sees one that reads what the test holds up."""
CAMERA = """
navigator.mediaDevices.getUserMedia = async () => {
  window.asked.push("getUserMedia");
  const canvas = document.createElement("canvas");
  canvas.getContext("2d").fillRect(0, 0, 10, 10);
  return canvas.captureStream(5);
};
"""
DENIED = """
navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("no", "NotAllowedError"); };
"""


def photo_of(text: str, turned: float = 7) -> Any:
    picture = on_a_wall(code_picture(text), size=(3000, 4000), turned=turned)
    return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": encoded(picture, quality=70)}


def test_a_photo_of_the_poster_opens_its_page_ready_to_stamp(
    phone: Watched, demo_server: DemoServer, picture: Callable[..., None]
) -> None:
    page = phone.page
    phone.open("/checkin")
    picture(page, "phone-scan")
    page.locator("input[type=file]").set_input_files(photo_of(demo_server.poster_link))
    expect(page.locator("h1")).to_have_text(ZHANQIAO)
    assert re.search(r"/c/ZHANQIAO\?v=\d+&k=\w+$", page.url)
    page.get_by_role("button", name="盖章打卡").tap()
    expect(page.locator("h1")).to_have_text("盖章成功")


def test_a_photo_is_made_small_before_it_is_sent(phone: Watched, demo_server: DemoServer) -> None:
    page = phone.page
    phone.open("/checkin")
    with page.expect_request(re.compile(r"/api/v1/scan$")) as sent:
        page.locator("input[type=file]").set_input_files(photo_of(demo_server.poster_link))
    assert sent.value.sizes()["requestBodySize"] < 400_000


def test_a_photo_without_a_code_or_with_another_one_says_so_and_keeps_the_other_ways(
    phone: Watched, picture: Callable[..., None]
) -> None:
    page = phone.page
    phone.plan(422, "/api/v1/scan")
    phone.open("/checkin")
    empty = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": encoded(on_a_wall(code_picture("x").resize((1, 1))))}
    page.locator("input[type=file]").set_input_files(empty)
    expect(page.get_by_role("alert")).to_contain_text("照片里没有找到二维码")
    picture(page, "phone-scan-nothing")
    page.locator("input[type=file]").set_input_files(photo_of("https://shop.example/menu?table=7"))
    expect(page.get_by_role("alert")).to_contain_text("不是驿站的")
    page.locator("[data-way=digits]").click()
    expect(page.locator("form [name=digits]")).to_be_visible()


def test_without_a_network_a_photo_leads_to_the_digits(phone: Watched, demo_server: DemoServer) -> None:
    page = phone.page
    phone.open("/checkin")
    page.locator("[data-network=cut]").click()
    page.locator("input[type=file]").set_input_files(photo_of(demo_server.poster_link))
    expect(page.get_by_role("alert")).to_contain_text("六位数字")


def test_g16_the_camera_opens_after_a_tap_that_says_why_and_reads_the_poster(
    open_phone: Callable[..., Watched], demo_server: DemoServer, picture: Callable[..., None]
) -> None:
    phone = open_phone()
    phone.context.add_init_script(CAN_READ + CAMERA)
    page = phone.page
    phone.open("/checkin")
    assert page.evaluate("window.asked") == []
    expect(page.get_by_text("相机只用来读海报或屏幕上的二维码")).to_be_visible()
    page.get_by_role("button", name="打开相机扫码").tap()
    expect(page.locator("video")).to_be_visible(timeout=1000)
    picture(page, "phone-camera")
    page.get_by_role("button", name="关闭相机").tap()
    expect(page.get_by_role("button", name="打开相机扫码")).to_be_focused()
    page.get_by_role("button", name="打开相机扫码").tap()
    page.evaluate("(link) => { window.seen = link; }", demo_server.poster_link)
    expect(page.locator("h1")).to_have_text(ZHANQIAO, timeout=1000)
    assert page.evaluate("window.asked") == ["getUserMedia", "getUserMedia"]


def test_a_denied_camera_is_explained_and_the_other_ways_stay(
    open_phone: Callable[..., Watched], picture: Callable[..., None]
) -> None:
    phone = open_phone()
    phone.context.add_init_script(CAN_READ + DENIED)
    page = phone.page
    phone.open("/checkin")
    page.get_by_role("button", name="打开相机扫码").tap()
    expect(page.get_by_role("alert")).to_contain_text("没有拿到相机权限，没关系")
    expect(page.locator("input[type=file]")).to_be_attached()
    expect(page.locator("[data-way=digits]")).to_be_visible()
    picture(page, "phone-camera-denied")


def test_the_screens_qr_opens_the_station_with_the_digits(phone: Watched, demo_server: DemoServer) -> None:
    page = phone.page
    digits = page.request.get(f"{phone.base}/demo/desk.json").json()["codes"]
    shown = next(code["credential"] for code in digits if code["key"] == "digits").partition(":")[2]
    phone.open("/checkin")
    page.locator("input[type=file]").set_input_files(photo_of(f"{demo_server.base}/c/ZHANQIAO?r={shown}", turned=0))
    expect(page.locator("h1")).to_have_text(ZHANQIAO)
    page.get_by_role("button", name="盖章打卡").tap()
    expect(page.locator("h1")).to_have_text("盖章成功")
