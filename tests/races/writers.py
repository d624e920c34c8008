"""What runs in the processes of a race between services: staff acts, each in a unit of its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from app.audit import service as audit
from app.core import clock
from app.core.actor import Actor, Grant
from app.core.db import db, unit_of_work
from app.core.errors import ChangedMeanwhile
from app.stations import service as stations
from tests.conftest import make_app

TOGETHER: ForkServerContext = multiprocessing.get_context("forkserver")
ROLLED_BACK_EVERY = 5


class ThoughtBetterOfIt(Exception):
    """An act that fails after its entry was written."""


def staff(name: str) -> Actor:
    """A city administrator of this name."""
    return Actor("staff", None, f"staff:{name}", (Grant("city_admin", "city"),))


def record_acts(number: int, acts: int) -> int:
    """Write audited acts, every fifth rolled back at its end; return how many were kept."""
    kept = 0
    for n in range(acts):
        with suppress(ThoughtBetterOfIt), unit_of_work():
            audit.record(
                staff(f"writer{number}"), "tests.act", "thing", f"{number}-{n}", at=clock.now(), after={"n": n}
            )
            if n % ROLLED_BACK_EVERY == 0:
                raise ThoughtBetterOfIt
            kept += 1
    return kept


def rename(number: int, station_id: int, seen_version: int) -> tuple[str, dict[str, Any]]:
    """Save one field of a station as somebody who looked at it in this version; return what they were told."""
    field = ("name_zh", "name_en")[number]
    try:
        with unit_of_work():
            stations.update_station(
                staff(f"writer{number}"),
                station_id,
                data={field: f"Renamed by {number}"},
                seen_version=seen_version,
                at=clock.now(),
            )
    except ChangedMeanwhile as refusal:
        return "refused", dict(refusal.facts)
    return "saved", {"field": field}


def _run(
    act: Callable[..., Any], number: int, args: tuple[Any, ...], where: tuple[Path, str], barrier: Any, told: Any
) -> None:
    app = make_app(*where)
    with app.app_context():
        with db.engine.connect():
            barrier.wait(60)
        told.put((number, act(number, *args)))
        db.session.remove()
        db.engine.dispose()


def together(where: tuple[Path, str], act: Callable[..., Any], writers: int, *args: Any) -> list[Any]:
    """Run an act in several processes from one barrier; return what each brought back. where: folder and address."""
    barrier, told = TOGETHER.Barrier(writers), TOGETHER.Queue()
    processes = [TOGETHER.Process(target=_run, args=(act, n, args, where, barrier, told)) for n in range(writers)]
    for process in processes:
        process.start()
    found = dict(told.get(timeout=120) for _ in processes)
    for process in processes:
        process.join()
    return [found[n] for n in range(writers)]
