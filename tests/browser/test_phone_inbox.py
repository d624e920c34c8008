"""Messages on the phone: a dot says that there are some, reading takes it away, and a private link opens the calendar."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from app.demo.volunteers import VISITOR_PHONE
from tests.browser.conftest import Watched
from tests.browser.test_phone_gates import axe, form, sideways
from tests.browser.test_phone_sign_in import _phones, sign_in

pytestmark = pytest.mark.browser


def test_a_volunteer_reads_what_happened_to_their_sign_ups_and_gets_a_calendar_link(
    phone: Watched, picture: Callable[..., None]
) -> None:
    page = phone.page
    sign_in(phone, VISITOR_PHONE)
    expect(page.locator(".tab-news")).to_be_visible()
    page.locator("a[href='/me/inbox']").click()
    phone.settle()
    expect(page.get_by_role("heading", level=2).first).to_be_visible()
    assert sideways(page) == []
    page.set_viewport_size({"width": 375, "height": 812})
    assert axe(page) == []
    page.emulate_media(color_scheme="light")
    assert form(page, "zh-CN") == []
    picture(page, "phone-inbox")

    page.get_by_role("button", name="全部标为已读").click()
    expect(page.get_by_role("button", name="全部标为已读")).to_be_hidden()
    expect(page.locator(".tab-news")).to_be_hidden()

    page.get_by_role("button", name="生成日历链接").click()
    link = page.locator(".private-link")
    expect(link).to_contain_text(re.compile(r"/calendar/[\w-]{43}\.ics"))
    file = phone.context.request.get(link.inner_text())
    assert file.headers["content-type"] == "text/calendar; charset=utf-8"
    assert "BEGIN:VEVENT" in file.text()
    first = link.inner_text()
    page.get_by_role("button", name="换一个新链接").click()
    expect(link).not_to_have_text(first)
    assert phone.context.request.get(first).status == 404
    picture(page, "phone-inbox-calendar", full_page=True)


def test_without_signing_in_the_inbox_is_empty_and_shows_a_way_on(phone: Watched) -> None:
    phone.open("/me/inbox")
    expect(phone.page.get_by_text("还没有消息")).to_be_visible()
    phone.page.get_by_role("link", name="看看活动").click()
    expect(phone.page).to_have_url(re.compile(r"/events$"))


def test_a_reading_that_fails_is_told_and_can_be_tried_again(phone: Watched) -> None:
    page = phone.page
    sign_in(phone, next(_phones))
    phone.plan(503, "/api/v1/me/inbox")
    page.route("**/api/v1/me/inbox", lambda route: route.fulfill(status=503, json={"detail": "现在有点忙。"}))
    phone.open("/me/inbox")
    expect(page.get_by_text("现在有点忙。")).to_be_visible()
    page.unroute("**/api/v1/me/inbox")
    page.get_by_role("button", name="再试一次").click()
    expect(page.get_by_text("还没有消息")).to_be_visible()
