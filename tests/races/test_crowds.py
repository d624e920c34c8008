"""Many honest people behind one address, and one script among them."""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import closing
from typing import Any

import pytest

from app.checkins.models import CheckIn
from app.core.db import db
from app.stations.models import Station
from tests.races.callers import Call, connect, send
from tests.races.conftest import WORKERS, Service

pytestmark = pytest.mark.fault

GUESTS = 300
PHONES = 10
WITHIN_S = 60
CHECKINS_PER_MIN = 30
"""The default of the setting."""


def _arrive(port: int, credential: str, guests: int, seen: list[tuple[str, int]]) -> None:
    """Do what each visitor's phone does on opening the poster's link, one visitor after the other."""
    with closing(connect(port)) as connection:
        for _ in range(guests):
            opened = send(connection, Call("POST", "/api/v1/auth/guest", {}))
            headers = {"Authorization": f"Bearer {opened.json['token']}"} if opened.status == 201 else {}
            stamped = send(connection, Call("POST", "/api/v1/checkins", {"credential": credential}, headers))
            looks = [
                send(connection, Call("GET", path, headers=headers))
                for path in ("/api/v1/stations", "/api/v1/me/passport", "/api/v1/me")
            ]
            seen += [("guest", opened.status), ("check-in", stamped.status), *(("look", one.status) for one in looks)]


def _hammer(port: int, credential: str, token: str, end: threading.Event, seen: list[Any]) -> None:
    with closing(connect(port)) as connection:
        call = Call("POST", "/api/v1/checkins", {"credential": credential}, {"Authorization": f"Bearer {token}"})
        while not end.is_set():
            seen.append(send(connection, call))


def test_three_hundred_guests_behind_one_address_are_served_while_a_script_among_them_is_limited(
    service: Service,
) -> None:
    station: Station = service.city.station(code="CROWDED")
    link, script = service.city.poster(station), service.city.guest()
    station_id = station.id
    db.session.remove()
    seen: list[tuple[str, int]] = []
    hammered: list[Any] = []
    end = threading.Event()
    phones = [
        threading.Thread(target=_arrive, args=(service.port, link, GUESTS // PHONES, seen)) for _ in range(PHONES)
    ]
    bot = threading.Thread(target=_hammer, args=(service.port, link, script.token, end, hammered))
    began = time.monotonic()
    for thread in (bot, *phones):
        thread.start()
    for phone in phones:
        phone.join()
    took = time.monotonic() - began
    end.set()
    bot.join()

    assert took < WITHIN_S
    assert Counter(seen) == {("guest", 201): GUESTS, ("check-in", 201): GUESTS, ("look", 200): 3 * GUESTS}
    served = [answer for answer in hammered if answer.status != 429]
    limited = [answer for answer in hammered if answer.status == 429]
    minutes = 1 + int(took // 60) + 1
    assert len(served) <= CHECKINS_PER_MIN * WORKERS * minutes
    assert len(limited) > len(served)
    assert {(answer.json["code"], int(answer.headers["retry-after"]) > 0) for answer in limited} == {
        ("request.too_many", True)
    }
    assert db.session.query(CheckIn).filter_by(station_id=station_id).count() == GUESTS + 1
