"""Positions and shifts as the office plans them: one by one, by a week's pattern, and what people on them are spared."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.actor import SYSTEM
from app.core.clock import business_date, city_time
from app.core.db import db, unit_of_work
from app.core.errors import ChangedMeanwhile, InvalidInput, NotFound
from app.events import authoring, drafting, planning, programme, signups, weekly
from app.events.errors import CapacityTaken, EventStateConflict, PatternInUse, PositionInUse, ShiftOver
from app.events.models import Event, Position, Shift, SignUp
from app.inbox.models import Message
from tests.builders import City
from tests.events.test_authoring import acts, draft, staff

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
POSITION: dict[str, Any] = {"title_zh": "引导员", "title_en": "Guide", "approval": "instant"}


def position(event: Event, **changes: Any) -> Position:
    with unit_of_work():
        return planning.save_position(SYSTEM, event.id, None, data=POSITION | changes, at=clock.now())


def times(starts_in: timedelta = DAY, hours: int = 3, **changes: Any) -> dict[str, Any]:
    starts = clock.now() + starts_in
    return {"starts_at": starts, "ends_at": starts + hours * HOUR, "capacity": 10, "min_cover": 0} | changes


def opened(place: Position, **changes: Any) -> Shift:
    with unit_of_work():
        return planning.add_shift(SYSTEM, place.id, data=times(**changes), at=clock.now())


def taken(city: City, shift: Shift, phone: str = "13800138000") -> None:
    person, _ = city.volunteer(phone)
    with unit_of_work():
        signups.apply(person.actor, shift.public_id, risk_ack=True, at=clock.now())


def told() -> list[str]:
    """The kinds of what people were told of changes made by staff."""
    kinds = db.session.scalars(select(Message.kind_code).order_by(Message.id))
    return [kind for kind in kinds if kind.startswith("shift.")]


def fresh(shift: Shift) -> Shift:
    found = db.session.get(Shift, shift.id, populate_existing=True)
    assert found is not None
    return found


def test_two_positions_may_have_shifts_at_the_same_time(city: City) -> None:
    event, starts = draft(city), clock.now() + DAY
    at_once = {"starts_at": starts, "ends_at": starts + 3 * HOUR}
    made = [opened(position(event, title_zh=title), **at_once).id for title in ("引导员", "外语员")]
    assert [one.id for one in programme.open_shifts(programme.get_event_for_change(event.id))] == made


def test_an_event_lasts_from_its_first_to_its_last_shift(city: City) -> None:
    event = draft(city)
    place = position(event)
    first, last = opened(place, starts_in=2 * DAY), opened(place, starts_in=5 * DAY)
    found = programme.get_event_for_change(event.id)
    assert (found.starts_at, found.ends_at) == (first.starts_at, last.ends_at)
    with unit_of_work():
        planning.cancel_shift(SYSTEM, last.id, data={"reason_zh": "雨", "reason_en": "Rain"}, at=clock.now())
    found = programme.get_event_for_change(event.id)
    assert (found.starts_at, found.ends_at) == (first.starts_at, first.ends_at)


def test_every_change_to_a_plan_is_in_the_trail(city: City) -> None:
    event = draft(city)
    place, spare = position(event), position(event, title_zh="讲解员")
    shift = opened(place)
    with unit_of_work():
        planning.save_position(SYSTEM, event.id, place.id, data={"min_age": 16}, at=clock.now())
        planning.update_shift(SYSTEM, shift.id, data={"min_cover": 3}, seen_version=None, at=clock.now())
        planning.remove_position(SYSTEM, spare.id, at=clock.now())
    assert acts(event) == [
        "events.create", "events.add_position", "events.add_position", "events.add_shift",
        "events.update_position", "events.update_shift", "events.remove_position",
    ]  # fmt: skip


def test_a_position_with_a_history_stays(city: City) -> None:
    place = position(draft(city))
    shift = opened(place)
    with unit_of_work():
        planning.cancel_shift(SYSTEM, shift.id, data={"reason_zh": "雨", "reason_en": "Rain"}, at=clock.now())
    with pytest.raises(PositionInUse), unit_of_work():
        planning.remove_position(SYSTEM, place.id, at=clock.now())


def test_a_shift_with_people_moves_and_they_are_told_once(city: City) -> None:
    shift = city.shift()
    taken(city, shift)
    later = {"starts_at": shift.starts_at + HOUR, "ends_at": shift.ends_at + HOUR}
    for _ in range(2):
        with unit_of_work():
            planning.update_shift(SYSTEM, shift.id, data=later, seen_version=None, at=clock.now())
    assert fresh(shift).starts_at == later["starts_at"]
    assert told() == ["shift.changed"]


def test_a_shift_does_not_move_onto_another_one_of_somebody_on_it(city: City) -> None:
    person, row = city.volunteer()
    shift, other = city.shift(hours=2), city.shift(starts_in=3 * DAY + 2 * HOUR, hours=2)
    for one in (shift, other):
        with unit_of_work():
            signups.apply(person.actor, one.public_id, risk_ack=True, at=clock.now())
    later = {"starts_at": shift.starts_at + HOUR, "ends_at": shift.ends_at + HOUR}
    with pytest.raises(InvalidInput) as refusal, unit_of_work():
        planning.update_shift(SYSTEM, shift.id, data=later, seen_version=None, at=clock.now())
    assert row.volunteer_no in refusal.value.fields["starts_at"][0].zh
    assert fresh(shift).starts_at == shift.starts_at
    back_to_back = {"starts_at": other.starts_at - HOUR, "ends_at": other.starts_at}
    with unit_of_work():
        planning.update_shift(SYSTEM, shift.id, data=back_to_back, seen_version=None, at=clock.now())


def test_a_new_place_is_told_to_those_who_come(city: City) -> None:
    event = city.event()
    taken(city, city.shift(event))
    with unit_of_work():
        authoring.update_event(
            SYSTEM, event.id, data={"place_zh": "回澜阁", "place_en": "Pavilion"}, seen_version=None, at=clock.now()
        )
        authoring.update_event(SYSTEM, event.id, data={"contact": "0532-2"}, seen_version=None, at=clock.now())
    assert told() == ["shift.changed"]


def test_an_empty_shift_moves_and_its_event_with_it(city: City) -> None:
    shift = city.shift()
    later = {"starts_at": shift.starts_at + HOUR, "ends_at": shift.ends_at + HOUR, "capacity": 4, "min_cover": 4}
    with unit_of_work():
        moved = planning.update_shift(SYSTEM, shift.id, data=later, seen_version=shift.version, at=clock.now())
    assert (moved.starts_at, moved.capacity, moved.min_cover) == (later["starts_at"], 4, 4)
    event = db.session.get(Event, 1, populate_existing=True)
    assert event is not None
    assert event.starts_at == later["starts_at"]


def test_less_capacity_drops_nobody(city: City) -> None:
    shift = city.shift(capacity=3)
    for phone in ("13800138001", "13800138002"):
        taken(city, shift, phone)
    with pytest.raises(CapacityTaken) as refusal, unit_of_work():
        planning.update_shift(SYSTEM, shift.id, data={"capacity": 1}, seen_version=None, at=clock.now())
    assert "现在占用名额的有" in refusal.value.sentence("zh-CN")
    with unit_of_work():
        planning.update_shift(SYSTEM, shift.id, data={"capacity": 2}, seen_version=None, at=clock.now())
    assert (fresh(shift).capacity, fresh(shift).taken) == (2, 2)


def test_of_two_who_change_a_shift_the_second_is_told(city: City) -> None:
    shift = city.shift()
    seen = shift.version
    with unit_of_work():
        planning.update_shift(SYSTEM, shift.id, data={"min_cover": 2}, seen_version=seen, at=clock.now())
    with pytest.raises(ChangedMeanwhile), unit_of_work():
        planning.update_shift(SYSTEM, shift.id, data={"min_cover": 5}, seen_version=seen, at=clock.now())


def test_what_is_over_does_not_change(city: City) -> None:
    shift = city.shift(starts_in=-DAY)
    with pytest.raises(ShiftOver), unit_of_work():
        planning.update_shift(SYSTEM, shift.id, data={"capacity": 5}, seen_version=None, at=clock.now())
    with pytest.raises(ShiftOver), unit_of_work():
        planning.cancel_shift(SYSTEM, shift.id, data={"reason_zh": "x", "reason_en": "x"}, at=clock.now())


def test_a_district_plans_nothing_for_another(city: City) -> None:
    event = draft(city, district_id=city.district_id("370212"))
    place = position(event)
    shift = opened(place)
    shinan = staff("wang.nan", "district_admin", "district:370202")
    for act in (
        lambda: planning.save_position(shinan, event.id, None, data=POSITION, at=clock.now()),
        lambda: planning.add_shift(shinan, place.id, data=times(), at=clock.now()),
        lambda: planning.update_shift(shinan, shift.id, data={"capacity": 2}, seen_version=None, at=clock.now()),
        lambda: planning.apply_pattern(shinan, place.id, data=pattern(), at=clock.now()),
    ):
        with pytest.raises(NotFound), unit_of_work():
            act()


# --- cancelling an event -----------------------------------------------------------------------------


def test_a_cancelled_event_takes_its_shifts_to_come_along_and_keeps_every_row(city: City) -> None:
    event = city.event()
    past, ahead = city.shift(event, starts_in=-DAY), city.shift(event)
    taken(city, ahead)
    reasons = {"reason_zh": "大风红色预警", "reason_en": "Red wind alert"}
    with pytest.raises(InvalidInput), unit_of_work():
        authoring.cancel_event(SYSTEM, event.id, data={"reason_zh": "大风"}, at=clock.now())
    with unit_of_work():
        found = authoring.cancel_event(SYSTEM, event.id, data=reasons, at=clock.now())
    assert (found.state, found.cancel_reason_zh, found.cancel_reason_en) == ("cancelled", *reasons.values())
    assert (fresh(past).state, fresh(ahead).state, fresh(ahead).taken) == ("open", "cancelled", 0)
    db.session.rollback()
    assert [(one.state, one.reason) for one in db.session.query(SignUp)] == [("cancelled_org", "大风红色预警")]
    assert told() == ["shift.cancelled"]
    with pytest.raises(EventStateConflict), unit_of_work():
        authoring.cancel_event(SYSTEM, event.id, data=reasons, at=clock.now())


# --- a week's pattern --------------------------------------------------------------------------------


def pattern(**changes: Any) -> dict[str, Any]:
    tomorrow = business_date(clock.now()) + DAY
    return {
        "weekdays": list(range(7)),
        "starts_min": 540,
        "ends_min": 720,
        "from_on": tomorrow,
        "until_on": tomorrow + 4 * DAY,
        "capacity": 6,
        "min_cover": 2,
        "skip_holidays": False,
    } | changes


def test_a_pattern_is_shown_then_opened_then_undone(city: City) -> None:
    event = draft(city)
    place = position(event)
    with unit_of_work():
        assert len(planning.plan_pattern(SYSTEM, place.id, data=pattern(), at=clock.now())) == 5
    assert programme.open_shifts(programme.get_event_for_change(event.id)) == []
    with unit_of_work():
        made = planning.apply_pattern(SYSTEM, place.id, data=pattern(), at=clock.now())
    shifts = programme.open_shifts(programme.get_event_for_change(event.id))
    assert [f"{city_time(one.starts_at):%H:%M}" for one in shifts] == ["09:00"] * 5
    assert {(one.capacity, one.min_cover) for one in shifts} == {(6, 2)}
    assert sorted(made.shift_ids) == sorted(one.id for one in shifts)
    assert [one.id for one in programme.list_patterns(event.id)] == [made.id]
    with unit_of_work():
        planning.undo_pattern(SYSTEM, made.id, at=clock.now())
    found = programme.get_event_for_change(event.id)
    assert (programme.open_shifts(found), found.starts_at) == ([], None)
    assert programme.list_patterns(event.id) == []
    with pytest.raises(PatternInUse), unit_of_work():
        planning.undo_pattern(SYSTEM, made.id, at=clock.now())


def test_a_pattern_applied_twice_adds_nothing(city: City) -> None:
    place = position(draft(city))
    with unit_of_work():
        planning.apply_pattern(SYSTEM, place.id, data=pattern(), at=clock.now())
    with pytest.raises(InvalidInput) as refusal, unit_of_work():
        planning.apply_pattern(SYSTEM, place.id, data=pattern(), at=clock.now())
    assert refusal.value.fields == {"until_on": [weekly.NOTHING_MEANT]}


def test_a_pattern_is_not_undone_once_somebody_has_signed_up(city: City) -> None:
    event = city.event()
    place = position(event)
    with unit_of_work():
        made = planning.apply_pattern(SYSTEM, place.id, data=pattern(), at=clock.now())
    shift = programme.open_shifts(programme.get_event_for_change(event.id))[2]
    taken(city, shift)
    with pytest.raises(PatternInUse), unit_of_work():
        planning.undo_pattern(SYSTEM, made.id, at=clock.now())
    assert len(programme.open_shifts(programme.get_event_for_change(event.id))) == 5


def test_a_pattern_speaks_the_rules_of_a_shift(city: City) -> None:
    place = position(draft(city))
    with pytest.raises(InvalidInput) as refusal, unit_of_work():
        planning.apply_pattern(SYSTEM, place.id, data=pattern(capacity=0, from_on=date(2020, 1, 1)), at=clock.now())
    assert refusal.value.fields == {"capacity": [drafting.CAPACITY_RANGE], "from_on": [weekly.FROM_PAST]}


def test_a_duty_roster_is_short_until_its_least_cover_is_there(city: City) -> None:
    shift = city.shift(min_cover=1)
    short = programme.whole().where(programme.short_of_people(clock.now()))
    assert len(db.session.scalars(short).all()) == 1
    taken(city, shift)
    db.session.rollback()
    assert db.session.scalars(short).all() == []
