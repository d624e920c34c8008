"""J1 and J2: a tourist at the pier, and everything that can come between them and a stamp."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import MODULES, DemoServer, Watched

pytestmark = pytest.mark.browser

CHECKINS = "/api/v1/checkins"
ZHANQIAO = "栈桥文明旅游驿站"
ANIMATION_MS = 800
OTHER_STATIONS = ("SHANGJIE", "XINHAO", "DAXUELU", "QDSTN", "BADAXIA", "TUANDAO")
"""Each within two kilometres of the one before: whoever is further away a second later is looked at first."""

STAMP_BY_POSTER = """(credential) => fetch("/api/v1/checkins", {
  method: "POST",
  headers: { "Content-Type": "application/json", Authorization: `Bearer ${localStorage.getItem("ouyu.token")}` },
  body: JSON.stringify({ credential }),
}).then((answer) => answer.status)"""


def city_day() -> str:
    return datetime.now(timezone(timedelta(hours=8))).strftime("%Y.%m.%d")


def stand(page: Page, place: str) -> None:
    """Choose a simulated position at the demo's desk."""
    page.locator(f"[data-place={place}]").click()
    expect(page.locator(f"[data-place={place}]")).to_have_attribute("aria-pressed", "true")


def hold_up(page: Page, code: str) -> None:
    """Take a sample code from the desk and tap the one action of the screen."""
    page.locator(f"[data-code={code}]").click()
    name = "digits" if "digits" in code else "credential"
    expect(page.locator(f"form [name={name}]")).not_to_have_value("")
    page.locator("form .button-main").click()


def check_in(phone: Watched, place: str, code: str) -> None:
    phone.open("/checkin")
    stand(phone.page, place)
    hold_up(phone.page, code)
    expect(phone.page.locator("[data-verdict]").first).to_be_visible()
    phone.settle()


def verdict(phone: Watched) -> str:
    return str(phone.page.locator("[data-verdict]").first.get_attribute("data-verdict"))


def test_tourist_scans_the_poster_sees_a_dated_stamp_and_finds_the_next_station_in_three_taps(
    phone: Watched, demo_server: DemoServer, picture: Callable[..., None]
) -> None:
    page = phone.page
    phone.open(demo_server.poster_link)
    expect(page.get_by_role("heading", level=1)).to_have_text(ZHANQIAO)
    picture(page, "phone-station")

    page.get_by_role("button", name="盖章打卡").tap()

    expect(page.get_by_role("status").filter(has_text=f"已盖章：{ZHANQIAO}")).to_be_visible()
    expect(page.locator(".print .stamp-date")).to_have_text(city_day())
    phone.settle()
    page.wait_for_timeout(ANIMATION_MS)
    picture(page, "phone-stamp")
    page.locator("section", has=page.get_by_role("heading", name="下一站")).locator("a.row").tap()
    expect(page.get_by_role("heading", level=1)).not_to_have_text(ZHANQIAO)
    expect(page).to_have_url(re.compile(r"/c/[A-Z0-9]{3,8}$"))


def test_the_stamp_stands_in_the_passport_with_its_date(phone: Watched) -> None:
    check_in(phone, "at", "poster")
    phone.open("/passport")
    stamped = phone.page.locator(".place-inked")
    expect(stamped).to_have_count(1)
    expect(stamped.locator(".stamp-date")).to_have_text(city_day())
    expect(phone.page.locator(".cover-count")).to_have_text(re.compile(r"^1 / 2\d$"))


def test_stamps_of_many_stations_fill_the_passport_and_no_two_are_alike(
    phone: Watched, posters: dict[str, str], picture: Callable[..., None]
) -> None:
    page = phone.page
    check_in(phone, "at", "poster")
    for code in OTHER_STATIONS:
        assert page.evaluate(STAMP_BY_POSTER, posters[code]) == 201
    phone.open("/")
    expect(page.locator(".cover-count")).to_have_text(re.compile(rf"^{len(OTHER_STATIONS) + 1} / 2\d$"))
    picture(page, "phone-home")
    page.get_by_role("link", name="打开护照").tap()
    expect(page.locator(".place-inked")).to_have_count(len(OTHER_STATIONS) + 1)
    drawn = page.locator(".place-inked .stamp").evaluate_all(
        "all => all.map((one) => one.querySelector('.stamp-frame').getAttribute('d'))"
    )
    assert len(set(drawn)) == len(drawn)
    assert page.evaluate("document.querySelectorAll('*').length") < 1000
    phone.settle()
    picture(page, "phone-passport")


