"""`flask stations …`: data alone on stdout."""

from __future__ import annotations

from flask import Flask

from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import unit_of_work
from app.stations import queries
from app.stations import service as stations
from app.stations.codes import CredentialKind
from tests.builders import City


def test_the_posters_url_alone_is_printed_and_it_stamps(app: Flask, city: City) -> None:
    city.station()
    result = app.test_cli_runner().invoke(args=["stations", "poster-url", "zhanqiao"])
    assert (result.exit_code, result.stdout.count("\n")) == (0, 1)
    assert result.stdout.startswith("https://ouyu.test/c/ZHANQIAO?v=1&k=")
    assert city.guest().check_in(result.stdout).status_code == 201


def test_six_digits_alone_are_printed_and_they_stamp(app: Flask, city: City) -> None:
    city.station()
    result = app.test_cli_runner().invoke(args=["stations", "rotating-code", "ZHANQIAO"])
    assert (result.exit_code, len(result.stdout)) == (0, 7)
    assert city.guest().check_in(f"ZHANQIAO:{result.stdout}").status_code == 201


def test_what_is_not_there_is_said_in_a_sentence(app: Flask, city: City) -> None:
    station = city.station()
    for credential in queries.list_credentials(station.id):
        with unit_of_work():
            stations.revoke_credential(SYSTEM, credential.id, reason="x", at=clock.now())
    runner = app.test_cli_runner()
    assert queries.find_current(station.id, CredentialKind.POSTER) is None
    for command in ("poster-url", "rotating-code"):
        gone = runner.invoke(args=["stations", command, "ZHANQIAO"])
        unknown = runner.invoke(args=["stations", command, "NOSUCH"])
        assert (gone.exit_code, unknown.exit_code) == (1, 1)
        assert "that counts" in gone.stderr
        assert "no station 'NOSUCH'" in unknown.stderr
        assert gone.stdout == unknown.stdout == ""
