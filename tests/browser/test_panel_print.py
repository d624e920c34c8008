"""Posters on screen: one button, a true preview, and an SVG that a camera reads."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import Watched

pytestmark = pytest.mark.browser


def test_a_poster_is_one_button_away_and_its_svg_decodes(
    desk: Watched, posters: dict[str, str], picture: Callable[..., None]
) -> None:
    desk.open("/admin/stations/details/?id=1")
    code = str(desk.page.locator("code.badge").first.text_content())
    desk.page.get_by_role("link", name="打印海报").click()
    expect(desk.page.locator("h1")).to_contain_text("打印海报")
    for form in ("A4 海报", "贴纸"):
        shown = desk.page.get_by_role("img", name=form)
        assert shown.evaluate("async (image) => { await image.decode(); return image.naturalWidth; }") > 100
        (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(shown.screenshot())))
        assert found.text == desk.base + posters[code]
    picture(desk.page, "panel-print", full_page=True)
    with desk.page.expect_download() as waiting:
        desk.page.get_by_role("link", name="下载 PDF").first.click()
    version = posters[code].partition("v=")[2].partition("&")[0]
    assert waiting.value.suggested_filename == f"{code}-v{version}-a4.pdf"


@pytest.mark.parametrize("width", [1280, 768, 375])
def test_the_pages_fit_and_look_like_the_rest(
    open_desk: Callable[..., Watched], picture: Callable[..., None], width: int
) -> None:
    for scheme in ("light", "dark"):
        desk = open_desk(viewport={"width": width, "height": 800}, color_scheme=scheme)
        for name, path in (("one", "/admin/stations/posters/?id=1"), ("all", "/admin/stations/posters/")):
            desk.open(path)
            assert desk.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
            picture(desk.page, f"print-{name}-{width}-{scheme}", full_page=True)
