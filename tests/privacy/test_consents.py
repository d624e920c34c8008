"""Consents: each purpose by itself, in versions, taken back as easily as given."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.checkins.models import CheckIn
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.core.errors import AccessDenied, ChangedMeanwhile, InvalidInput
from app.privacy import queries, rules, service
from app.privacy.rules import Purpose
from tests.builders import ZHANQIAO, City, Guest, at
from tests.http.contract import assert_problem, pointers

WORDS = {"title_zh": "隐私政策", "title_en": "Privacy", "text_zh": "正文", "text_en": "The text"}


def _publish(purpose: str = "privacy", **changes: Any) -> int:
    with unit_of_work():
        words = {**WORDS, **changes}
        return service.publish_text(SYSTEM, purpose, data=words, seen_version=None, at=clock.now()).version


def _mine(guest: Guest) -> list[tuple[str, int, bool]]:
    items = guest.call("GET", "/me/consents").json["items"]
    return [(one["purpose"], one["version"], one["withdrawn_at"] is None) for one in items]


def test_every_purpose_ships_with_an_example_text_marked_so_in_both_languages(app: Flask) -> None:
    texts = queries.list_current_texts()

    assert [text.purpose for text in texts] == list(Purpose)
    for text in texts:
        assert text.draft
        assert text.text_zh.startswith("【示例文本")
        assert text.text_en.startswith("[Example text")
        assert rules.text_problems({name: getattr(text, name) for name in WORDS}) == {}


def test_the_texts_are_public_in_the_asked_language(app: Flask) -> None:
    client = app.test_client()

    zh = client.get("/api/v1/consents")
    en = client.get("/api/v1/consents", headers={"Accept-Language": "en"})

    assert zh.json["items"][1]["title"] == "隐私政策"
    assert en.json["items"][1]["title"] == "Privacy notice"
    assert client.get("/api/v1/consents", headers={"If-None-Match": zh.headers["ETag"]}).status_code == 304


def test_agreeing_twice_is_one_consent(city: City) -> None:
    guest = city.guest()

    first = guest.call("POST", "/me/consents", {"purpose": "privacy", "version": 1})
    again = guest.call("POST", "/me/consents", {"purpose": "privacy", "version": 1})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert _mine(guest) == [("privacy", 1, True)]


def test_a_consent_is_taken_back_and_given_again(city: City) -> None:
    guest = city.guest()
    guest.call("POST", "/me/consents", {"purpose": "privacy", "version": 1})

    for _ in range(2):
        assert guest.call("DELETE", "/me/consents/privacy").status_code == 204
    assert _mine(guest) == [("privacy", 1, False)]

    assert guest.call("POST", "/me/consents", {"purpose": "privacy", "version": 1}).status_code == 201
    assert _mine(guest) == [("privacy", 1, True), ("privacy", 1, False)]


def test_an_older_text_cannot_be_agreed_to_and_the_older_consent_is_shown_as_outdated(city: City) -> None:
    guest = city.guest()
    guest.call("POST", "/me/consents", {"purpose": "privacy", "version": 1})
    assert _publish() == 2

    assert guest.call("GET", "/me/consents").json["items"][0]["outdated"] is True
    assert (
        assert_problem(
            guest.call("POST", "/me/consents", {"purpose": "privacy", "version": 1}), 409, "consent.text_changed"
        )["version"]
        == 2
    )

    assert guest.call("POST", "/me/consents", {"purpose": "privacy", "version": 2}).status_code == 201
    assert _mine(guest) == [("privacy", 2, True), ("privacy", 1, False)]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"purpose": "everything", "version": 1}, "/purpose"),
        ({"purpose": "privacy"}, "/version"),
        ({"purpose": "privacy", "version": 1.0}, "/version"),
        ({"purpose": "privacy", "version": True}, "/version"),
        ({"purpose": "privacy", "version": "1"}, "/version"),
        ({"purpose": "privacy", "version": 10**20}, "/version"),
        ({"purpose": "privacy", "version": 1, "given_at": "2020-01-01T00:00:00+08:00"}, "/given_at"),
    ],
)
def test_a_consent_that_cannot_be_read_is_refused_where_it_is_wrong(
    city: City, body: dict[str, Any], pointer: str
) -> None:
    assert pointers(city.guest().call("POST", "/me/consents", body)) == [pointer]


def test_an_unknown_purpose_is_not_found_when_taken_back(city: City) -> None:
    assert_problem(city.guest().call("DELETE", "/me/consents/everything"), 404, "resource.not_found")


def test_taking_location_back_forgets_exact_points_at_once_and_keeps_the_stamps(city: City) -> None:
    station, guest, other = city.station(), city.guest(), city.guest()
    for one in (guest, other):
        assert one.check_in(city.poster(station), at(ZHANQIAO)).status_code == 201

    guest.call("DELETE", "/me/consents/location")

    db.session.rollback()
    mine, theirs = db.session.scalars(select(CheckIn).order_by(CheckIn.id))
    assert (mine.lat, mine.lng, mine.state, mine.grade, mine.distance_m) == (None, None, "accepted", "B", 0)
    assert theirs.lat is not None
    assert guest.call("GET", "/me/passport").json["collected"] == 1


def test_nobody_sees_the_consents_of_another(city: City) -> None:
    one, other = city.guest(), city.guest()
    one.call("POST", "/me/consents", {"purpose": "privacy", "version": 1})

    assert _mine(other) == []


def test_a_new_text_is_a_new_version_and_the_old_one_stays(app: Flask) -> None:
    old = queries.get_current_text("privacy").text_zh

    assert _publish() == 2
    assert _publish() == 2, "an unchanged text makes no version"
    assert _publish(text_zh="又改了") == 3

    assert [(text.version, text.draft) for text in queries.list_versions("privacy")] == [
        (3, False),
        (2, False),
        (1, True),
    ]
    assert queries.list_versions("privacy")[-1].text_zh == old


def test_of_two_who_change_one_text_the_second_is_told(app: Flask) -> None:
    _publish()

    with pytest.raises(ChangedMeanwhile), unit_of_work():
        service.publish_text(SYSTEM, "privacy", data={**WORDS, "text_zh": "乙"}, seen_version=1, at=clock.now())


@pytest.mark.parametrize(
    "changes",
    [{"title_zh": ""}, {"text_en": ""}, {"title_en": "x" * 61}, {"text_zh": "字" * 8001}, {"text_zh": "\x07"}],
)
def test_a_text_needs_both_languages_and_fits(app: Flask, changes: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as refused, unit_of_work():
        service.publish_text(SYSTEM, "privacy", data={**WORDS, **changes}, seen_version=None, at=clock.now())

    assert set(refused.value.fields) == set(changes)


def test_a_citizen_cannot_publish(city: City) -> None:
    guest = city.guest()

    with pytest.raises(AccessDenied), unit_of_work():
        service.publish_text(guest.actor, "privacy", data=WORDS, seen_version=None, at=clock.now())
