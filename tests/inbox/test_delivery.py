"""Handing text messages over: once each, not at night, again when it failed, given up after the eighth try."""

from __future__ import annotations

import dataclasses
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from app import jobs
from app.cli import doctor
from app.clients import NotSetUp, Unreachable
from app.clients.sms.fake import Outbox
from app.core import clock, outbox
from app.core.db import db, unit_of_work
from app.core.errors import NotFound
from app.core.outbox import OutboxRow
from app.factory import create_app
from app.people.models import Person
from tests.builders import City
from tests.inbox.telling import FACTS, LOUD, NOON, kinds, let_wait_be_over, rows, tell  # noqa: F401
from tests.panel.desk import ONE_DATABASE

pytestmark = pytest.mark.usefixtures("kinds")
NIGHT = NOON + timedelta(hours=9)
FAR_NIGHT = NIGHT.replace(year=2999)
"""Its morning lies ahead of the database's own clock, which says what is due."""


class Gateway(Outbox):
    """A gateway that refuses numbers it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: dict[str, Exception] = {}

    def tell(self, phone: str, text: str, *, message_id: str, kind: str, params: Mapping[str, str]) -> None:
        if phone in self.refused:
            raise self.refused[phone]
        super().tell(phone, text, message_id=message_id, kind=kind, params=params)


@pytest.fixture
def gateway(app: Flask) -> Iterator[Gateway]:
    before, fake = app.extensions["sms_messages"], Gateway()
    app.extensions["sms_messages"] = fake
    yield fake
    app.extensions["sms_messages"] = before


def test_a_message_is_sent_once_in_the_persons_own_language(city: City, gateway: Gateway) -> None:
    citizen, english = city.citizen(), city.citizen("13800138001")
    english.call("PATCH", "/me", {"locale": "en"})
    tell(citizen)
    tell(english)

    assert jobs.deliver_messages(NOON) == "2 text messages sent"
    assert jobs.deliver_messages(NOON) == ""

    first, second = gateway.told
    assert (first.phone, first.kind, first.text) == ("13800138000", LOUD.code, "栈桥引导 11月25日周三 09:00有名额。")
    assert (second.phone, second.text) == ("13800138001", "Zhanqiao guides has a place, Wed 25 Nov, 09:00.")
    assert second.params == FACTS | {"starts_at": "Wed 25 Nov, 09:00"}
    assert [row.state for row in rows()] == ["sent", "sent"]
    assert [first.message_id, second.message_id] == [row.public_id for row in rows()]


def test_two_consumers_at_once_send_each_message_once(app: Flask, city: City, gateway: Gateway) -> None:
    citizen = city.citizen()
    for number in range(30):
        tell(citizen, key=f"shift:{number}")
    barrier = threading.Barrier(2)

    def consumer() -> None:
        with app.app_context():
            barrier.wait()
            jobs.deliver_messages(NOON)
            db.session.remove()

    threads = [threading.Thread(target=consumer) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Counter(Counter(one.message_id for one in gateway.told).values()) == {1: 30}
    assert {(row.state, row.tries) for row in rows()} == {("sent", 1)}


def test_a_message_of_the_evening_waits_for_eight_in_the_morning(city: City, gateway: Gateway) -> None:
    tell(city.citizen(), at=NIGHT)

    (row,) = rows()
    assert clock.rfc3339(row.next_try_at) == "2026-11-25T08:00:00+08:00"


def test_what_was_due_by_day_and_is_found_by_night_waits_too_and_counts_no_try(city: City, gateway: Gateway) -> None:
    tell(city.citizen())

    assert jobs.deliver_messages(FAR_NIGHT) == ""

    (row,) = rows()
    assert (row.state, row.tries, list(gateway.told)) == ("waiting", 0, [])
    assert clock.rfc3339(row.next_try_at) == "2999-11-25T08:00:00+08:00"
    let_wait_be_over()
    assert jobs.deliver_messages(NOON + timedelta(days=1)) == "1 text messages sent"


def test_f12_others_flow_past_a_poison_message_which_is_dead_after_eight_tries_and_the_lag_shows(
    city: City, gateway: Gateway
) -> None:
    poisoned, citizen = city.citizen(), city.citizen("13800138001")
    tell(poisoned)
    with unit_of_work():
        db.session.execute(update(OutboxRow).values(payload={"starts_at": "never"}))
    tell(citizen)

    for tries in range(1, 9):
        jobs.deliver_messages(NOON)
        sick, well = rows()
        assert (well.state, len(gateway.told)) == ("sent", 1)
        assert sick.tries == tries
        assert outbox.find_oldest_due() == (NOON if tries < 8 else None)
        let_wait_be_over()
    assert (sick.state, sick.fault) == ("dead", "ValueError")
    assert jobs.deliver_messages(NOON) == ""


def test_each_failed_try_waits_longer_up_to_an_hour() -> None:
    assert [outbox.retry_after(tries) / timedelta(minutes=1) for tries in range(1, 8)] == [1, 2, 4, 8, 16, 32, 60]


def test_a_failed_try_is_not_repeated_at_once(city: City, gateway: Gateway) -> None:
    tell(city.citizen())
    gateway.refused["13800138000"] = Unreachable()

    assert jobs.deliver_messages(NOON) == "1 not taken"
    assert jobs.deliver_messages(NOON) == ""

    (row,) = rows()
    assert (row.state, row.tries, row.fault) == ("waiting", 1, "unreachable")
    assert timedelta(seconds=50) < row.next_try_at - clock.now() < timedelta(seconds=70)


def test_a_gateway_that_is_down_is_left_alone_until_the_next_minute(city: City, gateway: Gateway) -> None:
    citizen = city.citizen()
    gateway.refused["13800138000"] = Unreachable()
    for number in range(5):
        tell(citizen, key=f"shift:{number}")

    assert jobs.deliver_messages(NOON) == "3 not taken"

    assert [row.tries for row in rows()] == [1, 1, 1, 0, 0]


def test_a_message_whose_eight_claimers_all_died_is_dead(city: City, gateway: Gateway) -> None:
    tell(city.citizen())
    for _ in range(8):
        with unit_of_work():
            assert outbox.claim() is not None
        let_wait_be_over()

    assert jobs.deliver_messages(NOON) == "1 not taken"

    (row,) = rows()
    assert (row.state, row.fault, list(gateway.told)) == ("dead", "abandoned", [])


def test_a_claimed_message_is_nobody_elses_until_its_lease_ends(city: City, gateway: Gateway) -> None:
    tell(city.citizen())
    with unit_of_work():
        first = outbox.claim()
    with unit_of_work():
        assert outbox.claim() is None
    let_wait_be_over()
    with unit_of_work():
        second = outbox.claim()

    assert first is not None
    assert second is not None
    assert first.message_id == second.message_id
    with unit_of_work():
        assert not outbox.mark_failed(first, "late")
    (row,) = rows()
    assert row.fault is None, "who lost the lease has nothing to say any more"


@pytest.mark.parametrize("gone", ["phone", "expired", "gateway"])
def test_what_nobody_can_be_told_any_more_is_dropped_with_its_reason(city: City, gateway: Gateway, gone: str) -> None:
    citizen = city.citizen()
    tell(citizen, expires_at=NOON + timedelta(hours=1))
    at = NOON
    if gone == "phone":
        with unit_of_work():
            db.session.execute(
                update(Person)
                .where(Person.id == citizen.id)
                .values(phone_enc=None, phone_index=None, phone_verified_at=None)
            )
    elif gone == "expired":
        at += timedelta(hours=1)
    else:
        gateway.refused["13800138000"] = NotSetUp()

    assert jobs.deliver_messages(at) == ""

    (row,) = rows()
    fault = {"phone": "no_phone", "expired": "too_late", "gateway": "no_gateway"}[gone]
    assert (row.state, row.fault, list(gateway.told)) == ("dropped", fault, [])


def test_only_a_dead_message_is_revived_and_then_starts_anew(city: City, gateway: Gateway) -> None:
    tell(city.citizen())
    (row,) = rows()
    with pytest.raises(NotFound), unit_of_work():
        outbox.revive(row.public_id)
    with unit_of_work():
        db.session.execute(update(OutboxRow).values(tries=8, state="dead", done_at=NOON))

    with unit_of_work():
        outbox.revive(row.public_id)

    assert jobs.deliver_messages(NOON) == "1 text messages sent"


def test_what_was_done_with_a_month_ago_is_forgotten_and_what_waits_is_not(city: City, gateway: Gateway) -> None:
    citizen = city.citizen()
    tell(citizen)
    jobs.deliver_messages(NOON)
    tell(citizen, key="waiting", at=NOON - timedelta(days=90))

    jobs.keep_terms(clock.now() + timedelta(days=31))

    assert [row.key for row in rows()] == ["waiting"]


@ONE_DATABASE
def test_the_demo_hands_nothing_to_a_gateway_that_is_set(app: Flask) -> None:
    settings = app.config["OUYU"]
    demo = create_app(
        dataclasses.replace(
            settings, profile="demo", sms=dataclasses.replace(settings.sms, url="https://sms.example.cn")
        )
    )
    assert isinstance(demo.extensions["sms_messages"], Outbox)


def test_doctor_shows_the_lag_and_the_dead(city: City, gateway: Gateway) -> None:
    assert doctor._messages().state == "ok"
    tell(city.citizen(), at=clock.now() - timedelta(hours=2))
    with unit_of_work():
        db.session.execute(update(OutboxRow).values(due_at=clock.now() - timedelta(minutes=30)))
    late = doctor._messages()
    assert (late.state, late.seen) == ("warn", "1 waiting, the oldest 30 min late; 0 given up")
    with unit_of_work():
        db.session.execute(update(OutboxRow).values(state="dead", done_at=NOON))
    assert doctor._messages().seen == "0 waiting, the oldest 0 min late; 1 given up"
    assert doctor._messages().state == "warn"
