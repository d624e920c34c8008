"""J6 by the dozen: an Excel file with mistakes becomes stations, and is taken back, in Chromium."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from tests.browser.conftest import Watched
from tests.sheets.books import book

pytestmark = pytest.mark.browser
HEADS = ("编号", "中文名称", "英文名称", "类型", "区市", "纬度", "经度", "坐标系", "半径（米）", "电话", "备注")
CLICKS = 8


@pytest.fixture
def dirty(tmp_path: Path) -> Path:
    """A file as an office sends it: spaces, full width, numbers, two mistakes, and a station that exists."""
    path = tmp_path / "八月新增驿站（第二批）.xlsx"
    path.write_bytes(book(
        HEADS,
        ("XGANG1", " 小港湾驿站", "Xiaogang Bay", "驿站", "市北区", 36.0795, 120.3092, "gcj02", 200, "０５３２-８２８８", "新"),
        ("MEIDAO", "小麦岛观海点", "Xiaomai Island View", "景点", "崂山区", 36.0542, 120.4262, "ＧＣＪ-02", 150, None, ""),
        ("TUANDAO2", "团岛灯塔", "Tuandao Lighthouse", "灯塔", "市南区", 36.045, 120.287, "wgs84", 150, None, ""),
        ("LAOSHAN9", "崂山仰口游客服务中心文明旅游驿站（含停车场志愿服务岗）", "", "驿站", "崂山区", 36.24, 120.67, None, 5, None, ""),
        ("ZHANQIAO", None, None, None, None, None, None, None, None, "0532-00000000", "示例"),
    ))  # fmt: skip
    return path


def fits(desk: Watched) -> bool:
    return bool(desk.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_a_dirty_file_is_imported_corrected_and_undone(
    desk: Watched, dirty: Path, tmp_path: Path, picture: Callable[..., None]
) -> None:
    page = desk.page
    clicks = 0

    def click(name: str, role: str = "button") -> None:
        nonlocal clicks
        clicks += 1
        page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]

    desk.open("/admin/imports/")
    picture(page, "import-0-empty")
    click("上传文件", "link")
    picture(page, "import-1-new")
    page.get_by_label("Excel 文件").set_input_files(dirty)
    click("上传并预览")
    expect(page.locator("h1")).to_have_text("八月新增驿站（第二批）.xlsx")
    for step, count in (("wrong", 2), ("changed", 1), ("new", 2), ("same", 0)):
        expect(page.locator(f"[data-step={step}][data-number]")).to_have_attribute("data-number", str(count))
    expect(page.locator("[data-line='4'] [data-sentence=kind]")).to_have_text("请从列表中选择。")
    expect(page.locator("[data-line='5'] [data-sentence=datum]")).to_contain_text("请写明坐标系")
    picture(page, "import-2-errors", full_page=True)
    with page.expect_download() as waiting:
        click("下载有问题的行", "link")
    click("只导入没有问题的行", "link")
    picture(page, "import-3-ask")
    click("只导入没有问题的行")
    expect(page.locator(".notice").last).to_contain_text("新建 2 个草稿，修改 1 个站点，2 行没有导入")
    picture(page, "import-4-success", full_page=True)

    sheet = load_workbook(io.BytesIO(waiting.value.path().read_bytes())).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert [row[0] for row in rows] == ["编号", "TUANDAO2", "LAOSHAN9"]
    rows[1][3], rows[2][2], rows[2][7], rows[2][8] = "景点", "Yangkou Visitor Centre", "wgs84", "150"
    corrected = tmp_path / "改好.xlsx"
    corrected.write_bytes(book(*rows))
    desk.open("/admin/imports/new/")
    page.get_by_label("Excel 文件").set_input_files(corrected)
    click("上传并预览")
    expect(page.locator("[data-step=new][data-number]")).to_have_attribute("data-number", "2")
    picture(page, "import-5-good", full_page=True)
    click("全部导入")
    expect(page.locator(".notice").last).to_contain_text("新建 2 个草稿")
    assert clicks <= CLICKS

    for name in ("改好.xlsx", dirty.name):
        desk.open("/admin/imports/")
        page.get_by_role("link", name=name).click()
        page.get_by_role("link", name="撤销这次导入").click()
        page.locator("dialog, main").get_by_role("button", name="撤销这次导入").click()
        expect(page.locator(".badge", has_text="已撤销")).to_be_visible()
    picture(page, "import-6-undone", full_page=True)
    desk.open("/admin/imports/")
    picture(page, "import-7-list")
    desk.open("/admin/stations/?q=TUANDAO2")
    expect(page.locator("h2", has_text="没有符合条件的站点")).to_be_visible()


def test_a_refused_file_says_why_and_the_pages_fit(
    open_desk: Callable[..., Watched], dirty: Path, picture: Callable[..., None]
) -> None:
    formula = io.BytesIO(book(["编号"], ["=1+1"], formulas=True)).getvalue()
    for width, scheme in ((1280, "dark"), (768, "light"), (375, "light")):
        desk = open_desk(viewport={"width": width, "height": 800}, color_scheme=scheme)
        desk.plan(422, "/admin/imports/new/")
        desk.open("/admin/imports/new/")
        desk.page.get_by_label("Excel 文件").set_input_files(
            {"name": "公式.xlsx", "mimeType": "application/octet-stream", "buffer": formula}
        )
        desk.page.get_by_role("button", name="上传并预览").click()
        expect(desk.page.get_by_role("alert")).to_contain_text("A2 是公式")
        assert fits(desk)
        picture(desk.page, f"import-refused-{width}", full_page=True)
        desk.page.get_by_label("Excel 文件").set_input_files(dirty)
        desk.page.get_by_role("button", name="上传并预览").click()
        desk.page.locator("[data-line='4']").wait_for()
        assert fits(desk)
        picture(desk.page, f"import-errors-{width}", full_page=True)
        desk.open("/admin/imports/")
        assert fits(desk)
        picture(desk.page, f"import-list-{width}", full_page=True)
