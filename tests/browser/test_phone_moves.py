"""Moving about: Back, refresh, deep links, the language switch, filters, the map, one's own page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import MODULES, Watched
from tests.browser.test_phone_journeys import check_in

pytestmark = pytest.mark.browser


def scrolled(page: Page) -> int:
    return int(page.evaluate("Math.round(window.scrollY)"))


def test_back_restores_the_list_its_filters_and_the_scroll(phone: Watched) -> None:
    page = phone.page
    phone.open("/stations")
    page.get_by_label("全部区市").select_option(label="市南区")
    expect(page).to_have_url(re.compile(r"district=370202"))
    expect(page.locator(".rows .row")).to_have_count(9)
    page.evaluate("window.scrollTo(0, 420)")
    before = scrolled(page)
    page.locator(".rows .row").nth(5).click()
    expect(page.locator(".plate h1")).to_be_visible()
    assert scrolled(page) == 0

    page.go_back()

    expect(page.locator(".rows .row")).to_have_count(9)
    expect(page.get_by_label("全部区市")).to_have_value("370202")
    phone.settle()
    assert abs(scrolled(page) - before) <= 2


def test_a_refresh_keeps_filters_view_and_result(phone: Watched) -> None:
    page = phone.page
    phone.open("/stations?district=370202&view=map&open_now=true")
    page.reload()
    phone.settle()
    expect(page.get_by_label("全部区市")).to_have_value("370202")
    expect(page.get_by_role("button", name="现在开放")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".map-sheet")).to_be_visible()
    check_in(phone, "at", "poster")
    page.reload()
    phone.settle()
    expect(page.locator("h1")).to_have_text("盖章成功")


def test_all_stations_come_with_load_more_and_an_end(phone: Watched) -> None:
    page = phone.page
    listed = len(page.request.get(f"{phone.base}/api/v1/stations?limit=100").json()["items"])
    assert listed >= 21
    phone.open("/stations")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    expect(page.locator(".list-end")).to_have_text(f"到底了，共 {listed} 个站点")
    expect(page.locator(".rows .row")).to_have_count(listed)


def test_nothing_found_offers_the_whole_city(phone: Watched) -> None:
    page = phone.page
    phone.open("/stations")
    page.get_by_role("searchbox").fill("不存在的站")
    page.get_by_role("button", name="清除筛选，看全市").click()
    expect(page.locator(".rows .row").first).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_value("")


def test_a_tap_on_the_map_names_the_station(phone: Watched) -> None:
    page = phone.page
    phone.open("/stations?view=map")
    page.locator(".map-point").first.click()
    expect(page.locator(".picked .row").first).to_be_visible()


def test_language_switches_in_place_and_keeps_what_was_typed(phone: Watched) -> None:
    page = phone.page
    phone.open("/checkin")
    page.locator("[data-way=link]").click()
    page.locator("form [name=credential]").fill("ZHANQIAO?v=9&k=half")
    phone.open("/me")
    page.go_back()
    phone.settle()
    page.evaluate(f"{MODULES}.then((modules) => modules['language.js'].speak('en'))")
    expect(page.locator("h1")).to_have_text("Check in")
    expect(page.locator("form [name=credential]")).to_have_value("ZHANQIAO?v=9&k=half")
    assert page.evaluate("document.documentElement.lang") == "en"
    page.reload()
    phone.settle()
    expect(page.locator("h1")).to_have_text("Check in")


def test_language_and_large_text_stand_on_home_without_scrolling_and_keep_the_focus(phone: Watched) -> None:
    page = phone.page
    phone.open("/")
    for name in ("长辈版", "English"):
        box = page.locator("main").get_by_role("button", name=name).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 812
    page.locator("main").get_by_role("button", name="长辈版").click()
    expect(page.locator("html")).to_have_class("elder")
    expect(page.get_by_role("button", name="标准版")).to_be_focused()
    page.reload()
    phone.settle()
    expect(page.locator("html")).to_have_class("elder")


def test_home_makes_at_most_three_calls(phone: Watched) -> None:
    check_in(phone, "at", "poster")
    calls: list[str] = []
    phone.page.on("request", lambda sent: calls.append(sent.url) if "/api/" in sent.url else None)
    phone.open("/")
    assert 1 <= len(calls) <= 3


def test_a_guest_renames_themselves_and_signs_out_with_a_warning(phone: Watched) -> None:
    page = phone.page
    check_in(phone, "at", "poster")
    phone.open("/me")
    page.get_by_role("button", name="改称呼").click()
    page.get_by_label("称呼").fill("")
    phone.plan(422, "/api/v1/me")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert").filter(has_text="请填写称呼")).to_be_visible()
    page.get_by_label("称呼").fill("海边的客人")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", name="海边的客人")).to_be_visible()
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("alert").filter(has_text="找不回")).to_be_visible()
    page.get_by_role("button", name="仍要退出").click()
    expect(page.get_by_role("heading", name="访客")).to_be_visible()
    assert page.evaluate("localStorage.getItem('ouyu.token')") is None


def test_a_slow_or_failed_reading_shows_a_sentence_and_a_retry(phone: Watched) -> None:
    page = phone.page
    phone.plan(503, "/api/v1/stations")
    failing = True

    def answer(route: Route) -> None:
        if failing:
            body = json.dumps({"code": "service.busy", "detail": "现在有点忙，请过几秒再试一次。"})
            route.fulfill(status=503, content_type="application/problem+json", body=body)
        else:
            route.continue_()

    page.route(re.compile(r"/api/v1/stations\?"), answer)
    phone.open("/stations")
    expect(page.get_by_role("alert").filter(has_text="现在有点忙")).to_be_visible()
    failing = False
    page.get_by_role("button", name="再试一次").click()
    expect(page.locator(".rows .row").first).to_be_visible()


def test_a_screen_whose_script_is_lost_says_so_and_comes_at_the_next_try(phone: Watched) -> None:
    page = phone.page
    page.route("**/static/later-*.js", lambda route: route.abort("aborted"))
    phone.open("/me")
    page.get_by_role("link", name="留言反馈").click()
    expect(page.locator("h1")).to_have_text("这一页还没载入")
    page.unroute("**/static/later-*.js")
    page.get_by_role("button", name="再试一次").click()
    expect(page.get_by_label("想说的话")).to_be_visible()


def test_a_double_tap_sends_one_request(phone: Watched) -> None:
    page = phone.page
    sent: list[Any] = []
    phone.open("/checkin")
    page.locator("[data-code=poster]").click()
    expect(page.locator("form [name=credential]")).not_to_have_value("")
    page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/checkins") else None)
    page.locator("form .button-main").dblclick(no_wait_after=True)
    expect(page.locator("h1")).to_have_text("盖章成功")
    assert len(sent) == 1


def test_wide_screens_get_a_rail_and_a_column_not_a_stretched_phone(open_phone: Callable[..., Watched]) -> None:
    phone = open_phone(viewport={"width": 1280, "height": 800}, has_touch=False)
    for path in ("/", "/stations", "/passport"):
        phone.open(path)
        tabs, main = phone.page.locator("#tabs").bounding_box(), phone.page.locator("main").bounding_box()
        assert tabs is not None
        assert main is not None
        assert tabs["x"] == 0
        assert tabs["height"] == 800
        assert main["width"] <= 820
        assert phone.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
