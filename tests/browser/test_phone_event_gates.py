"""The gates on the pages of events: widths, targets, names, contrast, the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Watched
from tests.browser.test_phone_events import Seafront, event, join
from tests.browser.test_phone_gates import ELDER_TARGET_PX, SMALL_TARGETS, TARGET_PX, axe, form, sideways

pytestmark = pytest.mark.browser


def pages(seafront: Seafront, name: str) -> dict[str, str]:
    return {
        "events": "/events",
        "a day": f"/events?day={seafront['day']}",
        "event": event(seafront, "risky"),
        "cancelled": event(seafront, "cancelled"),
        "sign-ups": "/signups",
        "ticket": f"/signups/{seafront['held'][name]}",
    }


@pytest.mark.parametrize(("locale", "lang", "elder"), [("zh-CN", "zh-CN", False), ("en-US", "en", True)])
def test_every_page_of_events_fits_can_be_tapped_is_named_and_asks_for_nothing(
    open_as: Callable[..., Watched], seafront: Seafront, locale: str, lang: str, elder: bool
) -> None:
    phone = open_as("walks", locale=locale, elder=elder)
    wrong: dict[str, Any] = {}
    for name, path in pages(seafront, "walks").items():
        phone.open(path)
        found = sideways(phone.page)
        phone.page.set_viewport_size({"width": 375, "height": 812})
        found += phone.page.evaluate(SMALL_TARGETS, TARGET_PX)
        found += form(phone.page, lang)
        found += phone.page.evaluate("window.asked")
        if elder:
            sizes = [one.bounding_box() for one in phone.page.locator(".button-main, .tab, .shift .button").all()]
            found += [str(box) for box in sizes if box and min(box["width"], box["height"]) < ELDER_TARGET_PX]
        if found:
            wrong[name] = found
    assert wrong == {}


def test_axe_finds_nothing_serious_on_events_in_light_or_dark(
    open_as: Callable[..., Watched], seafront: Seafront
) -> None:
    phone = open_as("axes", reduced_motion="reduce")
    found = {}
    for name, path in pages(seafront, "axes").items():
        phone.open(path)
        found[name] = axe(phone.page)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_by_keyboard_alone_somebody_signs_up(open_as: Callable[..., Watched], seafront: Seafront) -> None:
    phone = open_as("walks")
    page = phone.page
    phone.open(event(seafront, "plain"))
    button = join(page, seafront, "far")
    for _ in range(40):
        page.keyboard.press("Tab")
        if button.evaluate("(one) => one === document.activeElement"):
            break
    assert button.evaluate("(one) => getComputedStyle(one).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("报名成功")
    expect(page.locator("h1")).to_be_focused()


def hold(page: Page, what: str | re.Pattern[str]) -> list[Route]:
    """Keep calls waiting until they are let go."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    page.route(what, keep)
    return held


@pytest.mark.parametrize("name", ["events", "event", "sign-ups", "ticket"])
def test_g11_a_slow_answer_shows_shapes_at_once(open_as: Callable[..., Watched], seafront: Seafront, name: str) -> None:
    phone = open_as("walks")
    held = hold(phone.page, re.compile(r"/api/v1/(events|me/signups|signups)\b"))
    phone.page.goto(phone.base + pages(seafront, "walks")[name])
    expect(phone.page.locator(".skeleton").first).to_be_visible(timeout=1000)
    for route in held:
        route.continue_()
    phone.page.unroute_all()
    phone.settle()
    expect(phone.page.locator(".skeleton")).to_have_count(0)


def test_g11_a_slow_sign_up_is_busy_and_cannot_be_sent_twice(
    open_as: Callable[..., Watched], seafront: Seafront
) -> None:
    phone = open_as("slow")
    held = hold(phone.page, "**/api/v1/shifts/*/signups")
    phone.open(event(seafront, "plain"))
    pressed = join(phone.page, seafront, "far")
    pressed.tap()
    expect(pressed).to_have_attribute("aria-busy", "true")
    pressed.tap(force=True)
    assert len(held) == 1
    held[0].continue_()
    expect(phone.page.locator("h1")).to_have_text("报名成功")


def test_g14_a_session_that_has_ended_keeps_the_place_and_says_the_way_on(
    open_as: Callable[..., Watched], seafront: Seafront
) -> None:
    phone = open_as("ends")
    page = phone.page
    place = event(seafront, "risky")
    phone.open(place)
    page.locator("[name=risk_ack]").check()
    for status, path in ((401, "/api/v1/shifts/"), (403, "/api/v1/shifts/")):
        phone.plan(status, f"{path}{seafront['shifts']['risky']}/signups")
    phone.plan(401, f"/api/v1{place}")
    page.evaluate("localStorage.setItem('ouyu.token', 'a-token-that-ended-in-the-meantime-000000000')")
    join(page, seafront, "risky").tap()
    way_on = page.locator("main").get_by_role("link", name="志愿者").or_(page.get_by_role("link", name="登录"))
    expect(way_on.first).to_be_visible()
    assert page.url.endswith(place)
