"""Consent texts in the panel: one line per purpose, the next version by a form, the old ones kept."""

from __future__ import annotations

from flask import Flask

from app.core.db import db
from app.privacy import queries
from tests.panel.desk import ONE_DATABASE, Office

pytestmark = ONE_DATABASE
WORDS = {"title_zh": "隐私政策", "title_en": "Privacy", "text_zh": "甲乙丙", "text_en": "<b>Text</b>"}


def _id(purpose: str = "privacy") -> int:
    db.session.rollback()
    return queries.get_current_text(purpose).id


def _version() -> int:
    db.session.rollback()
    return queries.get_current_text("privacy").version


def test_the_list_shows_the_present_version_of_each_purpose_and_marks_examples(app: Flask, office: Office) -> None:
    desk = office.desk("city")
    desk.post("/admin/consents/edit/", WORDS, id=_id())

    assert desk.count("/admin/consents/") == 6
    page = desk.get("/admin/consents/").text
    assert page.count("示例文本") == 5
    assert "第 2 版" in page


def test_saving_makes_the_next_version_and_an_old_address_shows_the_present_one(app: Flask, office: Office) -> None:
    desk, old = office.desk("city"), _id()

    assert desk.post("/admin/consents/edit/", {**WORDS, "seen_version": "1"}, id=old).status_code == 303

    page = desk.get("/admin/consents/details/", id=old).text
    assert "第 2 版（现行）" in page
    assert "【示例文本" in page, "the first version stays readable"
    assert "&lt;b&gt;Text" in page
    assert "<b>Text" not in page
    assert "发布新版本" in page


def test_a_text_somebody_else_published_meanwhile_is_not_overwritten(app: Flask, office: Office) -> None:
    desk = office.desk("city")
    desk.post("/admin/consents/edit/", {**WORDS, "seen_version": "1"}, id=_id())

    answer = desk.post("/admin/consents/edit/", {**WORDS, "text_zh": "丁", "seen_version": "1"}, id=_id())

    assert answer.status_code == 409
    assert "丁" in answer.text
    assert _version() == 2


def test_a_missing_language_is_said_at_its_field(app: Flask, office: Office) -> None:
    answer = office.desk("city").post("/admin/consents/edit/", {**WORDS, "text_en": " "}, id=_id())

    assert answer.status_code == 422
    assert "请填写英文正文。" in answer.text


def test_an_auditor_reads_and_changes_nothing(app: Flask, office: Office) -> None:
    desk = office.desk("auditor")

    assert "修改为新版本" not in desk.get("/admin/consents/details/", id=_id()).text
    assert desk.post("/admin/consents/edit/", WORDS, id=_id()).status_code == 403
    assert _version() == 1
