"""What runs in the processes of a race between services: staff acts, each in a unit of its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.audit import service as audit
from app.core import clock
from app.core.actor import Actor, Grant
from app.core.db import db, unit_of_work
from app.core.errors import ChangedMeanwhile
from app.stations import service as stations
from app.stations.models import Station
from tests.conftest import make_app
from tests.races.callers import TOGETHER

ROLLED_BACK_EVERY = 5
WAIT_S = 60


class ThoughtBetterOfIt(Exception):
    """An act that fails after its entry was written."""


def staff(name: str) -> Actor:
    """A city administrator of this name."""
    return Actor("staff", None, f"staff:{name}", (Grant("city_admin", "city"),))


def record_acts(number: int, barrier: Any, acts: int) -> int:
    """Write audited acts, every fifth rolled back at its end; return how many were kept."""
    kept = 0
    barrier.wait(WAIT_S)
    for n in range(acts):
        with suppress(ThoughtBetterOfIt), unit_of_work():
            audit.record(
                staff(f"writer{number}"), "tests.act", "thing", f"{number}-{n}", at=clock.now(), after={"n": n}
            )
            if n % ROLLED_BACK_EVERY == 0:
                raise ThoughtBetterOfIt
            kept += 1
    return kept


def rename(number: int, barrier: Any, station_id: int, rounds: int) -> list[tuple[str, dict[str, Any]]]:
    """In each round look at a station, then save a field of one's own at the same instant as the others.

    Returns: per round `saved` with the field and what it was before, or `refused` with what one was told.
    """
    field = ("name_zh", "name_en")[number]
    told = []
    for n in range(rounds):
        db.session.rollback()
        seen = db.session.get_one(Station, station_id, populate_existing=True)
        version = seen.version
        barrier.wait(WAIT_S)
        try:
            with unit_of_work():
                data = {field: f"Round {n} by {number}"}
                stations.update_station(
                    staff(f"writer{number}"), station_id, data=data, seen_version=version, at=clock.now()
                )
            told.append(("saved", {"field": field, "seen": version}))
        except ChangedMeanwhile as refusal:
            told.append(("refused", dict(refusal.facts)))
        barrier.wait(WAIT_S)
    return told


def _run(
    act: Callable[..., Any], number: int, args: tuple[Any, ...], where: tuple[Path, str], barrier: Any, told: Any
) -> None:
    app = make_app(*where)
    with app.app_context():
        with db.engine.connect():
            told.put((number, act(number, barrier, *args)))
        db.session.remove()
        db.engine.dispose()


def together(where: tuple[Path, str], act: Callable[..., Any], writers: int, *args: Any) -> list[Any]:
    """Run an act in several processes that share a barrier; return what each brought back. where: folder and address."""
    barrier, told = TOGETHER.Barrier(writers), TOGETHER.Queue()
    processes = [TOGETHER.Process(target=_run, args=(act, n, args, where, barrier, told)) for n in range(writers)]
    for process in processes:
        process.start()
    found = dict(told.get(timeout=120) for _ in processes)
    for process in processes:
        process.join()
    return [found[n] for n in range(writers)]
