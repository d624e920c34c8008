"""The last city administrator stays, also when two try to remove each other at the same instant."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask

from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.db import db, unit_of_work
from app.core.errors import DomainError
from app.orgs import queries, service
from app.orgs.rules import Verdict


def hire(login: str) -> Actor:
    data = {"login": login, "name": login, "role": "city_admin", "scope": "city", "valid_until": None}
    with unit_of_work():
        verdict = service.create_staff(SYSTEM, data=data, at=clock.now())
    assert verdict.id is not None
    return Actor("staff", verdict.id, f"staff:{login}", queries.live_grants(verdict.id, clock.now()))


def disable(actor: Actor, other: Actor) -> Verdict:
    return service.disable_staff(actor, other.id or 0, reason="race", at=clock.now())


def revoke(actor: Actor, other: Actor) -> Verdict:
    return service.revoke_grant(actor, queries.list_grants(other.id or 0)[0].id, at=clock.now())


@pytest.mark.parametrize("act", [disable, revoke])
def test_two_city_admins_who_remove_each_other_at_once_leave_one(
    app: Flask, act: Callable[[Actor, Actor], Verdict]
) -> None:
    for n in range(5):
        first, second = hire(f"first.{n}"), hire(f"second.{n}")
        with unit_of_work():
            for leftover in queries.lock_permanent_city_admins() - {first.id, second.id}:
                service.disable_staff(first, leftover, reason="only two", at=clock.now())
        barrier = threading.Barrier(2)
        refused: list[str | None] = []

        def remove(
            actor: Actor, other: Actor, barrier: threading.Barrier = barrier, refused: list[str | None] = refused
        ) -> None:
            with app.app_context():
                barrier.wait()
                try:
                    with unit_of_work():
                        verdict = act(actor, other)
                    refused.append(verdict.refused.code if verdict.refused else None)
                except DomainError as refusal:
                    refused.append(refusal.code)

        threads = [threading.Thread(target=remove, args=pair) for pair in ((first, second), (second, first))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        with unit_of_work():
            assert len(queries.lock_permanent_city_admins()) == 1
        assert refused.count(None) == 1
        assert refused.count("staff.last_city_admin") == 1
        db.session.expire_all()
