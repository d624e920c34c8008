"""Calendar files: of an event for everybody, and a private feed whose link is worth as much as its secret."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app import jobs
from app.calendars.models import CalendarLink
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.events import signups
from app.events.models import Event, Shift
from app.http.idempotency import IdempotencyRow
from tests.builders import City, Guest
from tests.core.test_ics import read, unescaped
from tests.events.test_signups import NOON, Person, act, apply, people, row_of  # noqa: F401
from tests.http.contract import assert_documented, assert_problem
from tests.panel.desk import ONE_DATABASE

REASONS = {"reason_zh": "大风蓝色预警", "reason_en": "Gale warning"}


def entries(file: bytes) -> list[dict[str, str]]:
    """The VEVENTs of a file, their texts unescaped."""
    found: list[dict[str, str]] = []
    for name, value in read(file):
        if (name, value) == ("BEGIN", "VEVENT"):
            found.append({})
        elif found:
            found[-1][name] = unescaped(value)
    return found


def event_file(client: FlaskClient, event: Event, **headers: str) -> Any:
    return client.get(f"/api/v1/events/{event.public_id}.ics", headers=headers)


def link_of(guest: Guest, **headers: str) -> str:
    answer = guest.call("POST", "/me/calendar", **headers)
    assert answer.status_code == 201
    assert_documented("POST", answer)
    return str(answer.json["url"])


def feed(client: FlaskClient, url: str) -> Any:
    assert url.startswith("https://ouyu.test/calendar/")
    return client.get(url.removeprefix("https://ouyu.test"))


def test_an_event_is_a_file_with_an_entry_per_shift(city: City, client: FlaskClient) -> None:
    event = city.event(title_zh="栈桥引导, 上午; 下午", at=NOON)
    first = city.shift(event, at=NOON)
    city.shift(event, at=NOON, starts_in=timedelta(days=1), title_zh="翻译")

    answer = event_file(client, event)
    assert_documented("GET", answer)
    assert (answer.status_code, answer.content_type) == (200, "text/calendar; charset=utf-8")

    earlier, later = entries(answer.data)
    assert [one["SUMMARY"] for one in (earlier, later)] == [
        "栈桥引导, 上午; 下午 · 翻译",
        "栈桥引导, 上午; 下午 · 引导员",
    ]
    assert (later["UID"], later["DTSTART"], later["DTEND"]) == (
        f"{first.public_id}@ouyu.test",
        "20261128T040000Z",
        "20261128T060000Z",
    )
    assert (later["LOCATION"], later["STATUS"]) == ("栈桥入口", "CONFIRMED")
    assert later["URL"] == f"https://ouyu.test/events/{event.public_id}"
    assert "0532-12345" in later["DESCRIPTION"]


def test_a_file_speaks_the_asked_language_and_is_not_sent_twice(city: City, client: FlaskClient) -> None:
    event = city.event()
    city.shift(event)
    english = event_file(client, event, **{"Accept-Language": "en"})
    assert entries(english.data)[0]["SUMMARY"] == "Guiding at the pier"
    assert entries(english.data)[0]["LOCATION"] == "Entrance of the pier"
    again = event_file(client, event, **{"Accept-Language": "en", "If-None-Match": english.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@ONE_DATABASE
@pytest.mark.parametrize("state", ["draft", "in_review"])
def test_a_draft_has_no_file_just_like_an_unknown_event(city: City, client: FlaskClient, state: str) -> None:
    event = city.event(state=state, published_at=None)
    assert_problem(event_file(client, event), 404, "resource.not_found")
    assert_problem(client.get("/api/v1/events/unknown.ics"), 404, "resource.not_found")


def test_a_cancelled_shift_stays_in_the_file_under_its_uid_with_a_higher_sequence(
    city: City, client: FlaskClient
) -> None:
    event = city.event()
    shift = city.shift(event)
    (before,) = entries(event_file(client, event).data)

    with unit_of_work():
        signups.cancel_shift(SYSTEM, shift.id, data=REASONS, at=clock.now())

    (after,) = entries(event_file(client, event).data)
    assert (after["UID"], after["STATUS"]) == (before["UID"], "CANCELLED")
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])
    assert after["DESCRIPTION"].startswith("已取消：大风蓝色预警")


def test_the_feed_holds_what_is_confirmed_and_strikes_out_what_is_cancelled(
    city: City,
    client: FlaskClient,
    people: list[Person],  # noqa: F811
) -> None:
    with clock.frozen(NOON):
        mine, full = city.shift(at=NOON), city.shift(at=NOON, capacity=1, starts_in=timedelta(days=5))
        apply(people[1], full)
        apply(people[0], mine)
        apply(people[0], full)
        guest, signup = people[0][0], row_of(people[0], mine).public_id
        url = link_of(guest)
        (entry,) = entries(feed(client, url).data)
        assert (entry["UID"], entry["STATUS"], entry["SUMMARY"]) == (f"{signup}@ouyu.test", "CONFIRMED", "栈桥文明引导")
        assert entry["URL"] == f"https://ouyu.test/signups/{signup}"
        assert entry["DTSTART"] == "20261128T040000Z"

        act(signups.cancel, guest.actor, signup)
        guest.call("PATCH", "/me", {"locale": "en"})
        (struck,) = entries(feed(client, url).data)

    assert (struck["UID"], struck["STATUS"]) == (entry["UID"], "CANCELLED")
    assert int(struck["SEQUENCE"]) == int(entry["SEQUENCE"]) + 1
    assert struck["SUMMARY"] == "Guiding at the pier"


def test_a_moved_shift_keeps_its_uid_and_gets_a_higher_sequence(
    city: City,
    client: FlaskClient,
    people: list[Person],  # noqa: F811
) -> None:
    with clock.frozen(NOON):
        shift = city.shift(at=NOON)
        apply(people[0], shift)
        url = link_of(people[0][0])
        (before,) = entries(feed(client, url).data)
        with unit_of_work():
            moved = {"starts_at": shift.starts_at + timedelta(hours=1), "version": Shift.version + 1}
            db.session.execute(update(Shift).where(Shift.id == shift.id).values(**moved))
        (after,) = entries(feed(client, url).data)
    assert after["UID"] == before["UID"]
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])
    assert after["DTSTART"] == "20261128T050000Z"


def test_a_new_link_kills_the_old_at_once_and_neither_stands_in_the_database(city: City, client: FlaskClient) -> None:
    guest = city.citizen()
    old, new = link_of(guest), link_of(guest)
    assert feed(client, old).status_code == 404
    answer = feed(client, new)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert entries(answer.data) == []
    for token in (url.rpartition("/")[2].removesuffix(".ics") for url in (old, new)):
        assert len(token) >= 43
        for table in db.metadata.sorted_tables:
            for row in db.session.execute(select(table)):
                assert token not in str(row), table.name


def test_a_repeated_call_gets_the_same_link_though_nobody_kept_it(city: City, client: FlaskClient) -> None:
    guest = city.citizen()
    url = link_of(guest, Idempotency_Key="calendar-key-1")
    again = guest.call("POST", "/me/calendar", Idempotency_Key="calendar-key-1")
    assert (again.json["url"], again.headers["Idempotency-Replayed"]) == (url, "true")
    assert feed(client, url).status_code == 200
    kept = db.session.scalars(select(IdempotencyRow.body)).one()
    assert kept is not None
    assert b"calendar/" not in kept


@ONE_DATABASE
def test_every_other_token_is_the_same_404(city: City, client: FlaskClient) -> None:
    url = link_of(city.citizen())
    token = url.rpartition("/")[2].removesuffix(".ics")
    stored = db.session.scalars(select(CalendarLink.token_hash)).one()
    for other in (token[:-1], token.swapcase(), stored, "x", "%00", "A" * 3000):
        assert client.get(f"/calendar/{other}.ics").status_code == 404


def test_the_link_ends_with_the_account(app: Flask, city: City, client: FlaskClient) -> None:
    guest = city.citizen()
    url = link_of(guest)
    guest.call("POST", "/me/deletion")
    jobs.erase_people(clock.now() + jobs.deletion.DELETION_GRACE)
    assert feed(client, url).status_code == 404


def test_the_link_of_a_merging_guest_ends(city: City, client: FlaskClient) -> None:
    guest = city.guest()
    city.citizen()
    url = link_of(guest)
    city.citizen(guest=guest, at=clock.now() + timedelta(minutes=2))
    assert feed(client, url).status_code == 404
    assert db.session.scalars(select(CalendarLink)).all() == []
