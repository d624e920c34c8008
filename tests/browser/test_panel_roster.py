"""Today's roster in Chromium: from the first page to the people, decided at once, seats changed, a sheet printed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DemoServer, Watched
from tests.browser.test_panel_desk import AXE
from tests.first_run.running import run

pytestmark = pytest.mark.browser
PATHS = (
    "",
    "roster/",
    "roster/details/?id={0}",
    "roster/details/?id={1}",
    "roster/capacity/?id={0}&capacity=9",
    "roster/sheet/?id={0}",
    "roster/together/",
    "signups/",
)
"""Every page of rosters, with the two shifts of the scene."""

SCENE = """
from datetime import timedelta
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import unit_of_work
from app.events import signups
from app.factory import create_app
from app.stations import queries
from tests.builders import City

app = create_app()
with app.app_context():
    today = clock.midnight(clock.business_date(clock.now()))
    noon, start = today - timedelta(hours=12), today + timedelta(minutes=30)
    with clock.frozen(noon):
        city = City(app)
        station = queries.get_station_by_code("ZHANQIAO")
        people = [city.volunteer(f"1710000{n:04}", real_name=f"{name}示例", qualifications={"first_aid": None} if n % 3 else {})
                  for n, name in enumerate("王李张刘陈杨黄赵吴周徐孙马朱胡郭")]
        event = city.event(title_zh="名单演示：海鸥季文明观鸥与潮汐安全劝导志愿服务", station_id=station.id, place_zh="回澜阁前广场", at=noon)
        full = city.shift(event, starts_in=start - noon, hours=23.4, capacity=6, min_cover=6, title_zh="潮汐安全提醒员", at=noon)
        review = city.shift(event, starts_in=start - noon, hours=23.4, capacity=4, min_cover=2, title_zh="急救点值守",
                            qualifications=["first_aid"], approval="review", at=noon)
        def apply(one, shift):
            with unit_of_work():
                return signups.apply(one[0].actor, shift.public_id, risk_ack=True, at=noon)
        first = [apply(one, full) for one in people[:10]]
        for one in people[10:]:
            if one[1].id and people.index(one) % 3:
                apply(one, review)
        with unit_of_work():
            signups.cancel(people[0][0].actor, first[0].public_id, at=noon)
        with unit_of_work():
            signups.invite(SYSTEM, full.id, people[15][1].id, at=noon)
    print(full.id, review.id)
