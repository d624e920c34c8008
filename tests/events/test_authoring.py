"""From a draft to a published event, by two people; what is refused on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.audit.models import AuditEntry
from app.core import clock
from app.core.actor import SYSTEM, Actor, Grant
from app.core.clock import business_date
from app.core.db import db, unit_of_work
from app.core.errors import AccessDenied, ChangedMeanwhile, InvalidInput, NotFound
from app.events import authoring, drafting, programme
from app.events.errors import EventStateConflict, PublishedByAuthor
from app.events.models import Event
from app.events.programme import Phase
from app.orgs import queries
from tests.builders import City
from tests.panel.desk import make_staff

PLAN: dict[str, Any] = {
    "title_zh": "文明观鸥劝导",
    "title_en": "Gull watching",
    "category": "gull_watching",
    "summary_zh": "请游客文明观鸥",
    "summary_en": "Ask visitors to be kind to gulls",
    "requirements_zh": "年满 16 岁",
    "requirements_en": "16 or older",
    "risk_note_zh": "海边风大浪高",
    "risk_note_en": "Strong wind and high waves",
    "place_zh": "栈桥入口",
    "place_en": "Entrance of the pier",
    "contact": "栈桥驿站 0532-0000",
}


def staff(login: str, role: str = "city_admin", scope: str = "city") -> Actor:
    """Somebody of the office as they act: with the grant they really hold."""
    staff_id = make_staff(login, role, scope)
    kind, _, _ = scope.partition(":")
    grant = queries.list_grants(staff_id)[0]
    return Actor("staff", staff_id, f"staff:{login}", (Grant(role, kind, grant.scope_id),))


def draft(city: City, actor: Actor = SYSTEM, **changes: Any) -> Event:
    with unit_of_work():
        return authoring.create_event(
            actor, data={**PLAN, "district_id": city.district_id(), **changes}, at=clock.now()
        )


def submitted(city: City, actor: Actor = SYSTEM) -> Event:
    event = draft(city, actor)
    city.shift(event)
    with unit_of_work():
        return authoring.submit_event(actor, event.id, at=clock.now())


def acts(event: Event) -> list[str]:
    query = select(AuditEntry.action).where(AuditEntry.object_id == event.public_id).order_by(AuditEntry.seq)
    return list(db.session.scalars(query))


def test_an_event_is_written_by_one_and_published_by_another(city: City) -> None:
    author, colleague = staff("lin.hai"), staff("wang.nan")
    event = submitted(city, author)
    with unit_of_work():
        found = authoring.publish_event(colleague, event.id, at=clock.now())
    assert (found.state, found.author_id, found.publisher_id) == ("published", author.id, colleague.id)
    assert acts(event) == ["events.create", "events.submit", "events.publish"]


def test_the_author_cannot_publish_their_own_event(city: City) -> None:
    author = staff("lin.hai")
    event = submitted(city, author)
    with pytest.raises(PublishedByAuthor), unit_of_work():
        authoring.publish_event(author, event.id, at=clock.now())


def test_the_table_too_refuses_a_publisher_who_is_the_author(city: City) -> None:
    author = staff("lin.hai")
    event = submitted(city, author)
    published = {"state": "published", "published_at": clock.now(), "publisher_id": author.id}
    with pytest.raises(PublishedByAuthor), unit_of_work():
        db.session.execute(update(Event).where(Event.id == event.id).values(published))


@pytest.mark.parametrize("missing", ["requirements_zh", "contact", "risk_note_zh", "summary_en"])
def test_nothing_is_handed_in_without_what_people_must_be_told(city: City, missing: str) -> None:
    event = draft(city, **{missing: "", missing.replace("_zh", "_en"): ""})
    city.shift(event)
    with pytest.raises(InvalidInput) as refusal, unit_of_work():
        authoring.submit_event(SYSTEM, event.id, at=clock.now())
    assert missing in refusal.value.fields


def test_an_event_whose_only_shift_has_begun_is_not_published(city: City) -> None:
    event = submitted(city)
    with pytest.raises(InvalidInput) as refusal, unit_of_work():
        authoring.publish_event(SYSTEM, event.id, at=clock.now() + timedelta(days=4))
    assert refusal.value.fields == {"shifts": [drafting.SHIFT_MISSING]}


def test_sent_back_it_is_a_draft_again_with_the_reason_in_the_trail(city: City) -> None:
    event = submitted(city)
    with pytest.raises(InvalidInput), unit_of_work():
        authoring.send_back(SYSTEM, event.id, reason=" ", at=clock.now())
    with unit_of_work():
        authoring.send_back(SYSTEM, event.id, reason="请补充集合地点", at=clock.now())
    assert event.state == "draft"
    with pytest.raises(EventStateConflict), unit_of_work():
        authoring.publish_event(SYSTEM, event.id, at=clock.now())


def test_r7_of_two_who_edit_the_second_is_told_and_nothing_is_lost(city: City) -> None:
    event = draft(city)
    seen, colleague = event.version, staff("lin.hai")
    with unit_of_work():
        authoring.update_event(colleague, event.id, data={"contact": "0532-1111"}, seen_version=seen, at=clock.now())
    with pytest.raises(ChangedMeanwhile) as refusal, unit_of_work():
        authoring.update_event(SYSTEM, event.id, data={"contact": "0532-2222"}, seen_version=seen, at=clock.now())
    assert refusal.value.facts == {"by": "lin.hai", "what": "contact"}
    row = db.session.get(Event, event.id, populate_existing=True)
    assert row is not None
    assert row.contact == "0532-1111"


def test_what_people_see_stays_complete(city: City) -> None:
    event = submitted(city)
    with unit_of_work():
        authoring.publish_event(SYSTEM, event.id, at=clock.now())
    with pytest.raises(InvalidInput) as refusal, unit_of_work():
        authoring.update_event(
            SYSTEM, event.id, data={"risk_note_zh": "", "risk_note_en": ""}, seen_version=None, at=clock.now()
        )
    assert refusal.value.fields == {"risk_note_zh": [drafting.RISK_MISSING]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"district_id": 999}, "district_id"),
        ({"station_id": 999}, "station_id"),
        ({"organisation_id": 9}, "organisation_id"),
    ],
)
def test_a_place_that_does_not_exist_is_refused_at_its_field(city: City, change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        draft(city, **change)
    assert set(refusal.value.fields) == {field}


def test_a_district_plans_in_its_own_district_and_nowhere_else(city: City) -> None:
    own = staff("wang.nan", "district_admin", "district:370202")
    event = draft(city, own)
    with pytest.raises(NotFound):
        draft(city, own, district_id=city.district_id("370212"))
    with pytest.raises(NotFound), unit_of_work():
        authoring.update_event(
            own, event.id, data={"district_id": city.district_id("370212")}, seen_version=None, at=clock.now()
        )
    other = draft(city, district_id=city.district_id("370212"))
    with pytest.raises(NotFound), unit_of_work():
        authoring.update_event(own, other.id, data={"contact": "x"}, seen_version=None, at=clock.now())


def test_a_leader_sees_the_own_event_and_rewrites_nothing(city: City) -> None:
    event, other = draft(city), draft(city)
    leader = staff("zhao.qin", "event_leader", f"event:{event.public_id}")
    with pytest.raises(AccessDenied), unit_of_work():
        authoring.update_event(leader, event.id, data={"contact": "x"}, seen_version=None, at=clock.now())
    with pytest.raises(NotFound), unit_of_work():
        authoring.update_event(leader, other.id, data={"contact": "x"}, seen_version=None, at=clock.now())


def test_a_copy_is_a_draft_whose_shifts_keep_their_days_apart(city: City) -> None:
    event = submitted(city)
    city.shift(event, starts_in=timedelta(days=5), capacity=4, min_cover=2)
    day = business_date(clock.now()) + timedelta(days=20)
    with unit_of_work():
        copy = authoring.duplicate_event(SYSTEM, event.id, first_on=day, at=clock.now())
    assert (copy.state, copy.title_zh, copy.published_at) == ("draft", event.title_zh, None)
    shifts = programme.open_shifts(copy)
    assert [business_date(one.starts_at) for one in shifts] == [day, day + timedelta(days=2)]
    assert [(one.capacity, one.min_cover, one.taken) for one in shifts] == [(10, 0, 0), (4, 2, 0)]
    assert copy.starts_at == shifts[0].starts_at


def test_a_copy_without_a_first_day_has_positions_and_no_shifts(city: City) -> None:
    event = submitted(city)
    with unit_of_work():
        copy = authoring.duplicate_event(SYSTEM, event.id, first_on=None, at=clock.now())
    assert len(copy.positions) == 1
    assert programme.open_shifts(copy) == []
    with pytest.raises(InvalidInput), unit_of_work():
        authoring.duplicate_event(SYSTEM, event.id, first_on=business_date(clock.now()), at=clock.now())


def test_every_event_is_in_exactly_one_phase_and_both_ways_of_asking_agree(city: City) -> None:
    now = clock.now()
    draft(city)
    submitted(city)
    for starts_in in (timedelta(hours=-5), timedelta(hours=-1), timedelta(days=2)):
        city.shift(city.event(), starts_in=starts_in)
    full = city.shift(city.event(), capacity=1)
    with unit_of_work():
        row = db.session.merge(full)
        row.taken = 1
    city.event(state="cancelled", cancel_reason_zh="大风", cancel_reason_en="Wind")
    found = {
        phase: {one.id for one in db.session.scalars(programme.whole().where(programme.in_phase(phase, now)))}
        for phase in Phase
    }
    assert {phase: len(ids) for phase, ids in found.items()} == dict.fromkeys(Phase, 1)
    for event in db.session.scalars(programme.whole().execution_options(populate_existing=True)):
        assert event.id in found[programme.phase_of(event, now)]
