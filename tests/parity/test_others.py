"""Law 5 beyond stations: the catalogue, offices, staff, visits, and what citizens say of themselves."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.checkins import service as checkins
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.core.errors import InvalidInput
from app.orgs import queries as orgs
from app.orgs import service as offices
from app.people import service as people
from app.stations import queries, service
from tests.builders import City
from tests.panel.desk import Desk, Office
from tests.parity.doors import Said, in_chinese, through_form, through_inline, through_service

pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)


@pytest.fixture
def desk(app: Flask) -> Desk:
    return Office(app).desk("city")


def one_sentence(*said: Said) -> bool:
    """Whether every door said the same, and something."""
    return all(one == said[0] and one for one in said)


def test_the_service_catalogue(desk: Desk) -> None:
    good = {"code": "sauna", "name_zh": "桑拿", "name_en": "Sauna"}
    item = queries.list_service_items()[0]
    wrong = [
        {"code": ""}, {"code": "Sauna"}, {"code": "s"}, {"code": "桑拿"}, {"code": "drinking_water"},
        {"name_zh": ""}, {"name_zh": "水" * 31}, {"name_zh": "水\x07"}, {"name_en": ""}, {"name_en": "x" * 61},
    ]  # fmt: skip
    for change in wrong:
        data, field = good | change, next(iter(change))
        said = [
            through_service(lambda data=data: service.save_service_item(SYSTEM, None, data=data, at=clock.now())),
            through_form(desk, "/admin/services/new/", data),
        ]
        if field != "code":
            said += [
                through_form(desk, "/admin/services/edit/", data, id=item.id),
                through_inline(desk, "/admin/services/inline/", item.id, field, change[field]),
            ]
        assert one_sentence(*said), (change, said)
        assert set(said[0]) == {field}


def test_organisations(desk: Desk) -> None:
    good: dict[str, Any] = {"name_zh": "文明办", "name_en": "Office", "kind": "office", "district_id": None}
    with unit_of_work():
        taken = offices.save_organisation(SYSTEM, None, data=good, at=clock.now())
    other = good | {"name_zh": "另一个"}
    wrong = [
        {"name_zh": ""}, {"name_zh": "办" * 61}, {"name_zh": "文\x07明"}, {"name_zh": "文明办"},
        {"name_en": ""}, {"name_en": "x" * 121}, {"kind": "palace"}, {"kind": ""},
    ]  # fmt: skip
    for change in wrong:
        data, field = other | change, next(iter(change))
        typed = data | {"district_id": ""}
        said = [
            through_service(lambda data=data: offices.save_organisation(SYSTEM, None, data=data, at=clock.now())),
            through_form(desk, "/admin/organisations/new/", typed),
        ]
        if change != {"name_zh": "文明办"}:
            said.append(through_form(desk, "/admin/organisations/edit/", typed, id=taken.id))
        if field == "name_en":
            said.append(through_inline(desk, "/admin/organisations/inline/", taken.id, field, change[field]))
        assert one_sentence(*said), (change, said)
        assert set(said[0]) == {field}


def test_staff_in_the_panel_and_on_the_command_line(app: Flask, desk: Desk) -> None:
    good = {"login": "li.ming", "name": "李明", "role": "city_admin", "scope": "city"}
    wrong = [
        {"login": "Li"}, {"login": "李明"}, {"login": "1abc"}, {"login": "x" * 41}, {"login": desk.login},
        {"name": ""}, {"name": "李" * 41}, {"name": "李\x07"}, {"scope": "district:370202"}, {"scope": "moon"},
        {"scope": "station:NOWHERE"},
    ]  # fmt: skip
    runner = app.test_cli_runner()
    for change in wrong:
        data = good | change
        try:
            with unit_of_work():
                verdict = offices.create_staff(SYSTEM, data={**data, "valid_until": None}, at=clock.now())
            raise AssertionError(f"{change} was let through: {verdict}")
        except InvalidInput as refusal:
            fields, sentence = refusal.fields, refusal.sentence("en")
        form = through_form(desk, "/admin/staff/new/", data | {"valid_until": ""})
        assert one_sentence(in_chinese(fields), form), change
        asked = [
            "staff",
            "create",
            data["login"],
            "--name",
            data["name"],
            "--role",
            data["role"],
            "--scope",
            data["scope"],
        ]
        shell = runner.invoke(args=asked)
        assert shell.exit_code == 1, change
        assert next(text.en for texts in fields.values() for text in texts) in shell.stderr, change
        assert shell.stdout == "", sentence
    assert orgs.find_staff_by_login("li.ming") is None


def test_the_reason_of_voiding_a_visit(city: City, desk: Desk) -> None:
    city.visit(city.station())
    visit_id = 1
    for reason in ("", "重" * 201, "重\x07复"):
        said = [
            through_service(
                lambda reason=reason: checkins.void_check_in(SYSTEM, visit_id, reason=reason, at=clock.now())
            ),
            through_form(desk, "/admin/checkins/act/void/", {"reason": reason}, id=visit_id),
        ]
        assert one_sentence(*said), (reason, said)
        assert set(said[0]) == {"reason"}


def test_what_a_guest_says_of_themselves_in_both_languages(city: City) -> None:
    guest = city.guest()
    for nickname in ("", "   ", "鸥" * 21):
        try:
            with unit_of_work():
                people.update_me(guest.id, {"nickname": nickname})
            raise AssertionError(nickname)
        except InvalidInput as refusal:
            due = refusal.fields["nickname"][0]
        for language, sentence in (("zh-CN", due.zh), ("en", due.en)):
            errors = guest.call("PATCH", "/me", {"nickname": nickname}, Accept_Language=language).json["errors"]
            assert errors == [{"pointer": "/nickname", "message": sentence}]


def test_a_refused_visit_in_both_languages(city: City) -> None:
    station = city.station()
    guest = city.guest()
    for credential in ("ZHANQIAO:000000x", f"{station.code}?v=1&k=wrong", "NOSUCH?v=1&k=x"):
        refused = city.visit(station, guest, credential=credential).refused
        db.session.rollback()
        assert refused is not None
        for language in ("zh-CN", "en"):
            answer = guest.check_in(credential, Accept_Language=language).json
            assert (answer["code"], answer["detail"]) == (refused.code, refused.sentence(language))
