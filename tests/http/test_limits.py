"""Limits: per person first, generous per address, told with the time to wait."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.core.addresses import network_of
from app.core.db import db
from app.core.revisions import upgrade
from app.http import limits
from app.http.access import address
from tests.builders import City
from tests.conftest import make_app
from tests.http.contract import assert_problem

GUEST = "/api/v1/auth/guest"
LONGEST_TEST_S = 3


def await_minute() -> None:
    """Begin within one of the minutes that calls are counted in, so that none ends in the middle of a test."""
    left = limits.WINDOW_S - time.monotonic() % limits.WINDOW_S
    if left < LONGEST_TEST_S:
        time.sleep(left)
    limits.reset()


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Flask]:
    """An application that allows three of everything a minute."""
    few = {
        f"OUYU_LIMITS__{name}": "3" for name in ("GUESTS_PER_MIN", "READS_PER_MIN", "CALLS_PER_MIN", "CHECKINS_PER_MIN")
    }
    app = make_app(tmp_path, **few)
    with app.app_context():
        upgrade()
        await_minute()
        yield app
        db.session.remove()
        db.engine.dispose()
    limits.reset()


def guest_from(app: Flask, ip: str) -> Any:
    return app.test_client().post(GUEST, json={}, environ_base={"REMOTE_ADDR": ip})


def test_one_call_too_many_is_429_with_the_seconds_to_wait(strict: Flask) -> None:
    client = strict.test_client()
    assert [client.get("/api/v1/stations").status_code for _ in range(3)] == [200, 200, 200]
    refused = client.get("/api/v1/stations")
    body = assert_problem(refused, 429, "request.too_many")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert body["retry_after_s"] == int(refused.headers["Retry-After"])
    assert refused.headers["Retry-After"] in body["detail"]


def test_each_route_has_its_own_count(strict: Flask) -> None:
    client = strict.test_client()
    for _ in range(4):
        last = client.get("/api/v1/stations")
    assert last.status_code == 429
    assert client.get("/api/v1/districts").status_code == 200


def test_people_behind_one_address_do_not_spend_each_others_calls(strict: Flask) -> None:
    city = City(strict)
    one, two = city.guest(), city.guest()
    assert [one.call("GET", "/me").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert two.call("GET", "/me").status_code == 200


def test_an_invented_address_does_not_help(strict: Flask) -> None:
    city = City(strict)
    guest = city.guest()
    for _ in range(4):
        last = guest.call("GET", "/me", X_Forwarded_For="203.0.113.9")
    assert last.status_code == 429


def test_an_unknown_token_is_told_so_and_not_counted_against_anybody(strict: Flask) -> None:
    for _ in range(5):
        refused = strict.test_client().get("/api/v1/me", headers={"Authorization": "Bearer x"})
        assert_problem(refused, 401, "auth.token_invalid")


def test_guests_are_counted_by_address(strict: Flask) -> None:
    assert [guest_from(strict, "192.0.2.1").status_code for _ in range(4)] == [201, 201, 201, 429]
    assert guest_from(strict, "192.0.2.2").status_code == 201


def test_an_ipv6_customer_is_its_64_not_each_of_its_addresses(strict: Flask) -> None:
    answers = [guest_from(strict, f"2001:db8:1:2::{n:x}").status_code for n in range(1, 5)]
    assert answers == [201, 201, 201, 429]
    assert guest_from(strict, "2001:db8:1:3::1").status_code == 201


@pytest.mark.parametrize(
    "same",
    [
        ("2001:db8::1", "2001:db8::ffff:0:0:1", "2001:0db8:0000:0000::9", "2001:DB8:0:0:1:2:3:4"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::1", "2001:db8:1:2::%eth0"),
        ("192.0.2.7", "::ffff:192.0.2.7", "::ffff:c000:207"),
    ],
)
def test_one_network_has_one_name_however_its_address_is_written(same: tuple[str, ...]) -> None:
    assert len({network_of(spelling) for spelling in same}) == 1


def test_different_networks_have_different_names_and_odd_ones_are_taken_as_they_are() -> None:
    apart = ("192.0.2.7", "192.0.2.8", "2001:db8::1", "2001:db8:0:1::1", "::1", "::ffff:192.0.2.9", "", "unix:")
    assert len({network_of(one) for one in apart}) == len(apart)
    assert (network_of(""), network_of("unix:"), network_of("192.0.2.7")) == ("", "unix:", "192.0.2.7")


@pytest.mark.parametrize(("hops", "seen_as"), [("0", "127.0.0.1"), ("1", "203.0.113.9"), ("2", "198.51.100.1")])
def test_a_forwarded_address_counts_only_behind_trusted_proxies(tmp_path: Path, hops: str, seen_as: str) -> None:
    app = make_app(tmp_path, OUYU_SERVER__PROXY_HOPS=hops)
    app.add_url_rule("/seen", "seen", address)
    assert app.test_client().get("/seen", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"}).text == seen_as
