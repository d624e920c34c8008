"""`retention run`: one table of terms; a dry run counts what a run forgets and changes nothing."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select

from app import jobs, retention
from app.checkins.models import CheckIn
from app.core import clock
from app.core.db import db
from app.people.models import Session
from tests.builders import ZHANQIAO, City
from tests.panel.desk import ONE_DATABASE

AGE = timedelta(days=31)


@pytest.fixture
def aged(city: City) -> City:
    """A visit with a point, an answer kept for a key and a sign-in, all a month old and more."""
    old = clock.now() - AGE
    with clock.frozen(old - timedelta(days=10)):
        station = city.station()
        guest = city.guest()
        guest.call("POST", "/me/consents", {"purpose": "privacy", "version": 1}, Idempotency_Key="a-key-of-then")
    city.visit(station, guest, at=old, point=ZHANQIAO, accuracy_m=10.0)
    return city


def _points() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(CheckIn).where(CheckIn.lat.is_not(None))) or 0


def test_a_dry_run_counts_exactly_what_a_run_forgets(aged: City) -> None:
    now = clock.now()

    counted = jobs.forget_due(now, dry_run=True)
    assert _points() == 1
    forgotten = jobs.forget_due(now)

    assert counted == forgotten
    assert (forgotten["points"], forgotten["keys"], forgotten["sessions"]) == (1, 1, 1)
    assert set(forgotten) == {term.name for term in retention.TERMS}
    assert _points() == 0
    assert db.session.scalar(select(func.count()).select_from(Session)) == 0
    assert sum(jobs.forget_due(now).values()) == 0


@ONE_DATABASE
def test_the_command_says_what_it_did_and_a_dry_one_that_nothing_changed(app: Flask, aged: City) -> None:
    runner = FlaskCliRunner(app)

    dry = runner.invoke(args=["retention", "run", "--dry-run"])
    assert dry.exit_code == 0
    assert "points: 1" in dry.output
    assert "Nothing was changed." in dry.output
    assert _points() == 1

    done = runner.invoke(args=["retention", "run", "--json"])
    assert json.loads(done.stdout)["forgotten"]["points"] == 1
    assert _points() == 0


def test_no_term_is_longer_than_its_text_says() -> None:
    """Periods that people were told: product §3, the privacy notice, api §1 and §3."""
    kept = {term.name: term.kept for term in retention.TERMS}

    assert kept["points"] == timedelta(days=30)
    assert kept["sessions"] == timedelta(days=7)
    assert kept["copies"] == timedelta(hours=24)
    assert kept["keys"] >= timedelta(hours=24)
