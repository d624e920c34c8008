"""Staff at the same time: one unbroken audit trail, and nobody's change is overwritten unseen."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from app.audit import queries as audit
from app.audit.models import AuditEntry
from app.core.db import db
from app.stations.models import Station
from tests.races.conftest import Service
from tests.races.writers import ROLLED_BACK_EVERY, record_acts, rename, together

WRITERS = 8
ROUNDS = 10


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


def test_r7_of_two_who_save_at_once_the_second_is_told_what_changed_and_by_whom(service: Service) -> None:
    station = service.city.station(code="EDITED")
    before = {"version": station.version, "name_zh": station.name_zh, "name_en": station.name_en}
    db.session.rollback()
    told = together(service.where, rename, 2, station.id, ROUNDS)
    db.session.rollback()
    kept = db.session.get_one(Station, station.id, populate_existing=True)
    assert kept.version == before["version"] + ROUNDS
    for one, other in zip(*told, strict=True):
        saved, refused = (one, other) if one[0] == "saved" else (other, one)
        winner = ("name_zh", "name_en").index(saved[1]["field"])
        assert (saved[0], refused[0]) == ("saved", "refused")
        assert refused[1] == {"by": f"writer{winner}", "what": saved[1]["field"]}
    for number, field in enumerate(("name_zh", "name_en")):
        own = [n for n, (result, _) in enumerate(told[number]) if result == "saved"]
        assert getattr(kept, field) == (f"Round {own[-1]} by {number}" if own else before[field])
