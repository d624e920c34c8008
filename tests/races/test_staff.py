"""Staff at the same time: one unbroken audit trail, and nobody's change is overwritten unseen."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from sqlalchemy import select

from app.audit import queries as audit
from app.audit.models import AuditEntry
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.stations import service as stations
from app.stations.models import Station
from tests.races.conftest import Service
from tests.races.writers import ROLLED_BACK_EVERY, record_acts, rename, together

WRITERS = 8
ROUNDS = 4


@pytest.mark.parametrize("acts", [50, pytest.param(200, marks=pytest.mark.fault)])
def test_r8_eight_writers_leave_one_chain_without_fork_or_gap(service: Service, acts: int) -> None:
    before = audit.get_head().seq
    kept = together(service.where, record_acts, WRITERS, acts)
    db.session.rollback()
    assert kept == [acts - acts // ROLLED_BACK_EVERY] * WRITERS
    assert audit.get_head().seq == before + sum(kept)
    assert audit.chain_faults() == []
    written = db.session.scalars(select(AuditEntry).where(AuditEntry.seq > before).order_by(AuditEntry.seq)).all()
    assert [entry.seq for entry in written] == list(range(before + 1, before + 1 + sum(kept)))
    assert Counter(entry.actor for entry in written) == {f"staff:writer{n}": kept[n] for n in range(WRITERS)}
    for n in range(WRITERS):
        own = [entry.object_id for entry in written if entry.actor == f"staff:writer{n}"]
        assert own == [f"{n}-{act}" for act in range(acts) if act % ROLLED_BACK_EVERY]


def test_r7_of_two_who_save_the_same_version_at_once_the_second_is_told_what_changed_and_by_whom(
    service: Service,
) -> None:
    station = service.city.station(code=f"EDIT{os.getpid() % 1000}")
    for _ in range(ROUNDS):
        db.session.rollback()
        seen = db.session.get_one(Station, station.id, populate_existing=True)
        version, names = seen.version, {"name_zh": seen.name_zh, "name_en": seen.name_en}
        told = together(service.where, rename, 2, station.id, version)
        db.session.rollback()
        winner = next(n for n, (result, _) in enumerate(told) if result == "saved")
        field = ("name_zh", "name_en")[winner]
        assert told[1 - winner] == ("refused", {"by": f"writer{winner}", "what": field})
        kept = db.session.get_one(Station, station.id, populate_existing=True)
        assert kept.version == version + 1
        assert {"name_zh": kept.name_zh, "name_en": kept.name_en} == names | {field: f"Renamed by {winner}"}
        _put_back(kept)


def _put_back(station: Station) -> None:
    """Give both names a new value, so that the next round changes something whoever wins."""
    with unit_of_work():
        data = {"name_zh": f"第 {station.version} 版", "name_en": f"Version {station.version}"}
        stations.update_station(SYSTEM, station.id, data=data, seen_version=None, at=clock.now())
