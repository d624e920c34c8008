"""Becoming a volunteer on the phone: the form, a child's guardian, an invitation from the office, and the gates on each."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Watched
from tests.browser.test_phone_gates import ELDER_TARGET_PX, SMALL_TARGETS, TARGET_PX, axe, form, sideways
from tests.browser.test_phone_sign_in import sign_in

pytestmark = pytest.mark.browser
MINE = "/api/v1/me/volunteer"
_phones = (f"1390000{n:04d}" for n in itertools.count(7000))


def arrive(phone: Watched) -> Page:
    """Sign in by a phone of one's own and open the page from 我的."""
    sign_in(phone, next(_phones))
    phone.open("/me")
    phone.page.get_by_role("link", name="做一名志愿者").click()
    phone.page.get_by_role("heading", name="登记成为志愿者").wait_for()
    return phone.page


def write(page: Page, name: str = "张海鸥", born: str = "1990-05-01") -> None:
    page.get_by_label("真实姓名").fill(name)
    page.get_by_label("出生日期").fill(born)
    page.get_by_label("常在的区市").select_option("370202")


def send(page: Page) -> None:
    page.get_by_role("button", name="提交登记").click()


def wrong_with(page: Page, least: int = TARGET_PX) -> list[Any]:
    """What the gates of every page find: sideways, small or covered targets, axe, names."""
    found = [*sideways(page), *page.evaluate(SMALL_TARGETS, least), *axe(page), *form(page, "zh-CN")]
    page.set_viewport_size({"width": 375, "height": 812})
    return found


def test_somebody_joins_reads_their_card_and_changes_what_they_said(
    open_phone: Callable[..., Watched], picture: Callable[..., None]
) -> None:
    phone = open_phone()
    page = arrive(phone)
    page.get_by_text("选填：语言、特长、紧急联系人").click()
    assert wrong_with(page) == []
    write(page)
    page.get_by_role("button", name="讲解导览").click()
    send(page)
    expect(page.get_by_text("请看过说明后勾选。")).to_be_visible()
    page.get_by_text("实名信息", exact=True).click()
    page.get_by_label("我已阅读并同意实名信息的使用说明").check()
    picture(page, "volunteer-form", full_page=True)

    send(page)

    card = page.locator(".volunteer-card")
    expect(card.get_by_role("heading", name="张*")).to_be_focused()
    expect(page.get_by_role("status").filter(has_text="可以报名")).to_be_visible()
    expect(page.locator(".facts")).to_contain_text("讲解导览")
    assert wrong_with(page) == []
    picture(page, "volunteer-card", full_page=True)

    page.get_by_role("button", name="修改资料").click()
    expect(page.get_by_text("现在是 张*，留空表示不改。")).to_be_visible()
    page.get_by_role("button", name="英语").click()
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator(".facts")).to_contain_text("英语")
    phone.open("/me")
    expect(page.get_by_role("link", name="已是志愿者")).to_be_visible()
    for came_from, word, leads_to in (
        ("", "看看有哪些活动", "/events"),
        ("?next=%2Fevents%3Fhas_places%3Dtrue", "回到刚才的活动", "/events?has_places=true"),
        ("?next=%2F%2Fevil.example", "看看有哪些活动", "/events"),
    ):
        phone.open(f"/me/volunteer{came_from}")
        expect(page.get_by_role("link", name=word)).to_have_attribute("href", leads_to)


def test_a_child_needs_a_guardian_and_then_waits_for_the_office(open_phone: Callable[..., Watched]) -> None:
    phone = open_phone(elder=True)
    phone.plan(422, MINE)
    page = arrive(phone)
    guardian = page.get_by_role("group", name="监护人")
    write(page, born="1990-05-01")
    expect(guardian).to_have_count(0)
    write(page, born="2020-05-01")
    expect(guardian).to_be_visible()
    page.get_by_text("选填：语言、特长、紧急联系人").click()
    assert wrong_with(page, ELDER_TARGET_PX) == []
    page.get_by_label("我已阅读并同意实名信息的使用说明").check()
    page.get_by_label("我是监护人，已阅读并同意").check()

    send(page)
    expect(guardian.get_by_text("需要监护人同意")).to_be_visible()
    expect(page.get_by_label("监护人姓名")).to_be_focused()
    page.get_by_label("监护人姓名").fill("张大海")
    page.get_by_label("监护人手机号").fill("123")
    send(page)
    expect(guardian.get_by_text("11 位的中国大陆手机号")).to_be_visible()
    page.get_by_label("监护人手机号").fill("139 0013 9000")
    send(page)

    expect(page.get_by_role("status").filter(has_text="待审核")).to_be_visible()
    expect(page.locator(".facts")).to_contain_text("张* 139****9000")


def test_a_failed_answer_is_said_and_nothing_typed_is_lost(open_phone: Callable[..., Watched]) -> None:
    phone = open_phone()
    phone.plan(503, MINE)
    page = arrive(phone)
    write(page)
    page.get_by_label("我已阅读并同意实名信息的使用说明").check()
    down = {
        "type": "/problems/service.busy",
        "status": 503,
        "code": "service.busy",
        "detail": "现在有点忙，请稍后再试。",
    }

    def busy(route: Route) -> None:
        if route.request.method == "PUT":
            route.fulfill(status=503, json=down, headers={"Retry-After": "2"})
        else:
            route.continue_()

    page.route(f"**{MINE}", busy)
    send(page)
    expect(page.get_by_role("alert").filter(has_text="现在有点忙")).to_be_visible()
    page.unroute(f"**{MINE}")

    page.reload()
    phone.settle()

    expect(page.get_by_label("出生日期")).to_have_value("1990-05-01")
    page.get_by_label("我已阅读并同意实名信息的使用说明").check()
    page.get_by_role("button", name="提交登记").dblclick()
    expect(page.locator(".volunteer-card")).to_be_visible()


def invite(desk: Watched, number: str) -> None:
    """Write somebody down in the panel."""
    desk.open("/admin/volunteers/new/")
    page = desk.page
    page.get_by_label("真实姓名").fill("王海燕")
    page.get_by_label("手机号", exact=True).or_(page.locator("#phone")).first.fill(number)
    page.locator("#birth_date").fill("1988-08-08")
    page.locator("#district").select_option("370203")
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_text("待本人接受").first.wait_for()


def test_what_the_office_wrote_down_is_accepted_or_declined_by_its_person(
    open_phone: Callable[..., Watched], open_desk: Callable[..., Watched], picture: Callable[..., None]
) -> None:
    desk = open_desk()
    for answer in ("accept", "decline"):
        number = next(_phones)
        invite(desk, number)
        phone = open_phone()
        page = phone.page
        sign_in(phone, number)
        phone.open("/me")
        page.get_by_role("link", name="有一份志愿者邀请等您答复").click()
        expect(page.get_by_role("heading", name="志愿者邀请")).to_be_visible()
        expect(page.locator(".facts")).to_contain_text("王*")
        assert wrong_with(page) == []
        picture(page, "volunteer-invitation", full_page=True)
        if answer == "accept":
            page.get_by_role("button", name="同意并接受").click()
            expect(page.locator(".volunteer-card")).to_contain_text("王*")
        else:
            page.get_by_role("button", name="谢绝").click()
            expect(page.get_by_text("登记的姓名等资料马上删除")).to_be_visible()
            page.get_by_role("button", name="确定谢绝").click()
            expect(page.get_by_role("heading", name="登记成为志愿者")).to_be_visible()
    desk.page.reload()
    expect(desk.page.get_by_text("个人信息都已删除")).to_be_visible()
