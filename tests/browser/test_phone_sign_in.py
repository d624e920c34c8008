"""Signing in by phone: the code, a wrong one, and everything a guest has collected is still there."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import MODULES, Watched
from tests.browser.test_phone_gates import axe, form, sideways
from tests.browser.test_phone_journeys import STAMP_BY_POSTER, check_in

pytestmark = pytest.mark.browser

SMS, CODE = "/api/v1/auth/sms", "/api/v1/auth/sms/code"
_phones = (f"1380000{n:04d}" for n in itertools.count(1000))


def ask_for_code(page: Page, phone: str) -> str:
    """Fill in a number, agree, and have the code sent; returns what the demo shows."""
    page.locator("[name=phone]").fill(phone)
    page.locator("[name=agree]").check()
    page.get_by_role("button", name="获取验证码").tap()
    shown = page.locator(".demo-code strong")
    shown.wait_for()
    return shown.inner_text()


def sign_in(phone: Watched, number: str) -> None:
    phone.open("/login")
    code = ask_for_code(phone.page, number)
    phone.page.locator("[name=code]").fill(code)
    phone.page.get_by_role("button", name="登录", exact=True).tap()
    phone.page.get_by_text("已登录，护照和章都在").wait_for()
    phone.settle()


def test_a_guest_signs_in_corrects_a_wrong_code_and_keeps_the_stamp(
    phone: Watched, picture: Callable[..., None]
) -> None:
    page, number = phone.page, next(_phones)
    check_in(phone, "at", "poster")
    phone.open("/me")
    picture(page, "phone-me-guest")
    page.get_by_role("link", name="手机号登录").tap()
    expect(page.locator("[name=agree]")).not_to_be_checked()
    code = ask_for_code(page, number)
    expect(page.locator("[name=code]")).to_be_focused()
    expect(page.locator(".demo-code")).to_contain_text("演示")
    expect(page.get_by_role("button", name="秒后重发")).to_have_attribute("aria-disabled", "true")
    picture(page, "phone-login", full_page=True)

    phone.plan(401, SMS)
    page.locator("[name=code]").fill(f"{(int(code) + 1) % 1_000_000:06d}")
    page.get_by_role("button", name="登录", exact=True).tap()
    expect(page.locator("#code-problem")).to_contain_text("还可以试 4 次")
    expect(page.locator("[name=code]")).to_be_focused()
    picture(page, "phone-login-wrong", full_page=True)

    page.get_by_role("button", name="填进去").tap()
    page.locator("[name=code]").press("Enter")
    page.wait_for_url("**/me")
    phone.settle()
    expect(page.locator(".signed-in")).to_have_text(f"已登录{number[:3]}****{number[-4:]}")
    picture(page, "phone-me-citizen", full_page=True)
    phone.open("/passport")
    expect(page.locator(".place-inked")).to_have_count(1)


def test_another_phone_of_the_same_person_shows_the_stamps_of_both(
    open_phone: Callable[..., Watched], posters: dict[str, str]
) -> None:
    number = next(_phones)
    first, second = open_phone(), open_phone()
    sign_in(first, number)
    assert first.page.evaluate(STAMP_BY_POSTER, posters["SHANGJIE"]) == 201
    check_in(second, "at", "poster")
    second.page.clock.install()
    second.plan(429, CODE)
    second.open("/login")
    second.page.locator("[name=phone]").fill(number)
    second.page.locator("[name=agree]").check()
    second.page.get_by_role("button", name="获取验证码").tap()
    expect(second.page.locator("#code-problem")).to_contain_text("秒后再试")
    expect(second.page.get_by_role("button", name="秒后重发")).to_be_visible()


def test_merging_keeps_the_stamps_of_both_and_consents_are_given(phone: Watched, posters: dict[str, str]) -> None:
    number = next(_phones)
    check_in(phone, "at", "poster")
    sign_in(phone, number)
    page = phone.page
    given = page.evaluate(f"""{MODULES}.then((all) => all["api.js"].getMine("/me/consents"))""")
    assert {(each["purpose"], each.get("withdrawn_at")) for each in given["items"]} == {
        ("terms", None),
        ("privacy", None),
    }
    assert page.evaluate(STAMP_BY_POSTER, posters["SHANGJIE"]) == 201
    phone.open("/passport")
    expect(page.locator(".place-inked")).to_have_count(2)


def test_it_returns_to_where_one_was_and_nowhere_else(phone: Watched) -> None:
    page, number = phone.page, next(_phones)
    phone.open("/login?next=/passport")
    code = ask_for_code(page, number)
    page.locator("[name=code]").fill(code)
    page.get_by_role("button", name="登录", exact=True).tap()
    page.wait_for_url("**/passport")
    phone.settle()
    for elsewhere in ("//example.cn/", "https://example.cn/", "javascript:alert(1)"):
        phone.open(f"/login?next={elsewhere}")
        assert page.evaluate("location.host") in phone.base


def test_what_is_missing_is_said_at_its_field_and_the_texts_are_read_in_one_tap(phone: Watched) -> None:
    page = phone.page
    phone.open("/login")
    page.get_by_role("button", name="登录", exact=True).tap()
    for name, word in (("phone", "11 位手机号"), ("code", "6 位数字"), ("agree", "打勾")):
        expect(page.locator(f"#{name}-problem")).to_contain_text(word)
    expect(page.locator("[name=phone]")).to_be_focused()
    expect(page.locator("details")).to_have_count(2)
    page.locator("summary").first.tap()
    expect(page.locator("details[open] p").first).to_be_visible()
    phone.plan(422, CODE)
    page.locator("[name=phone]").fill("12345")
    page.locator("[name=agree]").check()
    page.get_by_role("button", name="获取验证码").tap()
    expect(page.locator("#phone-problem")).to_contain_text("138 0013 8000")


@pytest.mark.parametrize(
    ("locale", "lang", "elder"), [("zh-CN", "zh-CN", True), ("en-US", "en", True), ("en-US", "en", False)]
)
def test_the_sign_in_page_fits_is_named_and_passes_axe(
    open_phone: Callable[..., Watched], picture: Callable[..., None], locale: str, lang: str, elder: bool
) -> None:
    phone = open_phone(locale=locale, elder=elder)
    page = phone.page
    phone.open("/login")
    page.locator("[name=phone]").fill(next(_phones))
    page.locator("[name=agree]").check()
    page.locator(".code-line button").tap()
    page.locator(".demo-code strong").wait_for()
    assert sideways(page) == []
    page.set_viewport_size({"width": 375, "height": 812})
    assert form(page, lang) == []
    name = f"phone-login-{lang}{'-elder' if elder else ''}"
    picture(page, name, full_page=True)
    assert axe(page) == []
    page.emulate_media(color_scheme="dark")
    picture(page, f"{name}-dark", full_page=True)
