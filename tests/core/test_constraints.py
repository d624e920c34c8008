"""A violated constraint becomes the sentence of its rule, on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from app.checkins.models import CheckIn
from app.core import installation
from app.core.db import (
    unit_of_work,
)
from app.core.errors import DomainError, InvalidInput, ServiceBusy
from app.stations import rules
from app.stations.errors import StationAlreadyClosed
from app.stations.models import Circle, Closure, Station
from tests.builders import City
from tests.core.test_db import AT


def station_row(**changes: Any) -> dict[str, Any]:
    return {
        "code": "YANDAO", "name_zh": "燕岛", "name_en": "Yandao", "kind": "station", "district_id": 1,
        "address_zh": "", "address_en": "", "description_zh": "", "description_en": "", "languages": ["zh"],
        "coord_quality": "surveyed", "state": "open", "demo": False, "version": 1, "created_at": AT, "updated_at": AT,
    } | changes  # fmt: skip


def circle_row(**changes: Any) -> dict[str, Any]:
    return {"station_id": 1, "position": 9, "lat": 36.06, "lng": 120.31, "radius_m": 150} | changes


def closure_row(**changes: Any) -> dict[str, Any]:
    return {"station_id": 1, "reason_zh": "雨", "reason_en": "Rain", "starts_at": AT} | changes


BREACHES = [
    ("unique", Station, station_row(code="ZHANQIAO"), InvalidInput, {"code": [rules.CODE_TAKEN]}),
    ("check", Circle, circle_row(radius_m=5), InvalidInput, {"circles": [rules.RADIUS_RANGE]}),
    ("check on two columns", Circle, circle_row(lat=95.0), InvalidInput, {"circles": [rules.OUT_OF_CITY]}),
    ("one of a few words", Station, station_row(kind="palace"), InvalidInput, {"kind": [rules.UNKNOWN_CHOICE]}),
    ("order of times", Closure, closure_row(until=AT), InvalidInput, {"until": [rules.UNTIL_LATER]}),
    ("unique where", Closure, closure_row(starts_at=AT + timedelta(hours=1)), StationAlreadyClosed, {}),
    ("technical", Circle, circle_row(position=0), ServiceBusy, {}),
]


@pytest.mark.parametrize(("what", "table", "row", "refusal", "fields"), BREACHES, ids=[b[0] for b in BREACHES])
def test_a_violated_constraint_becomes_the_sentence_of_its_rule(
    app: Flask, city: City, what: str, table: Any, row: dict[str, Any], refusal: type[DomainError], fields: Any
) -> None:
    assert city.station().id == 1
    with unit_of_work() as unit:
        unit.session.execute(insert(Closure).values(**closure_row()))
    with pytest.raises(DomainError) as refused, unit_of_work() as unit:
        unit.session.execute(insert(table).values(**row))
    assert type(refused.value) is refusal
    assert refused.value.fields == fields
    assert isinstance(refused.value.__cause__, IntegrityError)


def test_a_constraint_that_breaks_at_the_final_flush_is_told_the_same(app: Flask, city: City) -> None:
    city.station()
    with pytest.raises(InvalidInput) as refused, unit_of_work() as unit:
        unit.session.add(Station(**station_row(code="ZHANQIAO")))
    assert refused.value.fields == {"code": [rules.CODE_TAKEN]}


def test_a_violation_that_no_rule_stands_for_is_passed_on_as_it_is(app: Flask) -> None:
    with unit_of_work():
        installation.claim(installation.Owner.TESTING, at=AT)
    with pytest.raises(IntegrityError), unit_of_work():
        installation.claim(installation.Owner.DEMO, at=AT)
    assert installation.find_owner() is installation.Owner.TESTING


@pytest.mark.parametrize("step", [None, 42])
def test_of_two_partial_indexes_on_one_table_the_violated_one_is_named(
    app: Flask, city: City, step: int | None
) -> None:
    """The day's index is a technical matter, the step's says that the digits were used."""
    station, guest = city.station(), city.guest()
    row = {
        "person_id": guest.id, "station_id": station.id, "state": "accepted", "grade": "C", "happened_at": AT,
        "source": "api", "step": 42,
    }  # fmt: skip
    other_day = date(2026, 11, 23) if step else date(2026, 11, 22)
    again = row | {"step": step, "public_id": "b", "business_date": other_day}
    with unit_of_work() as unit:
        unit.session.execute(insert(CheckIn).values(**row, public_id="a", business_date=date(2026, 11, 22)))
    with pytest.raises(DomainError) as refused, unit_of_work() as unit:
        unit.session.execute(insert(CheckIn).values(**again))
    assert refused.value.code == ("checkin.code_expired" if step else "service.busy")
