"""The offline queue over HTTP: each item for itself, once per key, whenever and in whatever order it comes."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.checkins.models import CheckIn
from app.checkins.rules import BATCH_ITEMS, WRONG_DIGITS_PER_PERSON
from app.cli.check import breached
from app.core import clock
from app.core.db import db
from app.core.geo import Point
from app.http import limits
from app.http.idempotency import IdempotencyRow
from app.stations.models import Station
from tests.builders import ZHANQIAO, City, Guest, at
from tests.http.contract import assert_documented, assert_problem, pointers
from tests.http.test_limits import await_minute

NOON = datetime(2026, 11, 22, 4, 0, 10, tzinfo=UTC)
M, H = timedelta(minutes=1), timedelta(hours=1)
FAR = at(Point(ZHANQIAO.lat + 0.027, ZHANQIAO.lng))
SQLITE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
_numbers = itertools.count(1)


def item(
    credential: str, client_time: datetime, location: dict[str, Any] | None = None, key: str = ""
) -> dict[str, Any]:
    found = {
        "key": key or f"item-{next(_numbers):08d}",
        "credential": credential,
        "client_time": clock.city_time(client_time).isoformat(),
    }
    return found | ({"location": location} if location else {})


def send(guest: Guest, *items: dict[str, Any], **headers: str) -> list[dict[str, Any]]:
    limits.reset()
    answer = guest.call("POST", "/checkins/batch", {"items": list(items)}, **headers)
    assert answer.status_code == 200, answer.json
    assert_documented("POST", answer)
    found: list[dict[str, Any]] = answer.json["items"]
    assert [one["key"] for one in found] == [one["key"] for one in items]
    return found


def visits() -> list[CheckIn]:
    db.session.rollback()
    return list(db.session.scalars(select(CheckIn).order_by(CheckIn.id)))


def test_each_item_is_answered_as_a_single_call_would_be_in_the_order_sent(city: City, pier: Station) -> None:
    other = city.station(code="YANDAO")
    with clock.frozen(NOON):
        guest = city.guest()
        answers = send(
            guest,
            item(city.poster(pier), NOON - 2 * M, at(ZHANQIAO)),
            item(city.poster(other), NOON - M, FAR),
            item(city.poster(pier), NOON - M),
            item("hello", NOON - M),
        )
    first, far, again, nonsense = (one["body"] for one in answers)
    assert [one["status"] for one in answers] == [201, 422, 200, 422]
    assert (first["result"], first["grade"], first["checked_in_at"]) == ("accepted", "B", "2026-11-22T11:58:10+08:00")
    assert (far["code"], far["instance"]) == ("checkin.too_far", "/api/v1/checkins/batch")
    assert far["id"] == next(one.public_id for one in visits() if one.state == "refused")
    assert (again["already"], again["id"]) == (True, first["id"])
    assert nonsense["code"] == "checkin.code_invalid"
    kept = visits()[0]
    assert (kept.source, kept.received_at, kept.happened_at) == ("offline", NOON, NOON - 2 * M)


def test_sent_again_the_same_items_get_the_same_answers_refusals_too(city: City, pier: Station) -> None:
    guest = city.guest()
    items = [item(city.poster(pier), NOON), item(city.poster(pier), NOON + M, FAR), item("ZHANQIAO:000000", NOON)]
    with clock.frozen(NOON + 5 * M):
        first = send(guest, *items)
    with clock.frozen(NOON + 30 * H):
        assert send(guest, *items) == first
    assert len(visits()) == 2
    assert [one["status"] for one in first] == [201, 200, 422]


def test_a_lost_batch_may_come_twice_at_once_with_a_key_of_its_own(city: City, pier: Station) -> None:
    guest, body = city.guest(), {"items": [item(city.poster(pier), clock.now())]}
    one, two = (guest.call("POST", "/checkins/batch", body, Idempotency_Key="key-of-the-batch") for _ in range(2))
    assert one.data == two.data
    assert two.headers["Idempotency-Replayed"] == "true"
    other = guest.call("POST", "/checkins/batch", {"items": []}, Idempotency_Key="key-of-the-batch")
    assert_problem(other, 422, "idempotency.key_reused")


def test_a_key_with_another_body_is_refused_and_the_others_run(city: City, pier: Station) -> None:
    guest = city.guest()
    first = item(city.poster(pier), clock.now())
    send(guest, first)
    other = city.station(code="YANDAO")
    answers = send(guest, first | {"credential": city.poster(other)}, item(city.poster(other), clock.now()))
    assert [one["status"] for one in answers] == [422, 201]
    assert answers[0]["body"]["code"] == "idempotency.key_reused"


def test_a_visit_sent_live_whose_answer_was_lost_is_replayed_when_the_queue_sends_it(city: City, pier: Station) -> None:
    guest = city.guest()
    queued = item(city.poster(pier), clock.now())
    single = {name: value for name, value in queued.items() if name != "key"}
    live = guest.call("POST", "/checkins", single, Idempotency_Key=queued["key"])
    assert send(guest, queued) == [{"key": queued["key"], "status": 201, "body": live.json}]


@pytest.mark.parametrize("shows", ["poster", "digits"])
def test_the_day_is_that_of_the_phone_within_72_hours_and_c_at_best_after_ten_minutes(
    city: City, pier: Station, shows: str
) -> None:
    late = NOON - 13 * H
    shown = city.poster(pier) if shows == "poster" else city.digits(pier, late)
    with clock.frozen(NOON):
        (answer,) = send(city.guest(), item(shown, late, at(ZHANQIAO)))
    assert (answer["status"], answer["body"]["grade"]) == (201, "C")
    assert answer["body"]["business_date"] == "2026-11-21"
    assert answer["body"]["passport"]["collected"] == 1


def test_digits_are_c_at_best_also_when_they_come_at_once(city: City, pier: Station) -> None:
    with clock.frozen(NOON):
        (answer,) = send(city.guest(), item(city.digits(pier, NOON), NOON, at(ZHANQIAO)))
    assert answer["body"]["grade"] == "C"


def test_digits_are_judged_at_the_phones_time(city: City, pier: Station) -> None:
    read_at = NOON - 5 * H
    with clock.frozen(NOON):
        answers = send(
            city.guest(),
            item(city.digits(pier, read_at - 2 * M), read_at),
            item(city.digits(pier, NOON), read_at),
        )
    assert [one["body"]["code"] for one in answers] == ["checkin.code_expired", "checkin.code_invalid"]


@pytest.mark.parametrize(
    ("off", "day"), [(-72 * H - timedelta(seconds=1), "2026-11-22"), (timedelta(minutes=6), "2026-11-22"), (9000 * H, "2026-11-22")]
)  # fmt: skip
def test_too_old_or_from_the_future_is_held_on_the_day_of_its_arrival(
    city: City, pier: Station, off: timedelta, day: str
) -> None:
    guest = city.guest()
    with clock.frozen(NOON):
        (answer,) = send(guest, item(city.poster(pier), NOON + off, at(ZHANQIAO)))
        again = guest.check_in(city.poster(pier))
    body = answer["body"]
    assert (answer["status"], body["result"], body["business_date"]) == (201, "pending_review", day)
    assert body["message"] == "已收到，工作人员核对后就会盖上，不用再来一次。"
    assert body["passport"]["collected"] == 0
    assert (again.status_code, again.json["result"]) == (200, "pending_review")
    assert visits()[0].signals in ("too_late", "future")


@SQLITE
@pytest.mark.parametrize("when", ["1960-01-01T00:00:00Z", "0001-01-02T00:00:00Z", "9999-12-30T00:00:00Z"])
def test_an_absurd_clock_is_no_crash(city: City, pier: Station, when: str) -> None:
    guest = city.guest()
    odd = [item(city.digits(pier), NOON) | {"client_time": when}, item(city.poster(pier), NOON) | {"client_time": when}]
    assert {one["status"] for one in send(guest, *odd)} <= {201, 200, 422}


def test_a_minute_after_midnight_the_queue_of_the_evening_still_counts_for_the_evening(
    city: City, pier: Station
) -> None:
    midnight = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    guest = city.guest()
    with clock.frozen(midnight + M):
        evening, morning = send(
            guest, item(city.poster(pier), midnight - 2 * M), item(city.poster(pier), midnight + M + timedelta(seconds=20))
        )  # fmt: skip
    assert (evening["body"]["business_date"], morning["body"]["business_date"]) == ("2026-11-22", "2026-11-23")
    assert [one.business_date for one in visits()] == [date(2026, 11, 22), date(2026, 11, 23)]


def test_digits_stamp_one_day_only_however_they_are_dated(city: City, pier: Station) -> None:
    guest, read_at = city.guest(), NOON - 80 * H
    shown = city.digits(pier, read_at)
    with clock.frozen(read_at + M):
        (fresh,) = send(guest, item(shown, read_at))
    with clock.frozen(NOON):
        (again,) = send(guest, item(shown, read_at))
    assert (fresh["status"], again["status"], again["body"]["code"]) == (201, 422, "checkin.code_expired")


def test_guessing_digits_by_batch_is_counted_and_the_refusal_for_haste_is_not_kept(city: City, pier: Station) -> None:
    guest = city.guest()
    genuine = city.digits(pier, NOON)
    wrong = [f"ZHANQIAO:{n:06d}" for n in range(WRONG_DIGITS_PER_PERSON + 1) if f"ZHANQIAO:{n:06d}" != genuine]
    last = item(genuine, NOON, key="zz-the-honest-one")
    with clock.frozen(NOON):
        answers = send(guest, *(item(one, NOON - M) for one in wrong[:WRONG_DIGITS_PER_PERSON]), last)
    assert [one["status"] for one in answers] == [422] * WRONG_DIGITS_PER_PERSON + [429]
    with clock.frozen(NOON + 10 * M):
        (later,) = send(guest, last)
    assert (later["status"], later["body"]["result"]) == (201, "accepted")


@SQLITE
def test_a_batch_in_any_order_and_in_any_pieces_ends_the_same(city: City) -> None:
    """The same queue shuffled, cut and sent twice: one visit per station and day, and every item keeps its answer."""
    places = [city.station(code=code) for code in ("ZHANQIAO", "YANDAO")]
    source = random.Random(7)
    outcomes = set()
    for _ in range(6):
        with clock.frozen(NOON):
            guest = city.guest()
            items = [
                item(city.poster(place), NOON - hours * H, key=f"{place.code}-{hours:03d}")
                for place in places
                for hours in (1, 2, 25, 49, 71, 80)
            ]
            source.shuffle(items)
            cut = source.randrange(1, len(items))
            first = {one["key"]: one for part in (items[:cut], items[cut:]) for one in send(guest, *part)}
            source.shuffle(items)
            again = {one["key"]: one for one in send(guest, *items)}
            assert again == first
            db.session.rollback()
            mine = db.session.scalars(select(CheckIn).where(CheckIn.person_id == guest.id)).all()
            outcomes.add(tuple(sorted((one.station_id, one.business_date, one.grade) for one in mine)))
            assert guest.call("GET", "/me/passport").json["collected"] == 2
    assert len(outcomes) == 1
    assert list(breached()) == []


def test_the_answers_of_one_batch_do_not_depend_on_its_order(city: City, pier: Station) -> None:
    base = [(NOON - 2 * H, "kept-for-two-h"), (NOON - H, "kept-for-one-h"), (NOON, "kept-for-none")]
    found = []
    for order in itertools.permutations(base):
        with clock.frozen(NOON):
            answers = send(city.guest(), *(item(city.poster(pier), when, key=key) for when, key in order))
        found.append({one["key"]: (one["status"], one["body"]["checked_in_at"]) for one in answers})
    assert all(one == found[0] for one in found)
    assert found[0]["kept-for-two-h"] == (201, "2026-11-22T10:00:10+08:00")


@SQLITE
def test_odd_batches_are_told_where_they_are_wrong_and_do_nothing(city: City, pier: Station) -> None:
    guest, good = city.guest(), item(city.poster(pier), NOON)
    for spoilt, pointer in (
        ({"items": [good, good | {"client_time": "2026-11-22T12:00:00"}]}, "/items/1/client_time"),
        ({"items": [good | {"key": "short"}]}, "/items/0/key"),
        ({"items": [good | {"key": "with a space"}]}, "/items/0/key"),
        ({"items": [good | {"person_id": 1}]}, "/items/0/person_id"),
        ({"items": [{name: value for name, value in good.items() if name != "client_time"}]}, "/items/0/client_time"),
        ({"items": [5]}, "/items/0"),
        ({"items": {}}, "/items"),
        ({"items": [good] * (BATCH_ITEMS + 1)}, "/items"),
        ({"items": [good], "state": "accepted"}, "/state"),
    ):
        assert pointers(guest.call("POST", "/checkins/batch", spoilt)) == [pointer]
    assert visits() == []
    assert guest.call("POST", "/checkins/batch", {"items": []}).json == {"items": []}


@SQLITE
def test_a_whole_batch_of_fifty_is_taken(city: City, pier: Station) -> None:
    guest = city.guest()
    answers = send(guest, *(item(city.poster(pier), clock.now() - n * M) for n in range(BATCH_ITEMS)))
    assert len([one for one in answers if one["status"] == 201]) <= 2
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(IdempotencyRow)) == BATCH_ITEMS


@SQLITE
def test_queues_are_sent_a_few_times_a_minute_only(city: City) -> None:
    guest = city.guest()
    await_minute()
    statuses = [guest.call("POST", "/checkins/batch", {"items": []}).status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]
