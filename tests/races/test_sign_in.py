"""Sign-ins at one barrier: caps that hold over processes, one person per phone, nothing lost on the way; no number in clear."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import MetaData, func, select

from app.checkins.models import CheckIn
from app.core import clock
from app.core.db import db, unit_of_work
from app.people.models import Person, Provider
from app.people.queries import find_person_by_identity, find_person_by_phone
from app.stations.models import Station
from tests.builders import Guest
from tests.races.callers import Answer, Call, at_once, connect, send
from tests.races.conftest import WORKERS, Service

CALLERS = 20
_phones = (f"1371234{n:04d}" for n in itertools.count())
_codes = (f"SIGN{n}" for n in itertools.count())


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def ask(phone: str) -> Call:
    return Call("POST", "/api/v1/auth/sms/code", {"phone": phone})


def enter(phone: str, code: str, guest: Guest | None = None) -> Call:
    return Call("POST", "/api/v1/auth/sms", {"phone": phone, "code": code}, bearer(guest.token) if guest else {})


def by_wechat(code: str, guest: Guest | None = None) -> Call:
    return Call("POST", "/api/v1/auth/wechat", {"code": code}, bearer(guest.token) if guest else {})


def told(answers: list[Answer]) -> Counter[Any]:
    return Counter((answer.status, answer.json.get("code")) for answer in answers)


def visits_of(person_id: int) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(CheckIn).where(CheckIn.person_id == person_id)) or 0


def test_x10_twenty_requests_for_a_code_at_once_send_one(service: Service) -> None:
    phone = next(_phones)
    assert told(at_once(service.port, [ask(phone)] * CALLERS)) == {
        (202, None): 1,
        (429, "auth.too_many"): CALLERS - 1,
    }


def test_x10_twenty_guesses_at_once_are_five(service: Service) -> None:
    phone = next(_phones)
    code = service.city.code(phone)
    wrong = [f"{(int(code) + n) % 1_000_000:06d}" for n in range(1, CALLERS + 1)]
    answers = at_once(service.port, [enter(phone, guess) for guess in wrong])
    assert told(answers) == {(401, "auth.code_invalid"): 5, (401, "auth.code_expired"): CALLERS - 5}
    assert sorted(a.json["tries_left"] for a in answers if "tries_left" in a.json) == [0, 1, 2, 3, 4]
    (late,) = at_once(service.port, [enter(phone, code)])
    assert told([late]) == {(401, "auth.code_expired"): 1}


def test_one_code_used_by_many_at_once_opens_once_and_makes_one_person(service: Service) -> None:
    phone, city = next(_phones), service.city
    code, guests = city.code(phone), [city.guest() for _ in range(10)]
    answers = at_once(service.port, [enter(phone, code, guest) for guest in guests])
    assert told(answers) == {(200, None): 1, (401, "auth.code_expired"): 9}
    with unit_of_work():
        person = find_person_by_phone(phone)
    assert person is not None
    assert person.public_id == next(answer for answer in answers if answer.status == 200).json["person"]["id"]


def test_ten_sign_ins_of_one_wechat_user_at_once_end_as_one_person_with_all_their_visits(service: Service) -> None:
    city, user = service.city, next(_codes)
    guests = [city.guest() for _ in range(10)]
    for guest in guests[:8]:
        city.visit(city.station(code=next(_codes)), guest)
    answers = at_once(service.port, [by_wechat(f"{user}:{n}", guest) for n, guest in enumerate(guests)])
    assert told(answers) == {(200, None): 10}
    with unit_of_work():
        person = find_person_by_identity(Provider.WECHAT, f"pretended-{user}")
    assert person is not None
    assert visits_of(person.id) == 8
    left = select(func.count()).select_from(Person).where(Person.id.in_([guest.id for guest in guests]))
    assert db.session.scalar(left) == 1


def test_without_a_token_ten_sign_ins_of_one_wechat_user_make_one_person(service: Service) -> None:
    user = next(_codes)
    answers = at_once(service.port, [by_wechat(f"{user}:{n}") for n in range(10)])
    assert told(answers) == {(200, None): 10}
    assert len({answer.json["person"]["id"] for answer in answers}) == 1


def test_what_a_guest_is_told_was_stamped_while_they_sign_in_is_the_citizens(service: Service) -> None:
    """A check-in that comes too late for the merging is not acknowledged: it may be sent again with the new token."""
    city, phone = service.city, next(_phones)
    citizen = city.citizen(phone, at=clock.now() - timedelta(hours=1))
    code, guest = city.code(phone), city.guest()
    posters = [city.poster(city.station(code=next(_codes))) for _ in range(12)]
    stamping = [Call("POST", "/api/v1/checkins", {"credential": p}, bearer(guest.token)) for p in posters]
    signed, *answers = at_once(service.port, [enter(phone, code, guest), *stamping])
    assert signed.status == 200
    seen = told(answers)
    assert set(seen) <= {(201, None), (401, "auth.token_invalid"), (503, "service.busy")}, seen
    assert visits_of(citizen.id) == seen[201, None]
    again = [Call("POST", "/api/v1/checkins", {"credential": p}, bearer(signed.json["token"])) for p in posters]
    assert {answer.status for answer in at_once(service.port, again)} <= {200, 201}
    assert visits_of(citizen.id) == len(posters)


def test_x6_a_merged_guests_token_is_dead_on_every_worker(service: Service) -> None:
    city, phone = service.city, next(_phones)
    guest = city.guest()
    code = city.code(phone)
    me = Call("GET", "/api/v1/me", None, bearer(guest.token))
    connections = [connect(service.port) for _ in range(4 * WORKERS)]
    assert {send(connection, me).status for connection in connections} == {200}
    assert send(connections[0], enter(phone, code, guest)).status == 200
    assert {send(connection, me).status for connection in connections} == {401}
    for connection in connections:
        with closing(connection):
            pass


# -- Q2: nothing in clear --------------------------------------------------------------------------------------------

CANARY, SPELT = "13955550123", "139 5555-0123"
OPENID = "canary-of-the-openids"


def test_q2_a_phone_and_an_openid_stand_in_clear_in_no_file_no_row_and_no_log(service: Service) -> None:
    station: Station = service.city.station(code=next(_codes))
    poster = service.city.poster(station)
    with closing(connect(service.port)) as line:
        session = send(line, by_wechat(f"{OPENID}:1")).json
        code = send(line, ask(SPELT)).json["demo_code"]
        signed = send(line, Call("POST", "/api/v1/auth/sms", {"phone": SPELT, "code": code}, bearer(session["token"])))
        assert signed.json["person"]["phone_masked"] == "139****0123"
        key = {"Idempotency-Key": "canary-key"} | bearer(session["token"])
        assert send(line, Call("POST", "/api/v1/checkins", {"credential": poster}, key)).status == 201
        send(line, enter(SPELT, "not it"))
        send(line, ask(SPELT))
    places = list(everything(service))
    assert any(station.code.encode() in content for _, content in places), "it finds what does stand there"
    secrets = [secret.encode() for secret in (CANARY, SPELT, OPENID, session["token"])]
    assert [name for name, content in places if any(secret in content for secret in secrets)] == []


def everything(service: Service) -> Iterator[tuple[str, bytes]]:
    """What somebody who took the machine could read: every value, every file of data folder and database, the log."""
    metadata = MetaData()
    metadata.reflect(db.engine)
    with db.engine.connect() as connection:
        for table in metadata.tables.values():
            for row in connection.execute(select(table)):
                yield table.name, repr(tuple(row)).encode()
    folders = [service.where[0]]
    if service.kind == "postgresql":
        with psycopg.connect(service.where[1], autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            shown = connection.execute("SHOW data_directory").fetchone()
            assert shown is not None
            folders.append(Path(shown[0]) / "pg_wal")
    for folder in folders:
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert files
        for path in files:
            yield str(path), path.read_bytes()
