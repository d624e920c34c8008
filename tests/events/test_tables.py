"""What the tables of events refuse, whoever writes to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.core.errors import DomainError
from app.core.types import new_public_id
from app.events.models import Event, Shift, SignUp
from app.orgs import service as offices
from tests.builders import City


def change(table: Any, row: Any, **values: Any) -> None:
    with unit_of_work():
        db.session.execute(update(table).where(table.id == row.id).values(**values))


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"taken": 11}, "signup.capacity_taken"),
        ({"taken": -1}, "signup.capacity_taken"),
        ({"capacity": 0}, "request.invalid"),
        ({"min_cover": 11}, "request.invalid"),
        ({"waitlisted": 1}, "service.busy"),
        ({"state": "cancelled"}, "service.busy"),
    ],
)
def test_a_shift_keeps_its_numbers(city: City, values: dict[str, Any], code: str) -> None:
    shift = city.shift()
    with pytest.raises(DomainError) as refused:
        change(Shift, shift, **values)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("longer", "is_kept"),
    [(timedelta(hours=24), True), (timedelta(hours=24, seconds=1), False), (timedelta(0), False)],
)
def test_a_shift_ends_after_its_start_and_within_24_hours(city: City, longer: timedelta, is_kept: bool) -> None:
    shift = city.shift()
    act: Callable[[], None] = lambda: change(Shift, shift, ends_at=shift.starts_at + longer)  # noqa: E731
    if is_kept:
        act()
        return
    with pytest.raises(DomainError) as refused:
        act()
    assert list(refused.value.fields) == ["ends_at"]


def test_a_volunteer_has_one_live_sign_up_per_shift(city: City) -> None:
    shift, (_, volunteer) = city.shift(), city.volunteer()

    def sign_up(state: str) -> None:
        with unit_of_work():
            db.session.add(
                SignUp(
                    public_id=new_public_id(),
                    shift_id=shift.id,
                    volunteer_id=volunteer.id,
                    state=state,
                    via="self",
                    late=False,
                    created_at=clock.now(),
                )
            )

    sign_up("cancelled_self")
    sign_up("confirmed")
    with pytest.raises(DomainError):
        sign_up("pending")


def test_nobody_publishes_what_they_wrote(city: City) -> None:
    event = city.event()
    data = {"login": "wang.nan", "name": "王南", "role": "city_admin", "scope": "city", "valid_until": None}
    with unit_of_work():
        author = offices.create_staff(SYSTEM, data=data, at=clock.now()).id
    with pytest.raises(DomainError) as refused:
        change(Event, event, author_id=author, publisher_id=author)
    assert refused.value.code == "event.published_by_author"