"""
"""Two shifts of today at a station, made yesterday: one full with a queue and an offer, one before staff."""


def named(path: str) -> str:
    return path.split("?", maxsplit=1)[0].strip("/").replace("/", "-") or "front"


@pytest.fixture(scope="module")
def scene(demo_server: DemoServer) -> tuple[int, int]:
    folder = demo_server.service.folder
    said = run(["-c", SCENE], folder.parent, OUYU_SERVER__DATA_DIR=str(folder))
    assert said.code == 0, said.err
    full, review = said.out.split()
    return int(full), int(review)


def test_two_taps_from_the_first_page_the_roster_is_there_and_several_are_decided_at_once(
    scene: tuple[int, int], desk: Watched, picture: Callable[..., None]
) -> None:
    desk.open("/admin/")
    picture(desk.page, "dashboard-shifts")
    desk.page.get_by_role("link", name="班次名单").click()
    picture(desk.page, "roster-list", full_page=True)
    row = desk.page.get_by_role("row").filter(has_text="急救点值守")
    row.get_by_role("link").first.click()
    expect(desk.page.get_by_role("heading", level=1)).to_contain_text("名单演示")
    picture(desk.page, "roster-review", full_page=True)
    waiting = desk.page.locator(".part-pending")
    waiting.get_by_text("全选").click()
    waiting.get_by_role("button", name="通过", exact=True).click()
    expect(desk.page.get_by_role("heading", level=1)).to_contain_text("人")
    picture(desk.page, "roster-bulk")
    desk.page.get_by_role("button", name="通过").click()
    expect(desk.page.get_by_role("heading", name="已通过")).to_be_visible()
    picture(desk.page, "roster-report")
    desk.page.get_by_role("link", name="返回名单").first.click()
    expect(desk.page.locator(".part-confirmed")).to_be_visible()


def test_fewer_seats_are_shown_beforehand_and_more_are_saved(
    scene: tuple[int, int], desk: Watched, picture: Callable[..., None]
) -> None:
    """The served city's own job ends the scene's offer within a minute: then one seat less is taken."""
    desk.open(f"/admin/roster/details/?id={scene[0]}")
    picture(desk.page, "roster-full", full_page=True)
    desk.page.get_by_role("link", name="改名额").click()
    desk.page.get_by_label("新的名额").fill("4")
    desk.page.get_by_role("button", name="看看会怎样").click()
    expect(desk.page.get_by_text(re.compile("还要取消 [12] 人"))).to_be_visible()
    picture(desk.page, "capacity-less", full_page=True)
    desk.page.get_by_label("新的名额").fill("8")
    desk.page.get_by_role("button", name="看看会怎样").click()
    expect(desk.page.get_by_text(re.compile("空名额从 [01] 个变成 [23] 个"))).to_be_visible()
    picture(desk.page, "capacity-more")
    desk.page.get_by_role("button", name="保存：8 个名额").click()
    expect(desk.page.get_by_text("名额已改为 8 个")).to_be_visible()


def test_a_seat_is_filled_from_the_queue_and_a_note_is_sent(
    scene: tuple[int, int], desk: Watched, picture: Callable[..., None]
) -> None:
    desk.open(f"/admin/roster/details/?id={scene[0]}")
    line = desk.page.locator(".part-waitlisted li").first
    line.get_by_role("link", name="补位").click()
    dialog = desk.page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    picture(desk.page, "roster-promote")
    dialog.get_by_role("button", name="补位").click()
    expect(desk.page.get_by_text("已补位")).to_be_visible()
    coming = desk.page.locator(".part-confirmed")
    coming.get_by_text("全选").click()
    coming.get_by_role("button", name="发消息").click()
    desk.page.get_by_label("消息").fill("今天风大，请带防风外套，8:20 在回澜阁前集合。")
    picture(desk.page, "roster-note")
    desk.page.get_by_role("button", name="发消息").click()
    expect(desk.page.get_by_role("heading", name="已发消息")).to_be_visible()


def test_axe_finds_nothing_serious_on_rosters_in_light_or_dark(
    scene: tuple[int, int], open_desk: Callable[..., Watched], picture: Callable[..., None]
) -> None:
    desk = open_desk(bypass_csp=True, reduced_motion="reduce")
    for path in PATHS:
        desk.page.emulate_media(color_scheme="light")
        desk.open(f"/admin/{path.format(*scene)}")
        desk.page.add_script_tag(path=str(AXE))
        violations = desk.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
        desk.page.emulate_media(color_scheme="dark")
        picture(desk.page, f"roster-dark-{named(path)}", full_page=True)
        violations += desk.page.evaluate("axe.run(document, { runOnly: ['color-contrast'] })")["violations"]
        assert [
            (one["id"], node["html"][:160])
            for one in violations
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"][:3]
        ] == [], path


@pytest.mark.parametrize(("width", "height"), [(1024, 768), (768, 1024), (375, 812)])
def test_the_roster_fits_a_tablet_and_a_phone(
    scene: tuple[int, int], open_desk: Callable[..., Watched], picture: Callable[..., None], width: int, height: int
) -> None:
    desk = open_desk(viewport={"width": width, "height": height}, device_scale_factor=2, has_touch=True)
    for path in PATHS:
        desk.open(f"/admin/{path.format(*scene)}")
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert desk.page.evaluate(overflow) <= 0, path
        picture(desk.page, f"roster-{width}-{named(path)}", full_page=True)


def test_the_sheet_prints_on_paper_with_whole_names_for_a_reason(
    scene: tuple[int, int], desk: Watched, picture: Callable[..., None]
) -> None:
    desk.open(f"/admin/roster/sheet/?id={scene[0]}")
    expect(desk.page.get_by_text("李*").first).to_be_visible()
    picture(desk.page, "sheet", full_page=True)
    desk.page.get_by_text("显示完整姓名").first.click()
    desk.page.get_by_label("原因").fill("现场签到")
    desk.page.get_by_role("button", name="显示完整姓名").click()
    expect(desk.page.get_by_text("李示例")).to_be_visible()
    desk.page.emulate_media(media="print")
    picture(desk.page, "sheet-print", full_page=True)
    expect(desk.page.get_by_role("link", name="返回名单")).to_be_hidden()
