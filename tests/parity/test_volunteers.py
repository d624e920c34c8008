"""Law 5 for volunteers: one sentence for one mistake, from the person's form, the panel's and the service."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask

from app.core import clock
from app.core.actor import SYSTEM
from app.volunteers import rules, service
from tests.builders import City, Guest
from tests.panel.desk import Desk, Office
from tests.parity.doors import Said, expected, through_form, through_service

pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
GOOD: dict[str, Any] = {"real_name": "张海鸥", "birth_date": "1990-05-01", "district": "370202", "phone": "13700137000"}
WRONG = [
    ("real_name", "张", rules.NAME_FORM),
    ("real_name", "张海鸥13800138000", rules.NAME_FORM),
    ("real_name", "王" * 41, rules.NAME_FORM),
    ("birth_date", "2999-01-01", rules.BIRTH_RANGE),
    ("birth_date", "1899-12-31", rules.BIRTH_RANGE),
    ("district", "110101", rules.UNKNOWN_CHOICE),
    ("emergency_contact", "x" * 61, rules.CONTACT_LONG),
    ("guardian_name", "张1", rules.NAME_FORM),
    ("guardian_phone", "110", rules.PHONE_FORM),
]
GUARDIAN = {"guardian_name": "张大海", "guardian_phone": "13900139000", "guardian_consent": True}
TYPED_TOO_LONG_FOR_THE_SCHEMA = ("emergency_contact",)
"""Where the API's own bound speaks first; tested as a type, not as a rule."""


@pytest.fixture
def desk(app: Flask) -> Desk:
    return Office(app).desk("city")


def plain(data: dict[str, Any]) -> dict[str, Any]:
    return data | {"birth_date": date.fromisoformat(data["birth_date"])}


def through_api(guest: Guest, data: dict[str, Any]) -> Said:
    body = {name: value for name, value in data.items() if name != "phone" and not name.startswith("guardian_")}
    if "guardian_name" in data:
        body["guardian"] = {name.removeprefix("guardian_"): data[name] for name in GUARDIAN}
    answer = guest.call("PUT", "/me/volunteer", body)
    assert answer.status_code == 422, answer.text
    found: Said = {}
    for one in answer.json["errors"]:
        name = one["pointer"].lstrip("/").replace("guardian/", "guardian_")
        found.setdefault(name, []).append(one["message"])
    return found


@pytest.mark.parametrize(("field", "value", "sentence"), WRONG)
def test_a_mistake_gets_one_sentence_at_every_door(
    desk: Desk, city: City, field: str, value: str, sentence: Any
) -> None:
    data = GOOD | (GUARDIAN if field in GUARDIAN else {}) | {field: value}
    form = data | ({"guardian_consent": "yes"} if "guardian_consent" in data else {})
    said = [
        through_service(lambda: service.create_volunteer(SYSTEM, data=plain(data), at=clock.now())),
        through_form(desk, "/admin/volunteers/new/", form),
    ]
    if field not in TYPED_TOO_LONG_FOR_THE_SCHEMA:
        said.append(through_api(city.citizen("13800138000"), data))
    if field != "district":
        row = city.invited("13800138009")
        said.append(through_form(desk, "/admin/volunteers/edit/", form, id=row.id))

    assert said == [expected(field, sentence)] * len(said)


def test_a_child_without_a_guardian_is_refused_in_one_sentence_at_every_door(desk: Desk, city: City) -> None:
    data = GOOD | {"birth_date": "2020-01-01"}
    answer = city.citizen("13800138000").call("PUT", "/me/volunteer", {k: v for k, v in data.items() if k != "phone"})

    assert through_form(desk, "/admin/volunteers/new/", data) == expected("guardian_name", rules.GUARDIAN_UNDER_14)
    assert answer.json["detail"] == rules.GUARDIAN_UNDER_14.zh
