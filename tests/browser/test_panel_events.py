"""J7's event: planned on one page, handed in, and published by a second person, in Chromium; then its pages at all widths."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app.core import clock
from app.core.clock import city_time
from tests.browser.conftest import PASSWORD, DemoServer, Watched
from tests.first_run.running import flask

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
CLICKS = 10
SERIOUS = (
    "axe.run().then(r => r.violations.filter(v => /serious|critical/.test(v.impact)).map(v => v.id + v.nodes[0].html))"
)
WIDTHS = (1280, 1024, 768, 375)
TYPED = {
    "中文标题": "八大关秋叶引导", "英文标题": "Autumn leaves at Badaguan", "中文集合地点": "居庸关路口",
    "英文集合地点": "Juyongguan Road corner", "中文简介": "为看秋叶的游客指路", "英文简介": "Show visitors the way",
    "中文参加条件": "年满 16 岁", "英文参加条件": "16 or older", "中文风险提示": "路窄车多，注意来车",
    "英文风险提示": "Narrow roads with traffic", "联系方式": "0532-0000", "中文岗位名称": "引导员",
    "英文岗位名称": "Guide", "名额": "12", "最少人数": "3",
}  # fmt: skip


class Clicks:
    """Counts what two hands do."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, target: Locator) -> None:
        target.click()
        self.number += 1


@pytest.fixture(scope="module")
def colleague(chromium: Browser, demo_server: DemoServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The cookies of a second administrator, who came in by a link of their own."""
    folder = demo_server.service.folder
    made = flask(
        folder.parent, "staff", "create", "wang.nan", "--name", "王南", "--role", "city_admin", "--scope", "city",
        OUYU_SERVER__DATA_DIR=str(folder), OUYU_SERVER__PUBLIC_URL=demo_server.base,
    )  # fmt: skip
    context = chromium.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(made.out.strip())
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=again]", PASSWORD)
    page.click("text=设置密码并进入")
    page.wait_for_url("**/admin/")
    path = tmp_path_factory.mktemp("colleague") / "cookies.json"
    context.storage_state(path=str(path))
    context.close()
    return str(path)


def fill(page: Page) -> None:
    for label, value in TYPED.items():
        page.get_by_label(label, exact=False).first.fill(value)
    page.get_by_label("类型").select_option(label="引导咨询")
    page.get_by_label("区市").select_option(label="市南区")
    starts = city_time(clock.now()) + timedelta(days=5)
    for label, at in (("开始", starts), ("结束", starts + timedelta(hours=3))):
        page.get_by_label(label).fill(at.strftime("%Y-%m-%dT%H:%M"))


def test_an_event_is_planned_and_published_by_a_second_person_within_ten_clicks(
    desk: Watched, open_desk: Callable[..., Watched], colleague: str, picture: Callable[..., None]
) -> None:
    click, page = Clicks(), desk.page
    desk.open("/admin/")
    click(page.get_by_role("link", name="活动", exact=True))
    click(page.get_by_role("link", name="新建活动").first)
    fill(page)
    picture(page, "j7-event-new", full_page=True)
    click(page.get_by_role("button", name="保存并送审"))
    expect(page.get_by_text("已送审。您是起草人，请另一位同事核对后发布。")).to_be_visible()
    picture(page, "j7-event-handed-in", full_page=True)

    second = open_desk(storage_state=colleague)
    page = second.page
    second.open("/admin/")
    click(page.get_by_role("link", name="个活动待审核"))
    click(page.get_by_role("link", name="八大关秋叶引导"))
    click(page.get_by_role("link", name="发布"))
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 个班次，共 12 个名额")
    picture(page, "j7-event-publish")
    click(dialog.get_by_role("button", name="发布"))
    expect(page.get_by_text("已发布，手机页马上可见")).to_be_visible()
    picture(page, "j7-event-published", full_page=True)
    assert click.number <= CLICKS
    shown = page.request.get(f"{second.base}/api/v1/events?q=八大关秋叶").json()["items"]
    assert [one["title"] for one in shown] == ["八大关秋叶引导"]


def test_a_week_is_planned_and_taken_back_without_any_script(open_desk: Callable[..., Watched]) -> None:
    desk = open_desk(java_script_enabled=False)
    page = desk.page
    page.goto(desk.base + "/admin/events/new/")
    for label in ("中文标题", "英文标题", "中文岗位名称", "英文岗位名称"):
        page.get_by_label(label).fill(f"Roster {label}")
    page.get_by_label("类型").select_option(label="便民服务")
    page.get_by_label("区市").select_option(label="市南区")
    starts = city_time(clock.now()) + timedelta(days=2)
    page.get_by_label("开始").fill(starts.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("结束").fill((starts + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_role("link", name="按周排班").click()
    for day in ("周六", "周日"):
        page.get_by_label(day).check()
    page.get_by_label("开始").fill("9:00")
    page.get_by_label("结束").fill("12:00")
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_text("新增 8")).to_be_visible()
    page.get_by_role("button", name="排 8 个班次").click()
    expect(page.get_by_text("已排 8 个班次")).to_be_visible()
    page.get_by_role("link", name="撤销这批").click()
    page.get_by_role("button", name="撤销这批班次").click()
    expect(page.get_by_text("这批班次已撤销")).to_be_visible()
    page.get_by_role("link", name="取消", exact=True).first.click()
    page.get_by_label("中文原因").fill("下雨")
    page.get_by_label("英文原因").fill("Rain")
    page.get_by_role("button", name="取消班次").click()
    expect(page.get_by_text("班次已取消")).to_be_visible()


@pytest.mark.parametrize("path", ["", "new/", "calendar/", "calendar/?view=week", "board/"])
def test_the_pages_fit_every_width_and_axe_finds_nothing_serious(
    open_desk: Callable[..., Watched], path: str, picture: Callable[..., None]
) -> None:
    for width in WIDTHS:
        desk = open_desk(viewport={"width": width, "height": 800}, bypass_csp=True)
        desk.open(f"/admin/events/{path}")
        assert desk.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), width
        desk.page.add_script_tag(path=str(AXE))
        found = desk.page.evaluate(SERIOUS)
        assert found == [], (width, found)
        picture(desk.page, f"events-{path.strip('/').replace('/?view=', '-') or 'list'}-{width}", full_page=True)
