"""What is held, told and answered, in Chromium: the phone asks, the office decides by keys alone, the phone shows it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Watched

pytestmark = pytest.mark.browser

PAYLOAD = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
HELD = """async (credential) => {
  const headers = { "Content-Type": "application/json" };
  const made = await fetch("/api/v1/auth/guest", { method: "POST", headers, body: "{}" });
  const { token } = await made.json();
  localStorage.setItem("ouyu.token", token);
  headers.Authorization = `Bearer ${token}`;
  const body = JSON.stringify({ credential, client_time: "2026-01-01T09:00:00+08:00" });
  return (await (await fetch("/api/v1/checkins", { method: "POST", headers, body })).json()).result;
}"""
"""A visit from a phone whose clock is wrong: no hand can set the clock of a page, so the call is made by hand."""


def test_a_held_visit_is_appealed_on_the_phone_and_approved_by_keys_alone(
    phone: Watched, desk: Watched, posters: dict[str, str], picture: Callable[..., None]
) -> None:
    phone.open("/me")
    assert phone.page.evaluate(HELD, posters["ZHANQIAO"]) == "pending_review"
    phone.open("/visits")
    expect(phone.page.get_by_text("等待核对")).to_be_visible()
    phone.page.get_by_role("button", name="申诉").click()
    phone.page.get_by_label("当时是什么情况").fill(PAYLOAD)
    phone.page.get_by_role("button", name="提交申诉").click()
    expect(phone.page.get_by_text("申诉已收到")).to_be_visible()
    picture(phone.page, "visits-appealed")

    desk.open("/admin/review/?kind=appeal")
    desk.page.get_by_role("row").filter(has_text="手机时间不准").get_by_role("link").first.click()
    expect(desk.page.get_by_text(PAYLOAD)).to_be_visible()
    picture(desk.page, "review", full_page=True)
    desk.page.wait_for_load_state()  # keys are for whoever sees the whole page
    desk.page.keyboard.press("a")
    expect(desk.page.get_by_role("dialog")).to_be_visible()
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_text("已通过，章已盖上")).to_be_visible()

    phone.open("/visits")
    expect(phone.page.get_by_text("已盖章")).to_be_visible()
    expect(phone.page.get_by_text("申诉已采纳")).to_be_visible()


def test_feedback_is_told_without_signing_in_and_its_answer_read_by_the_private_link(
    phone: Watched, desk: Watched, picture: Callable[..., None]
) -> None:
    phone.open("/c/ZHANQIAO")
    phone.page.get_by_role("link", name="报告问题").click()
    phone.page.get_by_label("想说的话").fill(f"饮水机没水了 {PAYLOAD}")
    phone.page.get_by_role("button", name="提交").click()
    link = phone.page.locator(".private-link").inner_text()
    picture(phone.page, "feedback-told")
    assert phone.page.evaluate("localStorage.getItem('ouyu.token')") is None

    desk.open("/admin/feedback/?state=open")
    desk.page.get_by_role("link", name="饮水机没水了").first.click()
    expect(desk.page.get_by_text(PAYLOAD)).to_be_visible()
    desk.page.wait_for_load_state()  # keys are for whoever sees the whole page
    desk.page.keyboard.press("a")
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_label("答复").fill("已加水，谢谢提醒。")
    dialog.get_by_role("button", name="答复").click()
    expect(desk.page.get_by_text("已答复。")).to_be_visible()

    phone.open(link)
    expect(phone.page.get_by_text("已加水，谢谢提醒。")).to_be_visible()
    picture(phone.page, "feedback-answered")
