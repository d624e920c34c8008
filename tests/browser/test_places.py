"""A station's place and photos: dragged and pasted in the panel, seen on the phone, without a layout that jumps."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from tests.browser.conftest import Watched

pytestmark = pytest.mark.browser
CODE = "XIAOMAI"
JUMPS = """
window.jumps = 0;
new PerformanceObserver((list) => { for (const one of list.getEntries()) if (!one.hadRecentInput) window.jumps += one.value; })
  .observe({ type: "layout-shift", buffered: true });
"""


def drawn(folder: Path) -> Path:
    """A picture of no real place."""
    picture = Image.new("RGB", (900, 600), (180, 215, 240))
    ImageDraw.Draw(picture).rectangle((0, 340, 900, 600), fill=(40, 110, 160))
    file = BytesIO()
    picture.save(file, "JPEG")
    path = folder / "drawn.jpg"
    path.write_bytes(file.getvalue())
    return path


def open_station(desk: Watched) -> None:
    desk.open(f"/admin/stations/?q={CODE}")
    desk.page.click("td a.strong")
    desk.page.wait_for_load_state()


def test_a_photo_goes_from_the_desk_to_the_phone_and_moves_nothing_there(
    open_desk: Callable[..., Watched], open_phone: Callable[..., Watched], tmp_path: Path
) -> None:
    desk = open_desk()
    open_station(desk)
    desk.page.set_input_files("#photos > .photo-form input[type=file]", drawn(tmp_path))
    desk.page.click("#photos > .photo-form button")
    desk.page.get_by_text("照片已保存").wait_for()
    for width in (375, 320):
        phone = open_phone(viewport={"width": width, "height": 700})
        phone.context.add_init_script(JUMPS)
        phone.open(f"/c/{CODE}")
        photo = phone.page.locator(".photos img")
        expect(photo).to_have_js_property("complete", True)
        assert photo.evaluate("image => image.naturalWidth") == 900
        assert "小麦岛" in (photo.get_attribute("alt") or "")
        assert phone.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert phone.page.evaluate("window.jumps") <= 0.1
    phone.open("/stations?q=小麦岛")
    assert phone.page.locator(".row img.emblem-photo").evaluate("image => image.getBoundingClientRect().width") == 52
    desk.page.click("#photos .mini-danger")
    desk.page.click("dialog .button-danger")
    desk.page.get_by_text("照片已移除").wait_for()
    phone.open(f"/c/{CODE}")
    assert phone.page.locator(".photos").count() == 0


def test_a_circle_is_added_pasted_and_dragged_and_the_map_asks_nobody_else(open_desk: Callable[..., Watched]) -> None:
    desk = open_desk()
    page = desk.page
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(re.sub(r"^(\w+://[^/]+).*", r"\1", request.url)))
    open_station(desk)
    page.click("text=编辑")
    page.locator(".fence-point").wait_for()
    page.locator("[data-place]").scroll_into_view_if_needed()
    page.click("[data-add-circle]")
    second = page.locator("[data-circle]").nth(1)
    second.locator("[data-lat]").fill("36°03′14″N 120°25′30″E")
    second.locator("[data-lng]").fill("")
    expect(second.locator("[data-lng]")).to_have_value("120.425000")
    page.select_option("[name=coord_sys]", "gcj02")
    page.get_by_text("换算为 WGS-84").wait_for()
    assert page.locator("[data-readings] .chosen").inner_text().startswith("GCJ-02")
    page.locator("[data-map]").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('[data-map]').scrollIntoView({ block: 'start' })")
    box = page.locator(".fence-point").nth(1).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 22, box["y"] + 22)
    page.mouse.down()
    page.mouse.move(box["x"] + 62, box["y"] + 2, steps=6)
    page.mouse.up()
    expect(page.locator("[name=coord_sys]")).to_have_value("wgs84")
    moved = page.locator("[data-lng]").nth(1).input_value()
    assert 120.415 < float(moved) < 120.43
    assert moved != "120.425000"
    second.get_by_role("button", name="移除这个圆").click()
    assert page.locator("[data-circle]").count() == 1
    assert hosts == {desk.base}
