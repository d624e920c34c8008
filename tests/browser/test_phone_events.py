"""J3: a volunteer finds a shift, signs up in two taps, and sees a ticket, a place in the queue, an offer or a kind no."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import MODULES, Watched
from tests.browser.test_phone_offline import WORKER_READY
from tests.browser.test_phone_volunteer import send, write

pytestmark = pytest.mark.browser

Seafront = dict[str, Any]
TEXTS = ["K7", "A" * 14, "b" * 15, "Qk3vX9aLmZ0pRtW_.0123456789ab", "x" * 42, "栈桥"]


def event(seafront: Seafront, name: str) -> str:
    return f"/events/{seafront['events'][name]}"


def join(page: Page, seafront: Seafront, shift: str) -> Any:
    """The button that signs up for a shift."""
    return page.locator(f"[data-shift='{seafront['shifts'][shift]}']")


def signup_state(page: Page) -> str:
    return str(page.locator(".ticket").get_attribute("data-signup"))


def test_a_volunteer_finds_a_shift_by_its_day_and_holds_the_ticket_two_taps_later(
    open_as: Callable[..., Watched], seafront: Seafront, picture: Callable[..., None]
) -> None:
    phone = open_as("finds")
    page = phone.page
    phone.open("/")
    page.get_by_role("navigation").get_by_role("link", name="活动").tap()
    page.locator(f"[data-day='{seafront['day']}']").tap()
    expect(page).to_have_url(re.compile(rf"\?day={seafront['day']}$"))
    expect(page.locator(".programme-day h2")).to_have_count(1)
    picture(page, "phone-events")
    page.get_by_role("link", name="退潮时段礁石提醒").tap()
    expect(page.locator("h1")).to_have_text("退潮时段礁石提醒")
    expect(page.get_by_role("link", name="栈桥文明旅游驿站")).to_have_attribute("href", "/c/ZHANQIAO")
    picture(page, "phone-event", full_page=True)

    page.get_by_label("我已读过，了解这些风险").tap()
    join(page, seafront, "risky").tap()

    expect(page.locator("h1")).to_have_text("报名成功")
    expect(page.get_by_role("status").filter(has_text="名额是您的了")).to_be_visible()
    expect(page.get_by_text(re.compile(r"\d+月\d+日 10:00前可以随时取消"))).to_be_visible()
    code = page.locator(".ticket-digits").text_content()
    (read,) = zxingcpp.read_barcodes(Image.open(BytesIO(page.locator(".qr").screenshot())))
    assert read.text == code
    picture(page, "phone-ticket")
    calendar = page.get_by_role("link", name="加到日历").get_attribute("href")
    assert page.request.get(f"{phone.base}{calendar}").text().startswith("BEGIN:VCALENDAR")
    page.go_back()
    expect(page.locator(".shift").first.get_by_role("link", name="报名成功")).to_be_visible()
    phone.open("/signups")
    expect(page.locator(".rows .row")).to_have_count(1)
    page.get_by_role("navigation").get_by_role("link", name="首页").tap()
    page.locator(".home-next").filter(has_text="退潮时段礁石提醒").tap()
    expect(page.locator("h1")).to_have_text("报名成功")


def test_a_newcomer_signs_in_and_becomes_a_volunteer_on_the_way_and_comes_back_to_the_event(
    open_phone: Callable[..., Watched], seafront: Seafront
) -> None:
    phone = open_phone()
    page = phone.page
    phone.open(event(seafront, "plain"))
    page.get_by_role("link", name="手机号登录").tap()
    page.get_by_label("手机号").fill("13930000001")
    page.get_by_label("我已读过并同意").check()
    page.get_by_role("button", name="获取验证码").tap()
    page.get_by_role("button", name="填进去").tap()
    page.get_by_role("button", name="登录", exact=True).tap()
    page.get_by_role("link", name="成为志愿者").tap()
    write(page)
    page.get_by_label("我已阅读并同意实名信息的使用说明").check()
    send(page)
    page.get_by_role("link", name="回到刚才的活动").tap()
    expect(page.locator("h1")).to_have_text("海边指路半日")
    expect(join(page, seafront, "plain")).to_be_visible()


def test_without_the_tick_the_risks_are_pointed_out_and_nothing_is_sent(
    open_as: Callable[..., Watched], seafront: Seafront
) -> None:
    phone = open_as("taps")
    sent: list[str] = []
    phone.page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    phone.open(event(seafront, "risky"))
    join(phone.page, seafront, "risky").tap()
    expect(phone.page.get_by_role("alert").filter(has_text="请先读一读上面的安全须知")).to_be_visible()
    expect(phone.page.locator("[name=risk_ack]")).to_be_focused()
    assert sent == []


def test_a_double_tap_signs_up_once_and_a_silence_says_that_nothing_is_known(
    open_as: Callable[..., Watched], seafront: Seafront
) -> None:
    phone = open_as("taps")
    page = phone.page
    keys: list[str] = []
    silent = True

    def answer(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        route.abort("aborted") if silent else route.continue_()

    page.route("**/api/v1/shifts/*/signups", answer)
    phone.open(event(seafront, "plain"))
    join(page, seafront, "far").dblclick(no_wait_after=True)
    expect(page.get_by_role("alert").filter(has_text="还不知道有没有报上")).to_be_visible()
    silent = False
    join(page, seafront, "far").tap()
    expect(page.locator("h1")).to_have_text("报名成功")
    assert len(set(keys)) == 1, "the very same request is sent again"


def test_who_is_busy_then_reads_which_event_is_in_the_way_and_gets_there(
    open_as: Callable[..., Watched], seafront: Seafront, picture: Callable[..., None]
) -> None:
    phone = open_as("clashes")
    page = phone.page
    phone.open(event(seafront, "risky"))
    clash = page.locator(".reason").filter(has_text="与已报的“海边指路半日”")
    expect(clash).to_be_visible()
    expect(join(page, seafront, "risky")).to_have_count(0)
    expect(join(page, seafront, "inviting")).to_be_visible()
    picture(page, "phone-clash", full_page=True)
    clash.get_by_role("link", name="看看我的报名").tap()
    expect(page.locator(".row-name")).to_have_text(["海边指路半日"])


def test_a_full_shift_has_a_queue_with_a_number_and_leaving_it_costs_nothing(
    open_as: Callable[..., Watched], seafront: Seafront, picture: Callable[..., None]
) -> None:
    phone = open_as("waits")
    page = phone.page
    phone.open(event(seafront, "full"))
    shift = page.locator(".shift").filter(has=join(page, seafront, "full"))
    expect(shift).to_contain_text("已满，1 人候补")
    join(page, seafront, "full").tap()
    expect(page.locator("h1")).to_have_text("候补中")
    expect(page.get_by_role("status").filter(has_text="前面还有 1 人")).to_be_visible()
    picture(page, "phone-queue-place")
    page.get_by_role("button", name="不等了，退出").tap()
    page.get_by_role("button", name="确定取消").tap()
    expect(page.locator("h1")).to_have_text("已取消")


def test_an_offer_stands_on_top_with_the_time_left_and_is_taken_in_one_tap(
    open_as: Callable[..., Watched], seafront: Seafront, picture: Callable[..., None]
) -> None:
    phone = open_as("offered")
    page = phone.page
    phone.open("/signups")
    expect(page.locator("h2").first).to_have_text("等您答复")
    expect(page.get_by_text(re.compile(r"还剩 .+，为您留到"))).to_be_visible()
    picture(page, "phone-offer")
    page.get_by_role("button", name="接受名额").tap()
    expect(page.locator("h1")).to_have_text("报名成功")


def test_an_invitation_shows_its_risks_before_it_is_accepted(
    open_as: Callable[..., Watched], seafront: Seafront
) -> None:
    phone = open_as("invited")
    page = phone.page
    phone.open("/signups")
    page.get_by_role("link", name="退潮时段礁石提醒").tap()
    assert signup_state(page) == "invited"
    phone.plan(422, f"/api/v1{page.url.removeprefix(phone.base)}/accept")
    page.get_by_role("button", name="接受邀请").tap()
    expect(page.get_by_text("桥面湿滑")).to_be_visible()
    expect(page.locator("[name=risk_ack]")).to_be_focused()
    page.locator("[name=risk_ack]").tap()
    page.get_by_role("button", name="接受邀请").tap()
    expect(page.locator("h1")).to_have_text("报名成功")


def test_cancelling_says_its_consequence_first_and_frees_the_shift(
    open_as: Callable[..., Watched], seafront: Seafront
) -> None:
    phone = open_as("leaves")
    page = phone.page
    phone.open(f"/signups/{seafront['held']['leaves']}")
    page.get_by_role("button", name="取消报名").tap()
    expect(page.locator(".ticket-cancel")).to_contain_text("之后取消会记为“临时取消”，没有别的影响")
    page.get_by_role("button", name="先不取消").tap()
    assert signup_state(page) == "confirmed"
    page.get_by_role("button", name="取消报名").tap()
    page.get_by_role("button", name="确定取消").tap()
    expect(page.locator("h1")).to_have_text("已取消")
    expect(page.locator("h1")).to_be_focused()
    page.get_by_role("link", name="看看活动详情").tap()
    expect(join(page, seafront, "plain")).to_be_visible()


def test_a_cancelled_event_says_why_in_both_languages_and_leads_on(
    open_phone: Callable[..., Watched], seafront: Seafront
) -> None:
    for locale, reason in (("zh-CN", "活动已取消：大风预警，改期另行通知"), ("en-US", "Cancelled: A gale warning")):
        phone = open_phone(locale=locale)
        phone.open(event(seafront, "cancelled"))
        expect(phone.page.get_by_text(reason)).to_be_visible()
        assert phone.page.locator("[data-shift]").count() == 0


def test_who_is_not_signed_in_is_led_to_it_and_back_and_a_guest_to_volunteering(
    open_phone: Callable[..., Watched], seafront: Seafront
) -> None:
    phone = open_phone()
    page = phone.page
    phone.open(event(seafront, "plain"))
    way = page.get_by_role("link", name="手机号登录")
    expect(way).to_have_attribute("href", f"/login?next={event(seafront, 'plain').replace('/', '%2F')}")
    assert page.evaluate("localStorage.getItem('ouyu.token')") is None
    page.evaluate(
        """() => fetch("/api/v1/auth/guest", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" })
          .then((answer) => answer.json()).then(({ token }) => localStorage.setItem("ouyu.token", token))"""
    )
    phone.open(event(seafront, "plain"))
    way = page.get_by_role("link", name="成为志愿者")
    expect(way).to_have_attribute("href", f"/me/volunteer?next={event(seafront, 'plain').replace('/', '%2F')}")
    expect(way).to_have_count(1)


def test_filters_stand_in_the_address_and_an_empty_day_leads_on(
    open_phone: Callable[..., Watched], seafront: Seafront
) -> None:
    phone = open_phone()
    page = phone.page
    phone.open(f"/events?day={seafront['day']}")
    page.get_by_label("全部类型").select_option(label="潮汐安全提醒")
    expect(page.locator(".happening")).to_have_count(1)
    page.get_by_role("button", name="有名额").tap()
    page.get_by_label("全部区市").select_option(label="市南区")
    expect(page.locator(".happening")).to_have_count(1)
    page.reload()
    phone.settle()
    assert {"day", "category", "has_places", "district"} <= set(re.findall(r"(\w+)=", page.url))
    expect(page.get_by_label("全部类型")).to_have_value("tide_safety")
    expect(page.get_by_role("button", name="有名额")).to_have_attribute("aria-pressed", "true")
    page.locator(".happening").tap()
    expect(page.locator("h1")).to_have_text("退潮时段礁石提醒")
    page.go_back()
    expect(page.get_by_label("全部类型")).to_have_value("tide_safety")
    page.get_by_label("全部类型").select_option(label="外语服务")
    page.get_by_role("button", name="看近期全部活动").click()
    expect(page).to_have_url(f"{phone.base}/events")
    expect(page.locator(".happening").first).to_be_visible()


def test_a_title_from_the_office_is_text_and_never_markup(phone: Watched) -> None:
    page = phone.page
    evil = "<img src=x onerror=alert(1)>"
    day = "2026-11-25T09:00:00+08:00"
    item = {
        "id": "evil-one", "title": evil, "summary": evil, "category": "order", "organisation": evil, "place": evil, "station": None,
        "starts_at": day, "ends_at": day, "state": "cancelled", "cancel_reason": evil, "places": {"capacity": 1, "taken": 0, "waitlisted": 0},
    }  # fmt: skip
    page.route(
        re.compile(r"/api/v1/events(\?|$)"), lambda route: route.fulfill(json={"items": [item], "next_cursor": None})
    )
    phone.open("/events")
    expect(page.locator(".happening h3")).to_have_text(evil)
    assert page.locator("main img[src=x]").count() == 0


def test_a_failed_reading_says_so_and_comes_at_the_next_try(phone: Watched) -> None:
    page = phone.page
    phone.plan(503, "/api/v1/events")
    busy = {"code": "service.busy", "detail": "现在有点忙，请过几秒再试一次。"}
    page.route(re.compile(r"/api/v1/events(\?|$)"), lambda route: route.fulfill(status=503, json=busy))
    phone.open("/events")
    expect(page.get_by_role("alert").filter(has_text="现在有点忙")).to_be_visible()
    page.unroute_all()
    page.get_by_role("button", name="再试一次").click()
    expect(page.locator(".happening").first).to_be_visible()


def test_an_unknown_event_or_ticket_is_said_kindly(open_as: Callable[..., Watched]) -> None:
    phone = open_as("walks")
    for path, api, heading in (
        ("/events/nothing-here", "/api/v1/events/nothing-here", "没有这个活动"),
        ("/signups/nothing-here", "/api/v1/signups/nothing-here", "没有这条报名"),
    ):
        phone.plan(404, api)
        phone.open(path)
        expect(phone.page.locator("h1")).to_have_text(heading)
        assert phone.page.locator("main a.button").count() == 1


def test_the_ticket_is_readable_without_a_network_and_does_not_pretend(
    open_as: Callable[..., Watched], seafront: Seafront
) -> None:
    phone = open_as("keeps", service_workers="allow")
    page = phone.page
    phone.open("/signups")
    assert page.evaluate(WORKER_READY)
    phone.open(f"/signups/{seafront['held']['keeps']}")
    phone.go_offline(True)
    page.reload()
    phone.settle()
    expect(page.locator(".qr")).to_be_visible()
    expect(page.get_by_text("这是上次看到的样子")).to_be_visible()
    expect(page.get_by_role("button", name="取消报名")).to_be_disabled()
    phone.open("/signups")
    expect(page.locator(".rows .row")).to_have_count(1)


def test_the_code_drawn_on_the_phone_is_read_back(phone: Watched) -> None:
    phone.open("/signups")
    rows = phone.page.evaluate(f"(texts) => {MODULES}.then((modules) => texts.map(modules['qr.js'].squares))", TEXTS)
    for text, squares in zip(TEXTS, rows, strict=True):
        side = (len(squares) + 8) * 8
        drawn = Image.new("L", (side, side), 255)
        for y, row in enumerate(squares):
            for x, dark in enumerate(row):
                if dark:
                    drawn.paste(0, ((x + 4) * 8, (y + 4) * 8, (x + 5) * 8, (y + 5) * 8))
        assert [found.text for found in zxingcpp.read_barcodes(drawn)] == [text]
