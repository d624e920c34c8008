"""Law 5 for events: what is wrong with an event, a position or a shift is said in one sentence at every door."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.core import clock
from app.core.actor import SYSTEM
from app.core.clock import city_time
from app.core.db import db
from app.core.errors import Text
from app.events import authoring, drafting, planning
from app.events.models import Event
from app.stations.rules import UNKNOWN_CHOICE
from tests.builders import City
from tests.events.test_authoring import PLAN
from tests.panel.desk import Desk, Office
from tests.parity.doors import expected, through_form, through_service

pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
HOUR = timedelta(hours=1)
TOO_LONG, UNPRINTABLE = (
    Text("最多 60 个字。", "At most 60 characters."),
    Text("里面有无法显示的字符。", "It holds characters that cannot be shown."),
)
WRONG: list[tuple[str, Any, Text]] = [
    ("title_zh", "", drafting.FILL_IN),
    ("title_en", "", drafting.FILL_IN),
    ("title_zh", "鸥" * 61, TOO_LONG),
    ("summary_zh", "看\x07", UNPRINTABLE),
    ("category", "party", UNKNOWN_CHOICE),
    ("category", "", UNKNOWN_CHOICE),
    ("district_id", "999", UNKNOWN_CHOICE),
    ("district_id", "", UNKNOWN_CHOICE),
    ("station_id", "999", UNKNOWN_CHOICE),
    ("organisation_id", "x", UNKNOWN_CHOICE),
    ("no_particular_risk", "yes", drafting.RISK_BOTH_WAYS),
]
GAPS: list[tuple[dict[str, str], str, Text]] = [
    ({"risk_note_zh": "", "risk_note_en": ""}, "risk_note_zh", drafting.RISK_MISSING),
    ({"requirements_zh": "", "requirements_en": ""}, "requirements_zh", drafting.REQUIREMENTS_MISSING),
    ({"contact": ""}, "contact", drafting.CONTACT_MISSING),
    ({"place_zh": "", "place_en": ""}, "place_zh", drafting.PLACE_MISSING),
    ({"risk_note_en": ""}, "risk_note_en", drafting.BOTH_LANGUAGES),
]


@pytest.fixture
def desk(app: Flask) -> Desk:
    return Office(app).desk("city")


def plain(field: str, value: Any) -> Any:
    """What a form hands on for what was typed."""
    if field.endswith("_id"):
        return int(value) if value.isdigit() else value or None
    return value == "yes" if field == "no_particular_risk" else value


def test_an_event_in_service_new_form_and_changed(city: City, desk: Desk) -> None:
    event = city.event(state="draft", published_at=None)
    good = {**PLAN, "district_id": str(city.district_id())}
    for field, value, sentence in WRONG:
        data = {**PLAN, "district_id": city.district_id(), field: plain(field, value)}
        said = [
            through_service(lambda data=data: authoring.create_event(SYSTEM, data=data, at=clock.now())),
            through_form(desk, "/admin/events/new/", good | {field: value, "approval": "instant"}),
            through_form(desk, "/admin/events/edit/", good | {field: value}, id=event.id),
        ]
        assert said == [expected(field, sentence)] * 3, (field, value, said)
    db.session.rollback()
    assert db.session.query(Event).count() == 1


def test_what_publishing_asks_is_said_when_handing_in_and_when_a_published_event_is_changed(
    city: City, desk: Desk
) -> None:
    shown = city.event()
    shift = city.shift(shown)
    times = {"starts_at": typed(shift.starts_at), "ends_at": typed(shift.ends_at), "capacity": "5", "min_cover": "0"}
    first = {"position_zh": "引导员", "position_en": "Guide", "approval": "instant", "submit": "yes", **times}
    good = {**PLAN, "district_id": str(city.district_id())}
    for change, field, sentence in GAPS:
        said = [
            through_form(desk, "/admin/events/new/", good | first | change),
            through_form(desk, "/admin/events/edit/", good | change, id=shown.id),
        ]
        assert said == [expected(field, sentence)] * 2, (change, said)


def typed(at: Any) -> str:
    return city_time(at).strftime("%Y-%m-%dT%H:%M")


def test_a_shift_in_service_form_and_changed(city: City, desk: Desk) -> None:
    event = city.event()
    shift = city.shift(event)
    place = shift.position_id
    starts = (clock.now() + timedelta(days=2)).replace(second=0, microsecond=0)
    good: dict[str, Any] = {"starts_at": starts, "ends_at": starts + 2 * HOUR, "capacity": 5, "min_cover": 1}
    wrong: list[tuple[str, Any, Text]] = [
        ("starts_at", None, drafting.FILL_IN),
        ("starts_at", starts - timedelta(days=3), drafting.STARTS_PAST),
        ("ends_at", starts, drafting.END_LATER),
        ("ends_at", starts + 25 * HOUR, drafting.TOO_LONG),
        ("capacity", 0, drafting.CAPACITY_RANGE),
        ("capacity", None, drafting.CAPACITY_RANGE),
        ("min_cover", 6, drafting.COVER_RANGE),
    ]
    for field, value, sentence in wrong:
        data = good | {field: value}
        if field == "starts_at" and value is not None:
            data["ends_at"] = value + HOUR
        sent = {
            name: typed(v) if name.endswith("_at") and v else "" if v is None else str(v) for name, v in data.items()
        }
        said = [
            through_service(lambda data=data: planning.add_shift(SYSTEM, place, data=data, at=clock.now())),
            through_form(desk, "/admin/events/shift/", sent, id=event.id, position=place),
            through_form(desk, "/admin/events/shift/", sent, id=event.id, shift=shift.id),
        ]
        assert said == [expected(field, sentence)] * 3, (field, value, said)


def test_the_reason_of_a_cancellation(city: City, desk: Desk) -> None:
    event = city.event()
    shift = city.shift(event)
    for reason, sentence in (("", drafting.FILL_IN), ("风\x07", UNPRINTABLE)):
        data = {"reason_zh": reason, "reason_en": "Wind"}
        said = [
            through_service(lambda data=data: authoring.cancel_event(SYSTEM, event.id, data=data, at=clock.now())),
            through_service(lambda data=data: planning.cancel_shift(SYSTEM, shift.id, data=data, at=clock.now())),
            through_form(desk, "/admin/events/act/cancel/", data, id=event.id),
            through_form(desk, "/admin/events/act/cancel_shift/", data | {"shift": shift.id}, id=event.id),
        ]
        assert said == [expected("reason_zh", sentence)] * 4, (reason, said)
