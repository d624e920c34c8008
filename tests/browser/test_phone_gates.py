"""The gates of every phone page: no sideways scroll, reachable targets, axe, headings and labels, no prompt on load."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import DemoServer, Watched
from tests.browser.test_phone_journeys import CHECKINS, check_in

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
WIDTHS = (375, 320, 414)
TARGET_PX = 44
ELDER_TARGET_PX = 60

SIDEWAYS = """() => {
  const wide = document.documentElement.clientWidth;
  const over = [...document.querySelectorAll("body *")].filter((element) => {
    if (element.closest("[data-scroll-x], .unseen, .skip, .hero > svg, .stamp, .map-sheet")) return false;
    const box = element.getBoundingClientRect();
    return box.width && box.right > wide + 0.5;
  }).map((element) => `${element.tagName}.${element.className}`);
  return { scrolls: document.documentElement.scrollWidth > wide, over };
}"""

SMALL_TARGETS = """(least) => {
  const found = [];
  const chosen = "a, button, input, select, summary, [role=button], [role=tab], [role=link], [role=switch]";
  for (const element of document.querySelectorAll(chosen)) {
    if (element.closest(".skip")) continue;
    let box = element.getBoundingClientRect();
    if (!box.width) continue;
    element.scrollIntoView({ block: "center" });
    box = element.getBoundingClientRect();
    if (box.width < least - 0.5 || box.height < least - 0.5) found.push(`small ${element.outerHTML.slice(0, 80)} ${box.width}×${box.height}`);
    const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    const label = element.closest("label");
    if (!hit || !(element.contains(hit) || (label && label.contains(hit)))) {
      found.push(`covered ${element.outerHTML.slice(0, 80)} by ${hit && hit.outerHTML.slice(0, 60)}`);
    }
  }
  return found;
}"""

FIELDS_WITHOUT_NAME = """() => [...document.querySelectorAll("input, select, button, a[href], nav, [role=img]")].filter((element) =>
  !(element.getAttribute("aria-label") || element.labels && element.labels.length || element.textContent.trim())
).map((element) => element.outerHTML.slice(0, 100))"""

PAGES: dict[str, str] = {
    "home": "/",
    "stations": "/stations",
    "map": "/stations?view=map",
    "station": "poster",
    "no such station": "/c/NOWHERE",
    "check in": "/checkin",
    "check in by digits": "/checkin?station=ZHANQIAO",
    "passport": "/passport",
    "me": "/me",
    "sign in": "/login",
    "privacy": "/me/privacy",
    "volunteer": "/me/volunteer",
}


def visit(phone: Watched, name: str, server: DemoServer) -> None:
    phone.plan(404, "/c/NOWHERE")
    phone.plan(404, "/api/v1/stations/NOWHERE")
    phone.open(server.poster_link if PAGES[name] == "poster" else PAGES[name])


def sideways(page: Page) -> list[str]:
    """Widths at which the page scrolls sideways, and what sticks out."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 812})
        seen = page.evaluate(SIDEWAYS)
        if seen["scrolls"] or seen["over"]:
            found.append(f"{width}: {seen}")
    return found


