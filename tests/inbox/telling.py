"""Kinds of messages of the tests' own, and what stands in the outbox."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core import clock
from app.core.db import db, unit_of_work
from app.core.errors import Text
from app.core.outbox import OutboxRow
from app.inbox import rules, service
from app.inbox.rules import MessageKind
from tests.builders import Guest

QUIET = MessageKind("test.quiet", Text("看看", "Look"), Text("{event_zh}有变化。", "{event_en} has changed."))
LOUD = MessageKind(
    "test.loud",
    Text("名额", "A place"),
    Text("{event_zh} {starts_at}有名额。", "{event_en} has a place, {starts_at}."),
    sms=True,
)
FACTS = {"event_zh": "栈桥引导", "event_en": "Zhanqiao guides", "starts_at": "2026-11-25T01:00:00+00:00"}
NOON = datetime.fromisoformat("2026-11-24T12:00:00+08:00")


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kinds above are known."""
    for kind in (QUIET, LOUD):
        monkeypatch.setitem(rules.KINDS, kind.code, kind)


def tell(guest: Guest, kind: MessageKind = LOUD, key: str = "shift:1", at: datetime = NOON, **more: Any) -> bool:
    with unit_of_work():
        return service.tell(guest.id, kind.code, FACTS, key, at, **more)


def rows() -> list[OutboxRow]:
    db.session.rollback()
    return list(db.session.scalars(select(OutboxRow).order_by(OutboxRow.id).execution_options(populate_existing=True)))


def let_wait_be_over() -> None:
    """Make every waiting message due, whatever the database's clock says."""
    with unit_of_work():
        db.session.execute(
            update(OutboxRow).where(OutboxRow.state == "waiting").values(next_try_at=clock.now() - timedelta(seconds=1))
        )