def test_too_far_says_how_far_and_offers_a_stamp_without_location_in_one_tap(
    phone: Watched, picture: Callable[..., None]
) -> None:
    phone.plan(422, CHECKINS)
    check_in(phone, "far", "poster")
    page = phone.page
    assert verdict(phone) == "too_far"
    expect(page.locator(".facts-three dd")).to_have_text(["3 公里", "350 米", "± 12 米"])
    picture(page, "phone-too-far")
    page.get_by_role("button", name="不用位置，直接盖章").tap()
    expect(page.locator("h1")).to_have_text("盖章成功")


def test_refusing_location_still_stamps_and_never_sounds_like_an_accusation(phone: Watched) -> None:
    check_in(phone, "denied", "poster")
    assert verdict(phone) == "accepted"
    expect(phone.page.get_by_text("凭海报盖章，没有核对位置")).to_be_visible()
    expect(phone.page.get_by_text("没有拿到位置，这次凭现场的码盖章。")).to_be_visible()


def test_coming_twice_shows_the_first_time_and_no_error(phone: Watched) -> None:
    check_in(phone, "at", "poster")
    check_in(phone, "at", "poster")
    assert verdict(phone) == "already"
    said = phone.page.get_by_role("status").filter(has_text="您已经盖过章了")
    expect(said).to_have_text(re.compile(r"您已经盖过章了 \d\d:\d\d，不用再排队。"))


@pytest.mark.parametrize(
    ("code", "seen", "title"),
    [
        ("revoked", "code_revoked", "海报已换新"),
        ("expired_digits", "code_expired", "数字已过期"),
        ("wrong", "code_invalid", "这个码不对"),
    ],
)
def test_a_code_that_does_not_count_gets_its_own_sign_word_and_way_on(
    phone: Watched, picture: Callable[..., None], code: str, seen: str, title: str
) -> None:
    phone.plan(422, CHECKINS)
    check_in(phone, "at", code)
    assert verdict(phone) == seen
    expect(phone.page.locator("h1")).to_have_text(title)
    expect(phone.page.get_by_role("status").filter(has_text="请")).to_be_visible()
    assert phone.page.locator(".verdict .actions > *").count() >= 1
    picture(phone.page, f"phone-{seen}")


def test_digits_of_the_screen_stamp(phone: Watched) -> None:
    check_in(phone, "at", "digits")
    assert verdict(phone) == "accepted"
    expect(phone.page.get_by_text("位置和屏幕数字都对上了")).to_be_visible()


def test_every_verdict_has_a_sign_of_its_own(phone: Watched) -> None:
    phone.open("/checkin")
    signs = phone.page.evaluate(
        f"const loaded = {MODULES};"
        """
        async () => {
          const { showResult } = (await loaded)["views/result.js"];
          const facts = { checked_in_at: "2026-11-22T09:12:00+08:00", business_date: "2026-11-22", grade: "B", detail: "…",
            station: { code: "ZHANQIAO", name: "栈桥" }, passport: { collected: 1, total: 21 }, distance_m: 900, radius_m: 350, accuracy_m: 9 };
          const verdicts = ["accepted", "already", "pending_review", "too_far", "code_invalid", "code_expired", "code_revoked",
            "station_withdrawn", "account_frozen", "too_many", "no_answer", "waiting"];
          return verdicts.map((verdict) => {
            const outcome = { verdict, facts, attempt: { credential: "ZHANQIAO?v=1&k=x" }, declined: null };
            const { element, title } = showResult({ outcome }, new Map([["next", null]]));
            const sign = element.querySelector("[data-verdict]");
            return [verdict, title, sign.innerHTML, element.querySelectorAll("a.button, button.button, .rows a").length];
          });
        }"""
    )
    assert len({word for _, word, _, _ in signs}) == len(signs)
    assert len({drawing for _, _, drawing, _ in signs}) == len(signs)
    assert [verdict for verdict, _, _, ways in signs if not ways] == []


def test_a_guest_is_made_only_when_there_is_something_to_keep(phone: Watched) -> None:
    for path in ("/", "/stations", "/passport", "/me", "/c/ZHANQIAO"):
        phone.open(path)
    assert phone.page.evaluate("localStorage.getItem('ouyu.token')") is None
    check_in(phone, "at", "poster")
    assert phone.page.evaluate("Object.keys(localStorage)") == ["ouyu.token"]


def test_a_dead_token_is_replaced_once_and_the_check_in_goes_on(phone: Watched) -> None:
    phone.plan(401, CHECKINS)
    phone.plan(401, "/api/v1/me/passport")
    phone.open("/checkin")
    phone.page.evaluate("localStorage.setItem('ouyu.token', 'dead-token-of-another-day-0000000000000000')")
    check_in(phone, "at", "poster")
    assert verdict(phone) == "accepted"
