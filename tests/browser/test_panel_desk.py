"""The office at its desk: J6 and what the panel's own script adds, in Chromium, without a single CSP report."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PASSWORD, DemoServer, Watched

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
WIDTHS = (1280, 1024, 768, 375)
J6_CLICKS = 12
PAYLOAD = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
PAGES = {
    "dashboard": "/admin/",
    "stations": "/admin/stations/",
    "station": "/admin/stations/details/?id=1",
    "station-edit": "/admin/stations/edit/?id=1",
    "station-new": "/admin/stations/new/",
    "close": "/admin/stations/act/close/?id=2",
    "checkins": "/admin/checkins/?state=refused",
    "checkin": "/admin/checkins/details/?id=1",
    "services": "/admin/services/",
    "organisations": "/admin/organisations/",
    "staff": "/admin/staff/",
    "person": "/admin/staff/details/?id=1",
    "person-new": "/admin/staff/new/",
    "audit": "/admin/audit/",
    "audit-entry": "/admin/audit/details/?id=3",
    "account": "/admin/account/",
    "empty": "/admin/stations/?q=nothing-of-this-name",
}


class Clicks:
    """Counts what a hand does."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, target: Locator) -> None:
        target.click()
        self.number += 1


# --- J6 ----------------------------------------------------------------------------------------------


