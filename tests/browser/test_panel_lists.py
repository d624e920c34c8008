"""J7's lists in Chromium: a dirty Excel file becomes invitations and is taken back; a unit's people are asked by paste."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DemoServer, Watched
from tests.browser.test_panel_desk import AXE
from tests.first_run.running import run
from tests.sheets.books import book

pytestmark = pytest.mark.browser
HEADS = ("序号", "姓名*", "联系电话", "生日", "所属区市", "性别", "专长", "备注")
CLICKS = 10
PASTED = """姓名 电话
1. 示例钱一 17200000101
示例钱二，172-0000-0102
17200000103 示例钱三
示例钱四 1720000
示例钱五 17200000101
欧阳示例海鸥志愿服务队队长 ＋８６ 17200000106"""
SCENE = """
from app.core import clock
from app.factory import create_app
from tests.builders import City

app = create_app()
with app.app_context():
    city = City(app)
    event = city.event(title_zh="集体报名演示：奥帆中心环境维护与文明观鸥劝导")
    print(city.shift(event, capacity=30).id)
"""


@pytest.fixture
def dirty(tmp_path: Path) -> Path:
    """A list as a unit sends it: numbers for phones, serial days, full width, and five rows that nobody can read."""
    path = tmp_path / "市南区志愿者名单（最终版2）.xlsx"
    rows = [
        (n, f"示例　{chr(0x738B + n)}", 17200000000.0 + n, 32994 + n, "市南", "女" if n % 2 else "男", "急救、驾驶", "")
        for n in range(1, 21)
    ]
    rows[3] = (4, " 示例赵六 ", "＋８６ １７２-0000-0004", "1990年5月1日", "崂山区", "", "", "组长")
    rows[6] = (7, "示例孙七", "1.72E+10", "1988/8/8", "市北区", "男", "", "")
    rows[9] = (10, "示例李十", "17200000010", "1988-02-30", "浦东新区", "男", "飞行", "")
    rows[12] = (13, "示例周小", "17200000013", "2019-06-01", "市南区", "女", "", "未成年")
    path.write_bytes(book(HEADS, *rows))
    return path


@pytest.fixture(scope="module")
def shift(demo_server: DemoServer) -> int:
    folder = demo_server.service.folder
    said = run(["-c", SCENE], folder.parent, OUYU_SERVER__DATA_DIR=str(folder))
    assert said.code == 0, said.err
    return int(said.out)


def fits(desk: Watched) -> bool:
    return bool(desk.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def serious(desk: Watched) -> list[tuple[str, str]]:
    """What axe finds that keeps somebody out."""
    desk.page.add_script_tag(path=str(AXE))
    found = desk.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [
        (one["id"], node["html"][:160])
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def test_a_dirty_list_becomes_invitations_and_is_taken_back(
    desk: Watched, dirty: Path, picture: Callable[..., None]
) -> None:
    page, clicks = desk.page, 0

    def click(name: str, role: str = "button") -> None:
        nonlocal clicks
        clicks += 1
        page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]

    desk.open("/admin/volunteers/")
    click("导入名单", "link")
    desk.open("/admin/volunteer_imports/new/")
    picture(page, "volunteer-import-1-new")
    page.get_by_label("Excel 文件").set_input_files(dirty)
    click("上传并预览")
    for step, count in (("wrong", 3), ("new", 17)):
        expect(page.locator(f"[data-step={step}][data-number]")).to_have_attribute("data-number", str(count))
    expect(page.locator("[data-line='8'] [data-sentence=phone]")).to_contain_text("科学计数法")
    expect(page.locator("[data-line='14'] [data-sentence=guardian_name]")).to_contain_text("监护人")
    picture(page, "volunteer-import-2-errors", full_page=True)
    click("只导入没有问题的行", "link")
    click("只导入没有问题的行")
    expect(page.locator(".notice").last).to_contain_text("邀请 17 位志愿者")
    picture(page, "volunteer-import-3-done", full_page=True)
    click("撤销这次导入", "link")
    page.locator("dialog, main").get_by_role("button", name="撤销这次导入").click()
    clicks += 1
    expect(page.locator(".badge", has_text="已撤销")).to_be_visible()
    picture(page, "volunteer-import-4-undone", full_page=True)
    assert clicks <= CLICKS


def test_a_unit_is_asked_by_paste_and_every_line_is_answered(
    shift: int, desk: Watched, picture: Callable[..., None]
) -> None:
    page = desk.page
    desk.open(f"/admin/roster/details/?id={shift}")
    page.get_by_role("link", name="单位集体报名").click()
    picture(page, "unit-1-empty", full_page=True)
    page.get_by_label("姓名和手机号").fill(PASTED)
    page.get_by_role("button", name="发出邀请").click()
    for what, count in (("new", 4), ("left", 2)):
        expect(page.locator(f"[data-what={what}]")).to_have_attribute("data-number", str(count))
    picture(page, "unit-2-answers", full_page=True)
    expect(page.locator("#lines")).to_have_value("示例钱四 1720000\n示例钱五 17200000101")
    page.locator("#lines").fill("示例钱四 17200000104")
    page.get_by_role("button", name="发出邀请").click()
    expect(page.locator("[data-what=new]")).to_have_attribute("data-number", "1")
    page.get_by_role("link", name="返回名单").first.click()
    expect(page.locator(".part-invited .part-count")).to_have_text("5")
    picture(page, "unit-3-roster", full_page=True)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (768, "light"), (375, "light")])
def test_the_pages_of_lists_fit_at_every_width(
    shift: int, open_desk: Callable[..., Watched], dirty: Path, picture: Callable[..., None], width: int, scheme: str
) -> None:
    desk = open_desk(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    page = desk.page
    desk.open("/admin/volunteer_imports/new/")
    page.get_by_label("Excel 文件").set_input_files(dirty)
    page.get_by_role("button", name="上传并预览").click()
    page.locator("[data-line='8']").wait_for()
    assert (fits(desk), serious(desk)) == (True, [])
    picture(page, f"volunteer-import-{width}", full_page=True)
    desk.open(f"/admin/roster/unit/?id={shift}")
    page.locator("#lines").fill("示例钱九 1720000")
    page.get_by_role("button", name="发出邀请").click()
    page.locator("[data-line='1']").wait_for()
    assert (fits(desk), serious(desk)) == (True, [])
    picture(page, f"unit-{width}", full_page=True)