def axe(page: Page) -> list[str]:
    """Serious and critical findings of axe-core: everything in light, then the colours again in dark."""
    page.emulate_media(color_scheme="light")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    page.emulate_media(color_scheme="dark")
    found += page.evaluate("axe.run(document, { runOnly: ['color-contrast'] })")["violations"]
    return [
        f"{each['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


def form(page: Page, lang: str) -> list[str]:
    """What is wrong with headings, landmarks, names and language."""
    counts = {"h1": 1, "main": 1, "nav[aria-label]": 1, "nav [aria-current=page]": 1, "img:not([alt])": 0}
    found = [
        f"{page.locator(what).count()} {what}" for what, right in counts.items() if page.locator(what).count() != right
    ]
    found += page.evaluate(FIELDS_WITHOUT_NAME)
    spoken = page.evaluate("document.documentElement.lang")
    return found if spoken == lang else [*found, f"lang={spoken}"]


@pytest.mark.parametrize(
    ("locale", "lang", "elder"),
    [("zh-CN", "zh-CN", False), ("zh-CN", "zh-CN", True), ("en-US", "en", True)],
    ids=["zh", "zh-elder", "en-elder"],
)
def test_every_page_fits_can_be_tapped_is_named_and_asks_for_nothing_by_itself(
    open_phone: Callable[..., Watched], demo_server: DemoServer, locale: str, lang: str, elder: bool
) -> None:
    phone = open_phone(locale=locale, elder=elder)
    check_in(phone, "at", "poster")
    wrong: dict[str, Any] = {}
    titles = set()
    for name in ["result", *PAGES]:
        if name != "result":
            visit(phone, name, demo_server)
        found = sideways(phone.page)
        phone.page.set_viewport_size({"width": 375, "height": 812})
        found += phone.page.evaluate(SMALL_TARGETS, TARGET_PX)
        found += form(phone.page, lang)
        found += phone.page.evaluate("window.asked")
        titles.add(phone.page.title())
        if found:
            wrong[name] = found
    assert wrong == {}
    assert len(titles) == len(PAGES) - 1  # the map is the stations' other view; both check-in forms share a title


def test_in_the_elder_version_the_main_buttons_are_sixty_pixels(
    open_phone: Callable[..., Watched], demo_server: DemoServer
) -> None:
    phone = open_phone(elder=True)
    for name in ("home", "station", "check in"):
        visit(phone, name, demo_server)
        for target in phone.page.locator(".button-main, .tab").all():
            box = target.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= ELDER_TARGET_PX, (name, target.text_content())
    size = phone.page.evaluate("parseFloat(getComputedStyle(document.querySelector('main p')).fontSize)")
    assert size >= 18


def test_axe_finds_nothing_serious_in_light_or_dark(
    open_phone: Callable[..., Watched], demo_server: DemoServer
) -> None:
    phone = open_phone(reduced_motion="reduce")
    phone.plan(422, CHECKINS)
    found = {}
    for place, code in (("far", "poster"), ("at", "revoked"), ("at", "poster")):
        check_in(phone, place, code)
        found[f"{place}, {code}"] = axe(phone.page)
    for name in PAGES:
        visit(phone, name, demo_server)
        found[name] = axe(phone.page)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_a_browser_in_a_third_language_gets_english(open_phone: Callable[..., Watched]) -> None:
    phone = open_phone(locale="fr-FR")
    phone.open("/")
    assert form(phone.page, "en") == []


def test_the_device_is_asked_after_a_tap_that_says_what_for(open_phone: Callable[..., Watched]) -> None:
    phone = open_phone(
        geolocation={"latitude": 36.0616, "longitude": 120.3143, "accuracy": 15}, permissions=["geolocation"]
    )
    phone.open("/checkin")
    phone.page.locator("[data-place=device]").click()
    phone.settle()
    phone.open("/")
    purpose = phone.page.get_by_text("位置只用来算出哪个驿站最近，不保存。")
    assert purpose.is_visible()
    phone.page.get_by_role("button", name="找最近的驿站").tap()
    phone.page.locator(".nearest h3", has_text="栈桥文明旅游驿站").wait_for()
    assert phone.page.evaluate("window.asked") == ["getCurrentPosition"]


def test_a_declined_device_leads_to_the_districts_not_to_a_dead_end(open_phone: Callable[..., Watched]) -> None:
    phone = open_phone(permissions=[])
    phone.open("/checkin")
    phone.page.locator("[data-place=denied]").click()
    phone.settle()
    phone.open("/stations")
    phone.page.get_by_role("button", name="由近到远").tap()
    phone.page.get_by_role("status").filter(has_text="没有拿到位置").wait_for()
    assert phone.page.evaluate("document.activeElement.getAttribute('aria-label')") == "全部区市"


def test_stamp_animation_is_short_and_absent_where_motion_is_reduced(open_phone: Callable[..., Watched]) -> None:
    lasting = "parseFloat(getComputedStyle(document.querySelector('.print')).animationDuration) || 0"
    moving, still = open_phone(), open_phone(reduced_motion="reduce")
    for phone in (moving, still):
        check_in(phone, "at", "poster")
    assert 0 < moving.page.evaluate(lasting) <= 0.8
    assert still.page.evaluate("getComputedStyle(document.querySelector('.print')).animationName") == "none"