def test_office_opens_a_new_station_and_closes_it_for_the_afternoon_and_the_phone_says_so(
    desk: Watched, open_phone: Callable[..., Watched], picture: Callable[..., None]
) -> None:
    page, click = desk.page, Clicks()
    desk.open("/admin/")
    click(page.get_by_role("link", name="站点", exact=True))
    click(page.get_by_role("link", name="新建站点"))
    page.get_by_label("编号").fill("XIAOGANG")
    page.get_by_label("中文名称").fill("小港湾文明旅游驿站")
    page.get_by_label("英文名称").fill("Xiaogang Bay Station")
    page.get_by_label("区市").select_option(label="市北区")
    page.get_by_label("输入的坐标系").select_option("gcj02")
    page.get_by_label("纬度").first.fill("36.083000")
    page.get_by_label("经度").first.fill("120.316500")
    expect(page.locator("[data-converted]")).to_contain_text("换算为 WGS-84")
    picture(page, "j6-new-station", full_page=True)
    click(page.get_by_role("button", name="保存", exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text("小港湾文明旅游驿站")
    expect(page.get_by_text("坐标已从 GCJ-02 换算为 WGS-84")).to_be_visible()
    click(page.get_by_role("button", name="开放"))
    expect(page.get_by_text("已开放，手机页马上可见")).to_be_visible()

    click(page.get_by_role("link", name="临时关闭"))
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_label("常用原因").select_option(label="设备检修")
    expect(dialog.get_by_label("英文原因")).to_have_value("Maintenance")
    dialog.get_by_label("中文原因").fill("下午设备检修")
    picture(page, "j6-close")
    click(dialog.get_by_role("button", name="临时关闭"))
    expect(page.get_by_text("已临时关闭，手机页已显示原因")).to_be_visible()
    assert click.number <= J6_CLICKS
    picture(page, "j6-closed")

    for language, words in (("zh-CN", "下午设备检修"), ("en", "Maintenance")):
        phone = open_phone(locale=language)
        phone.open("/c/XIAOGANG")
        expect(phone.page.get_by_text(words).first).to_be_visible()
        picture(phone.page, f"j6-phone-{language}")

    page.get_by_role("button", name="结束关闭").click()
    expect(page.get_by_text("关闭已结束")).to_be_visible()


def test_closing_works_without_any_script(open_desk: Callable[..., Watched]) -> None:
    desk = open_desk(java_script_enabled=False)
    page = desk.page
    page.goto(desk.base + "/admin/stations/?q=SHANGJIE")
    page.get_by_role("link", name="临时关闭").click()
    page.get_by_label("中文原因").fill("内部培训")
    page.get_by_label("英文原因").fill("Staff training")
    page.get_by_role("button", name="临时关闭").click()
    expect(page.get_by_text("已临时关闭")).to_be_visible()
    page.get_by_role("button", name="结束关闭").click()
    expect(page.get_by_text("关闭已结束")).to_be_visible()


# --- what the script adds ----------------------------------------------------------------------------


def test_escape_closes_the_dialog_and_the_focus_comes_back(desk: Watched) -> None:
    desk.open("/admin/stations/details/?id=3")
    button = desk.page.get_by_role("link", name="暂停")
    button.focus()
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_role("dialog")).to_be_visible()
    desk.page.keyboard.press("Escape")
    expect(desk.page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()


def test_a_refused_dialog_keeps_what_was_typed(desk: Watched) -> None:
    desk.plan(422, "/admin/stations/act/pause/")
    desk.open("/admin/stations/details/?id=3")
    desk.page.get_by_role("link", name="暂停").click()
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_label("中文原因").fill("改造")
    dialog.get_by_role("button", name="暂停").click()
    expect(desk.page.get_by_text("请填写这一项")).to_be_visible()
    expect(desk.page.get_by_label("中文原因")).to_have_value("改造")


def test_a_field_is_changed_in_the_list_and_undone(desk: Watched) -> None:
    page = desk.page
    desk.open("/admin/stations/?q=MUSEUM")
    cell = page.locator("[data-inline=phone]").first
    cell.get_by_role("button", name="修改电话").click()
    cell.get_by_role("textbox").fill("0532-8000 1234")
    cell.get_by_role("button", name="保存").click()
    expect(cell).to_contain_text("0532-8000 1234")
    page.get_by_role("button", name="撤销").click()
    expect(cell).to_contain_text("未公布")
    desk.open("/admin/stations/?q=MUSEUM")
    expect(page.locator("[data-inline=phone]").first).to_contain_text("未公布")


def test_an_inline_mistake_and_a_clash_are_said_beside_the_field(open_desk: Callable[..., Watched]) -> None:
    first, second = open_desk(), open_desk()
    second.plan(409, "/admin/stations/inline/")
    first.plan(422, "/admin/stations/inline/")
    for one in (first, second):
        one.open("/admin/stations/?q=QDNORTH")

    def change(one: Watched, words: str) -> Locator:
        cell = one.page.locator("[data-inline=phone]").first
        if not cell.get_by_role("textbox").count():
            cell.get_by_role("button", name="修改电话").click()
        cell.get_by_role("textbox").fill(words)
        cell.get_by_role("button", name="保存").click()
        return cell

    expect(change(first, "call me")).to_contain_text("电话只能包含数字")
    expect(change(first, "0532-1111")).to_contain_text("0532-1111")
    expect(change(second, "0532-2222")).to_contain_text("刚刚修改了这条记录")
    expect(second.page.get_by_role("textbox", name="电话")).to_have_value("0532-2222")


def test_filters_become_chips_and_leave_again(desk: Watched) -> None:
    page = desk.page
    desk.open("/admin/checkins/")
    page.get_by_text("筛选", exact=True).click()
    page.get_by_label("结果").select_option(label="未通过")
    page.get_by_label("原因").select_option(label="距离太远")
    page.get_by_role("button", name="查看结果").click()
    assert re.search(r"\?state=refused&reason=too_far$", page.url)
    page.get_by_role("link", name="原因：距离太远").click()
    expect(page.get_by_role("link", name="结果：未通过")).to_be_visible()
    assert page.url.endswith("?state=refused")


def test_coordinates_pasted_as_one_text_fill_both_fields(desk: Watched) -> None:
    page = desk.page
    desk.open("/admin/stations/new/")
    page.get_by_label("纬度").first.focus()
    page.keyboard.insert_text("120.316500, 36.083000")
    expect(page.get_by_label("纬度").first).to_have_value("36.083000")
    expect(page.get_by_label("经度").first).to_have_value("120.316500")


def test_the_menu_opens_and_closes_on_a_narrow_screen(open_desk: Callable[..., Watched]) -> None:
    desk = open_desk(viewport={"width": 375, "height": 812}, has_touch=True)
    desk.open("/admin/")
    menu = desk.page.get_by_role("navigation", name="主菜单")
    expect(menu).to_be_hidden()
    desk.page.get_by_role("link", name="菜单").click()
    expect(menu).to_be_visible()
    desk.page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    desk.page.get_by_role("link", name="菜单").click()
    menu.get_by_role("link", name="打卡记录").click()
    expect(desk.page.get_by_role("heading", level=1)).to_have_text("打卡记录")


def test_a_stranger_meets_the_sign_in_page_and_comes_back_to_where_they_were_going(
    open_desk: Callable[..., Watched], demo_server: DemoServer
) -> None:
    desk = open_desk(storage_state=None)
    desk.open("/admin/stations/?state=paused")
    desk.page.get_by_label("登录名").fill("admin")
    desk.page.get_by_label("密码").fill(PASSWORD)
    desk.page.get_by_role("button", name="登录").click()
    expect(desk.page.get_by_role("heading", level=1)).to_have_text("站点")
    assert desk.page.url == f"{demo_server.base}/admin/stations/?state=paused"
    desk.page.get_by_role("button", name="退出").click()
    expect(desk.page.get_by_role("heading", level=1)).to_have_text("登录")
    desk.page.go_back()
    expect(desk.page.get_by_role("heading", level=1)).to_have_text("登录")


# --- I5 ----------------------------------------------------------------------------------------------


def test_hostile_text_in_every_field_runs_nowhere(desk: Watched, open_phone: Callable[..., Watched]) -> None:
    page = desk.page
    spoken: list[str] = []
    page.on("dialog", lambda dialog: (spoken.append(dialog.message), dialog.dismiss()))
    desk.open("/admin/stations/new/")
    page.get_by_label("编号").fill("HOSTILE1")
    for label in ("中文名称", "英文名称", "中文地址", "英文地址", "中文介绍", "英文介绍"):
        page.get_by_label(label).fill(PAYLOAD)
    page.get_by_label("区市").select_option(label="市南区")
    page.get_by_label("纬度").first.fill("36.060000")
    page.get_by_label("经度").first.fill("120.320000")
    page.locator("#services .tick input").first.check()
    page.get_by_label(re.compile("中文备注$")).first.fill(PAYLOAD)
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_role("button", name="开放").click()
    expect(page.get_by_role("link", name="暂停")).to_be_visible()
    page.wait_for_load_state()  # a click before the page's script is there opens the same form as a page
    page.get_by_role("link", name="暂停").click()
    page.get_by_role("dialog").get_by_label("中文原因").fill(PAYLOAD)
    page.get_by_role("dialog").get_by_label("英文原因").fill(PAYLOAD)
    page.get_by_role("dialog").get_by_role("button", name="暂停").click()
    expect(page.get_by_text("已暂停")).to_be_visible()
    station = page.url
    for path in (
        station,
        "/admin/",
        "/admin/stations/?q=HOSTILE1",
        "/admin/audit/",
        "/admin/checkins/",
        f"/admin/stations/?q={PAYLOAD}",
    ):
        desk.open(path)
    desk.open("/admin/stations/?q=HOSTILE1")
    page.locator("[data-inline=address_zh]").first.get_by_role("button").click()
    expect(page.locator("[data-inline=address_zh]").first.get_by_role("textbox")).to_have_value(PAYLOAD)
    phone = open_phone()
    phone.page.on("dialog", lambda dialog: (spoken.append(dialog.message), dialog.dismiss()))
    phone.open("/c/HOSTILE1")
    expect(phone.page.get_by_text(PAYLOAD).first).to_be_visible()
    assert spoken == []
    desk.open(station)
    page.get_by_text("更多", exact=True).click()
    page.get_by_role("link", name="撤站").click()
    page.get_by_role("dialog").get_by_label("原因").fill("测试结束")
    page.get_by_role("dialog").get_by_role("button", name="撤站").click()
    expect(page.get_by_text("已撤站").first).to_be_visible()


# --- gates of every page -----------------------------------------------------------------------------


def wide(page: Page) -> list[str]:
    """What stands out of the page to the right."""
    return page.evaluate(
        """() => {
          const root = document.documentElement;
          if (root.scrollWidth <= root.clientWidth) return [];
          const out = [...document.querySelectorAll("body *")]
            .filter((one) => one.getBoundingClientRect().right > root.clientWidth + 1)
            .slice(0, 5).map((one) => one.outerHTML.slice(0, 120));
          return out.length ? out : ["the page"];
        }"""
    )  # type: ignore[no-any-return]


def test_no_page_scrolls_sideways(desk: Watched, picture: Callable[..., None]) -> None:
    found = {}
    for name, path in PAGES.items():
        desk.open(path)
        for width in WIDTHS:
            desk.page.set_viewport_size({"width": width, "height": 812})
            if out := wide(desk.page):
                found[f"{name}, {width}"] = out
            picture(desk.page, f"panel-{name}-{width}", full_page=True)
    assert found == {}


def test_axe_finds_nothing_serious_in_light_or_dark(open_desk: Callable[..., Watched]) -> None:
    desk = open_desk(bypass_csp=True, reduced_motion="reduce")
    found = {}
    for name, path in PAGES.items():
        desk.page.emulate_media(color_scheme="light")
        desk.open(path)
        desk.page.add_script_tag(path=str(AXE))
        violations = desk.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
        desk.page.emulate_media(color_scheme="dark")
        violations += desk.page.evaluate("axe.run(document, { runOnly: ['color-contrast'] })")["violations"]
        grave = [
            (one["id"], node["html"][:160])
            for one in violations
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"][:3]
        ]
        if grave:
            found[name] = grave
    assert found == {}


def test_a_hand_finds_every_target_on_a_phone(open_desk: Callable[..., Watched]) -> None:
    desk = open_desk(viewport={"width": 375, "height": 812}, has_touch=True)
    small = {}
    for name in ("dashboard", "stations", "station", "checkins", "account"):
        desk.open(PAGES[name])
        found = desk.page.evaluate(
            """() => [...document.querySelectorAll("button, .button, .mini, summary, input:not([type=hidden]), select, .menu-open")]
              .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".visually-hidden") && !one.matches(".visually-hidden"))
              .map((one) => [one.closest("label")?.getBoundingClientRect().height ?? 0, one.getBoundingClientRect().height, one.outerHTML.slice(0, 100)])
              .filter(([label, own]) => Math.max(label, own) < 32).map(([, height, html]) => `${height}: ${html}`)"""
        )
        if found:
            small[name] = found
    assert small == {}
