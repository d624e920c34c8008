"""G10 and G11: without a network nothing is blank, a check-in waits in amber, and each gets its verdict once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import MODULES, DemoServer, Watched
from tests.browser.test_phone_gates import SMALL_TARGETS, TARGET_PX, axe, sideways
from tests.browser.test_phone_journeys import ZHANQIAO, check_in, hold_up, stand, verdict

pytestmark = pytest.mark.browser

BANNER_WITHIN_MS = 1000
BATCH = re.compile(r"/api/v1/checkins/batch$")
WORKER_READY = """async () => {
  await navigator.serviceWorker.ready;
  for (let left = 50; left && !navigator.serviceWorker.controller; left -= 1) await new Promise((done) => setTimeout(done, 100));
  return Boolean(navigator.serviceWorker.controller);
}"""
LIST_KEPT = f"""async () => {{
  const modules = await {MODULES};
  const today = modules["i18n.js"].cityNow().day;
  while (!await modules["kept.js"].hasTodaysList(today)) await new Promise((done) => setTimeout(done, 100));
}}"""
VISITS = """() => fetch("/api/v1/me/checkins", { headers: { Authorization: `Bearer ${localStorage.getItem("ouyu.token")}` } })
  .then((answer) => answer.json()).then(({ items }) => items.map(({ result }) => result))"""


def offline_phone(open_phone: Callable[..., Watched], **options: Any) -> Watched:
    """A phone that has opened the page once, so that the worker holds it."""
    phone = open_phone(service_workers="allow", **options)
    phone.open("/checkin")
    assert phone.page.evaluate(WORKER_READY)
    phone.page.evaluate(LIST_KEPT)
    return phone


def check_in_offline(phone: Watched, code: str) -> None:
    phone.page.locator(f"[data-code={code}]").click()
    name = "digits" if "digits" in code else "credential"
    expect(phone.page.locator(f"form [name={name}]")).not_to_have_value("")
    phone.page.locator("form .button-main").click()
    expect(phone.page.locator("h1")).to_have_text("待上传")


def gates(page: Page) -> list[str]:
    """What the gates of every page find here: sideways scroll, small targets, axe."""
    found = sideways(page) + axe(page)
    page.set_viewport_size({"width": 375, "height": 812})
    return found + page.evaluate(SMALL_TARGETS, TARGET_PX)


def waiting(page: Page) -> int:
    return int(page.evaluate(f"{MODULES}.then((modules) => modules['queue.js'].queued().waiting.length)"))


def test_without_a_network_the_page_opens_and_what_was_seen_is_readable(
    open_phone: Callable[..., Watched], demo_server: DemoServer, picture: Callable[..., None]
) -> None:
    phone = offline_phone(open_phone)
    page = phone.page
    check_in(phone, "at", "poster")
    for seen in ("/stations", "/c/ZHANQIAO", "/passport"):
        phone.open(seen)

    phone.go_offline(True)

    expect(page.locator(".line-offline")).to_be_visible(timeout=BANNER_WITHIN_MS)
    phone.open("/")
    expect(page.locator(".line-offline")).to_be_visible(timeout=BANNER_WITHIN_MS)
    expect(page.locator(".home-near .row")).to_have_count(3)
    phone.open("/stations")
    expect(page.locator(".rows .row").first).to_be_visible()
    assert page.locator(".badge-open, .badge-closed").count() == 0, "nothing kept knows what is open now"
    picture(page, "phone-offline-stations")
    phone.open("/c/ZHANQIAO")
    expect(page.locator("h1")).to_have_text(ZHANQIAO)
    expect(page.get_by_text("没有网络，开放情况以现场公告为准")).to_be_visible()
    phone.open("/c/SHANGJIE?v=1&k=aaaaaaaaaaaaaaaa")
    expect(page.get_by_role("button", name="盖章打卡")).to_be_visible()
    phone.open("/passport")
    expect(page.locator(".place-inked")).to_have_count(1)
    phone.open("/me")
    expect(page.get_by_role("button", name="再试一次")).to_be_visible()
    phone.go_offline(False)
    expect(page.locator("#line")).to_be_hidden()


def test_a_check_in_without_a_network_waits_in_amber_survives_a_reload_and_gets_its_verdict(
    open_phone: Callable[..., Watched], picture: Callable[..., None]
) -> None:
    phone = offline_phone(open_phone)
    page = phone.page
    assert page.evaluate("localStorage.getItem('ouyu.token')") is None
    phone.go_offline(True)

    check_in_offline(phone, "poster")

    assert verdict(phone) == "waiting"
    assert page.locator(".stamp, .print, .tone-pine").count() == 0, "it never looks like a stamp"
    expect(page.locator(".line-waiting")).to_have_text("1 次打卡待上传，还没有盖章")
    expect(page.locator(".tab-count")).to_have_text("1")
    picture(page, "phone-waiting")
    page.reload()
    phone.settle()
    expect(page.locator("h1")).to_have_text("待上传")
    phone.open("/passport")
    expect(page.locator(".place-inked")).to_have_count(0)
    expect(page.locator(".place-waiting")).to_have_text("待上传")
    picture(page, "phone-waiting-passport", full_page=True)
    page.go_back()
    phone.settle()
    phone.go_offline(False)
    expect(page.locator("h1")).to_have_text("盖章成功")
    assert page.evaluate(VISITS) == ["accepted"]
    phone.open("/checkin")
    expect(page.locator(".queue-judged")).to_have_count(1)
    expect(page.locator(".queue-judged")).to_contain_text("盖章成功")
    page.get_by_role("button", name="知道了").click()
    expect(page.locator(".queue")).to_have_count(0)


def test_each_kept_check_in_gets_a_verdict_of_its_own(
    open_phone: Callable[..., Watched], picture: Callable[..., None]
) -> None:
    phone = offline_phone(open_phone)
    page = phone.page
    page.locator("[data-network=cut]").click()
    expect(page.locator(".line-offline")).to_be_visible(timeout=BANNER_WITHIN_MS)
    for code in ("poster", "revoked", "wrong"):
        check_in_offline(phone, code)
        phone.open("/checkin")
    expect(page.locator(".queue-waiting li")).to_have_count(3)
    assert gates(page) == []
    picture(page, "phone-queue", full_page=True)
    page.locator("[data-network=cut]").click()
    expect(page.locator(".queue-judged [data-verdict]")).to_have_count(3)
    verdicts = page.locator(".queue-judged [data-verdict]").evaluate_all("all => all.map((one) => one.dataset.verdict)")
    assert verdicts == ["accepted", "code_revoked", "code_invalid"]
    expect(page.locator(".queue-waiting")).to_have_count(0)
    assert gates(page) == []
    picture(page, "phone-judged", full_page=True)


def test_a_double_tap_and_an_answer_that_was_lost_leave_one_visit(open_phone: Callable[..., Watched]) -> None:
    phone = open_phone()
    page = phone.page
    phone.open("/checkin")
    phone.go_offline(True)
    page.locator("[data-code=poster]").click()
    expect(page.locator("form [name=credential]")).not_to_have_value("")
    page.locator("form .button-main").dblclick(no_wait_after=True)
    expect(page.locator("h1")).to_have_text("待上传")
    assert waiting(page) == 1
    phone.page.go_back()
    check_in_offline(phone, "poster")
    assert waiting(page) == 1, "the same code on the same day waits once"
    lost = []

    def lose_the_first(route: Route) -> None:
        if lost:
            return route.continue_()
        lost.append(route.fetch().status)
        return route.abort("connectionreset")

    page.route(BATCH, lose_the_first)
    phone.go_offline(False)
    expect(page.locator("h1")).to_have_text("盖章成功", timeout=20_000)
    assert lost == [200]
    assert page.evaluate(VISITS) == ["accepted"]


def test_what_the_server_cannot_judge_now_keeps_waiting(open_phone: Callable[..., Watched]) -> None:
    phone = open_phone()
    page = phone.page
    phone.plan(503, "/api/v1/checkins/batch")
    phone.open("/checkin")
    page.locator("[data-network=cut]").click()
    check_in_offline(phone, "poster")
    busy = {"code": "service.busy", "detail": "现在有点忙，请过几秒再试一次。"}

    def refuse_all(route: Route) -> None:
        route.fulfill(status=503, content_type="application/problem+json", body=json.dumps(busy))

    def refuse_each(route: Route) -> None:
        kept = route.request.post_data_json["items"]
        said = {"items": [{"key": item["key"], "status": 503, "body": busy} for item in kept]}
        route.fulfill(status=200, content_type="application/json", body=json.dumps(said))

    page.route(BATCH, refuse_all, times=1)
    phone.open("/checkin")
    with page.expect_response(BATCH):
        page.locator("[data-network=cut]").click()
    assert waiting(page) == 1
    page.route(BATCH, refuse_each, times=1)
    with page.expect_response(BATCH):
        page.get_by_role("button", name="现在上传").click()
    expect(page.get_by_role("button", name="现在上传")).not_to_have_attribute("aria-busy", "true")
    assert waiting(page) == 1
    page.get_by_role("button", name="现在上传").click()
    expect(page.locator(".queue-judged")).to_contain_text("盖章成功")


def test_signing_out_with_something_waiting_warns_and_offers_to_send_it(open_phone: Callable[..., Watched]) -> None:
    phone = open_phone()
    page = phone.page
    check_in(phone, "at", "poster")
    phone.open("/checkin")
    page.locator("[data-network=cut]").click()
    check_in_offline(phone, "digits")
    page.route(BATCH, lambda route: route.abort())
    phone.go_offline(False)
    page.evaluate("sessionStorage.removeItem('ouyu.demo.cut')")
    phone.open("/me")
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("alert").filter(has_text="还有 1 次打卡没有上传")).to_be_visible()
    page.unroute(BATCH)
    page.get_by_role("alert").get_by_role("button", name="现在上传").click()
    expect(page.get_by_text("还有 1 次打卡没有上传")).to_have_count(0)
    assert waiting(page) == 0


def test_the_worker_keeps_the_page_and_nothing_of_the_api_and_an_update_replaces_it(
    open_phone: Callable[..., Watched], demo_server: DemoServer
) -> None:
    phone = open_phone(service_workers="allow")
    page = phone.page
    page.goto(demo_server.base + "/static/art/icon.svg")
    page.evaluate("caches.open('ouyu-of-before').then((cache) => cache.put('/', new Response('old')))")
    phone.open("/stations")
    assert page.evaluate(WORKER_READY)
    page.wait_for_function("caches.keys().then((names) => names.length === 1)")
    kept = page.evaluate(
        "caches.keys().then(([name]) => caches.open(name)).then((cache) => cache.keys())"
        ".then((all) => all.map(({ url }) => new URL(url).pathname))"
    )
    version = page.evaluate("document.documentElement.dataset.version")
    assert page.evaluate("caches.keys()") == [f"ouyu-{version}"]
    assert "/" in kept
    assert not [path for path in kept if path.startswith(("/api/", "/admin", "/demo/"))]


@pytest.mark.parametrize("failure", ["500", "429", "503", "dropped"])
def test_g11_a_failed_reading_says_so_and_offers_a_retry(phone: Watched, failure: str) -> None:
    page = phone.page
    failing = [True]

    def answer(route: Route) -> None:
        if not failing[0]:
            route.continue_()
        elif failure == "dropped":
            route.abort("connectionreset")
        else:
            said = {"code": "x.y", "detail": "服务出错了，请稍后再试。", "title": "x"}
            route.fulfill(status=int(failure), content_type="application/problem+json", body=json.dumps(said))

    if failure == "dropped":
        phone.offline = True
    else:
        phone.plan(int(failure), "/api/v1/stations")
    page.route(re.compile(r"/api/v1/stations\?"), answer)
    phone.open("/stations")
    expect(page.get_by_role("alert").get_by_role("button", name="再试一次")).to_be_visible()
    failing[0] = False
    page.get_by_role("button", name="再试一次").click()
    expect(page.locator(".rows .row").first).to_be_visible()


def test_g11_a_slow_answer_shows_shapes_at_once_and_a_slow_check_in_cannot_be_sent_twice(phone: Watched) -> None:
    page = phone.page
    held: list[Route] = []
    slow = [True]
    page.route(
        re.compile(r"/api/v1/(stations\?|checkins$)"),
        lambda route: held.append(route) if slow[0] else route.continue_(),
    )
    page.goto(phone.base + "/stations")
    expect(page.locator(".skeleton")).to_be_visible(timeout=1000)
    held.pop().continue_()
    expect(page.locator(".rows .row").first).to_be_visible()
    phone.open("/checkin")
    stand(page, "at")
    held.clear()
    hold_up(page, "poster")
    pressed = page.locator("form .button-main")
    expect(pressed).to_have_attribute("aria-busy", "true")
    pressed.click()
    assert len([route for route in held if route.request.url.endswith("/checkins")]) == 1
    slow[0] = False
    for route in held:
        route.continue_()
    expect(page.locator("h1")).to_have_text("盖章成功")


def test_g14_a_refresh_keeps_the_way_and_what_was_typed(phone: Watched) -> None:
    page = phone.page
    phone.open("/checkin")
    page.locator("[data-way=digits]").click()
    page.locator("form [name=digits]").fill("123")
    page.reload()
    phone.settle()
    expect(page.locator("[data-way=digits]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("form [name=digits]")).to_have_value("123")


def test_g14_an_expired_session_keeps_the_place_and_the_input(phone: Watched) -> None:
    page = phone.page
    for path in ("/api/v1/checkins", "/api/v1/me/passport"):
        phone.plan(401, path)
    phone.open("/checkin")
    page.locator("[data-way=digits]").click()
    page.locator("[data-code=digits]").click()
    expect(page.locator("form [name=digits]")).not_to_have_value("")
    page.evaluate("localStorage.setItem('ouyu.token', 'a-token-that-ended-in-the-meantime-000000000')")
    page.locator("form .button-main").click()
    expect(page.locator("h1")).to_have_text("盖章成功")
