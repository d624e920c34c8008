"""`flask staff …`: the link alone on stdout, talk on stderr."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import unit_of_work
from app.orgs import queries, service, sign_in
from tests.builders import City

BOSS = ("staff", "create", "lin.hai", "--name", "林海", "--role", "city_admin", "--scope", "city")


def run(app: Flask, *arguments: str) -> Any:
    return app.test_cli_runner().invoke(app.cli, list(arguments))


def test_create_prints_the_link_alone_on_stdout_and_talks_on_stderr(app: Flask) -> None:
    result = run(app, *BOSS)
    assert result.exit_code == 0, result.output
    assert re.fullmatch(r"https://ouyu\.test/admin/link/[\w-]{43}\n", result.stdout)
    assert "30 minutes" in result.stderr
    token = result.stdout.strip().rpartition("/")[2]
    assert sign_in.staff_of_link(token, clock.now()).login == "lin.hai"


def test_link_prints_a_new_link_and_ends_the_old_one(app: Flask) -> None:
    first = run(app, *BOSS).stdout.strip().rpartition("/")[2]
    result = run(app, "staff", "link", "lin.hai")
    assert result.exit_code == 0
    second = result.stdout.strip().rpartition("/")[2]
    assert sign_in.staff_of_link(second, clock.now()).login == "lin.hai"
    assert first != second


@pytest.mark.parametrize(
    ("role", "scope"),
    [("district_admin", "district:370202"), ("station_keeper", "station:ZHANQIAO"), ("auditor", "city")],
)
def test_create_takes_every_kind_of_scope(app: Flask, city: City, role: str, scope: str) -> None:
    city.station()
    result = run(app, "staff", "create", "some.one", "--name", "某人", "--role", role, "--scope", scope)
    assert result.exit_code == 0, result.output


def test_create_takes_an_organisation_and_an_event_as_a_scope(app: Flask, city: City) -> None:
    with unit_of_work():
        host = service.save_organisation(
            SYSTEM, None, data={"name_zh": "志愿者协会", "name_en": "Volunteers", "kind": "partner"}, at=clock.now()
        )
    event = city.event()
    for login, role, scope in (
        ("host.one", "org_admin", f"org:{host.id}"),
        ("lead.one", "event_leader", f"event:{event.public_id}"),
    ):
        made = run(app, "staff", "create", login, "--name", "某人", "--role", role, "--scope", scope)
        assert made.exit_code == 0, made.output
    for role, scope in (
        *(("org_admin", one) for one in ("org:999", "org:x", "org:", "city", f"event:{event.public_id}")),
        *(("event_leader", one) for one in ("event:nowhere", "event:", f"event:{event.id}", "city", f"org:{host.id}")),
    ):
        refused = run(app, "staff", "create", "some.one", "--name", "某人", "--role", role, "--scope", scope)
        assert refused.exit_code == 1, (role, scope)
    assert queries.find_staff_by_login("some.one") is None


def test_a_refusal_is_a_sentence_on_stderr_and_exit_1(app: Flask) -> None:
    run(app, *BOSS)
    result = run(app, *BOSS)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "This login is taken" in result.stderr


def test_wrong_usage_is_exit_2(app: Flask) -> None:
    assert run(app, "staff", "create", "lin.hai", "--role", "king").exit_code == 2


def test_link_for_nobody_names_the_next_step(app: Flask) -> None:
    result = run(app, "staff", "link", "nobody.here")
    assert result.exit_code == 1
    assert "staff create" in result.stderr


def test_link_for_a_disabled_account_is_refused(app: Flask) -> None:
    run(app, *BOSS)
    run(app, "staff", "create", "other.boss", "--name", "某人", "--role", "city_admin", "--scope", "city")
    found = queries.find_staff_by_login("lin.hai")
    assert found is not None
    with unit_of_work():
        service.disable_staff(SYSTEM, found.id, reason="离岗", at=clock.now())
    result = run(app, "staff", "link", "lin.hai")
    assert result.exit_code == 1
    assert "disabled" in result.stderr


def test_dry_run_changes_nothing(app: Flask) -> None:
    result = run(app, *BOSS, "--dry-run")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert queries.find_staff_by_login("lin.hai") is None
