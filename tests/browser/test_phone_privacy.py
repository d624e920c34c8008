"""S10: what one agreed to, a copy of one's data, and leaving, on a real phone page with the real consumer behind it."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Watched

pytestmark = pytest.mark.browser
STAMP = """(credential) => fetch("/api/v1/auth/guest", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" })
  .then((answer) => answer.json())
  .then(({ token }) => {
    localStorage.setItem("ouyu.token", token);
    const headers = { "Content-Type": "application/json", Authorization: `Bearer ${token}` };
    return fetch("/api/v1/checkins", { method: "POST", headers, body: JSON.stringify({ credential }) });
  })
  .then((answer) => answer.status)"""


def arrive_with_a_stamp(phone: Watched, credential: str) -> None:
    """A guest who has been at a station already."""
    phone.open("/")
    assert phone.page.evaluate(STAMP, credential) == 201


def test_a_consent_is_given_read_and_taken_back_with_its_consequence_said(
    open_phone: Callable[..., Watched], posters: dict[str, str]
) -> None:
    phone = open_phone()
    arrive_with_a_stamp(phone, posters["ZHANQIAO"])
    phone.open("/me")
    page = phone.page
    page.get_by_role("link", name="授权、导出和注销").click()
    phone.settle()
    location = page.locator(".consent").filter(has_text="位置信息")
    expect(location).to_contain_text("没有同意过")
    location.get_by_text("看全文").click()
    expect(location).to_contain_text("不给位置也能盖章")

    location.get_by_role("button", name="同意").click()
    expect(location).to_contain_text(re.compile(r"\d{4}年\d+月\d+日同意，第 1 版"))
    location.get_by_role("button", name="撤回", exact=True).click()
    expect(location).to_contain_text("已经保存的精确位置马上删除")
    location.get_by_role("button", name="确定撤回").click()

    expect(location).to_contain_text("已撤回")
    expect(location.get_by_role("button", name="同意")).to_be_visible()


def test_a_copy_is_prepared_downloaded_once_and_holds_ones_own_stamp(
    open_phone: Callable[..., Watched], posters: dict[str, str], tmp_path: Path
) -> None:
    phone = open_phone(accept_downloads=True)
    arrive_with_a_stamp(phone, posters["ZHANQIAO"])
    phone.open("/me/privacy")
    page = phone.page

    page.get_by_role("button", name="准备一份").click()
    link = page.get_by_role("link", name="下载")
    expect(link).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        link.click()
    download.value.save_as(tmp_path / "copy.zip")

    rows = json.loads(zipfile.ZipFile(tmp_path / "copy.zip").read("data.json"))
    assert [visit["station"] for visit in rows["checkins"]] == ["ZHANQIAO"]
    expect(page.get_by_role("button", name="准备一份")).to_be_visible()


def test_leaving_says_what_goes_waits_seven_days_and_is_taken_back(
    open_phone: Callable[..., Watched], posters: dict[str, str]
) -> None:
    phone = open_phone(locale="en-US")
    arrive_with_a_stamp(phone, posters["ZHANQIAO"])
    phone.open("/me/privacy")
    page = phone.page

    page.get_by_role("button", name="See what would happen").click()
    expect(page.get_by_text("The stations' totals stay")).to_be_visible()
    page.get_by_role("button", name="Close my account").click()
    expect(page.get_by_text("Your account will be closed on")).to_be_visible()
    page.reload()
    phone.settle()
    page.get_by_role("button", name="Keep my account").click()

    expect(page.get_by_role("button", name="See what would happen")).to_be_visible()
    phone.open("/passport")
    expect(page.locator(".cover-count strong")).to_have_text("1")


def test_who_has_not_started_reads_the_texts_and_is_asked_nothing(open_phone: Callable[..., Watched]) -> None:
    phone = open_phone()

    phone.open("/me/privacy")

    expect(phone.page.get_by_text("没有保存您的任何资料")).to_be_visible()
    assert phone.page.locator(".consent").count() == 3
    assert phone.page.get_by_role("button", name="同意").count() == 0
    assert phone.page.evaluate("localStorage.getItem('ouyu.token')") is None
