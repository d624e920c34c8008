"""Counted attempts: fixed windows, exact under parallel writers, without anything personal in the table."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import select

from app.core import counters
from app.core.db import db, unit_of_work

AT = datetime(2026, 11, 22, 4, 0, 0, tzinfo=UTC)
KEY = ("digits", "person", 7)


def hit(key: counters.Key = KEY, *, at: datetime = AT, window_s: int = 600) -> int:
    with unit_of_work():
        return counters.hit(key, at=at, window_s=window_s)


def test_each_attempt_is_counted_and_told(app: Flask) -> None:
    assert [hit(), hit(), hit()] == [1, 2, 3]
    assert counters.counts([KEY], at=AT, window_s=600) == [3]


def test_keys_do_not_share_a_count_however_they_are_cut(app: Flask) -> None:
    hit(("digits", "person", 7))
    assert hit(("digits", "person", 8)) == 1
    assert hit(("digitsperson", 7)) == 1
    assert hit(("digits", "person7")) == 1


def test_a_new_window_counts_from_one_and_the_old_one_stays(app: Flask) -> None:
    last_second = AT + timedelta(seconds=599)
    assert [hit(), hit(at=last_second)] == [1, 2]
    assert hit(at=AT + timedelta(seconds=600)) == 1
    assert counters.counts([KEY], at=last_second, window_s=600) == [2]


def test_counts_of_several_keys_come_in_their_order(app: Flask) -> None:
    hit()
    hit()
    hit(("other",))
    assert counters.counts([("other",), ("nobody",), KEY], at=AT, window_s=600) == [1, 0, 2]


def test_an_honest_attempt_is_taken_back_and_never_below_zero(app: Flask) -> None:
    hit()
    for _ in range(3):
        with unit_of_work():
            counters.take_back(KEY, at=AT, window_s=600)
    assert counters.counts([KEY], at=AT, window_s=600) == [0]


def test_a_rolled_back_unit_counts_nothing(app: Flask) -> None:
    try:
        with unit_of_work():
            counters.hit(KEY, at=AT, window_s=600)
            raise ValueError
    except ValueError:
        pass
    assert counters.counts([KEY], at=AT, window_s=600) == [0]


def test_parallel_attempts_are_all_counted(app: Flask) -> None:
    def attempts() -> None:
        with app.app_context():
            for _ in range(10):
                hit()
            db.session.remove()

    threads = [threading.Thread(target=attempts) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counters.counts([KEY], at=AT, window_s=600) == [40]


def test_purge_deletes_windows_that_began_before(app: Flask) -> None:
    hit()
    hit(("other",), at=AT + timedelta(hours=1))
    with unit_of_work():
        assert counters.purge(AT + timedelta(minutes=1)) == 1
    assert counters.counts([KEY], at=AT, window_s=600) == [0]
    assert counters.counts([("other",)], at=AT + timedelta(hours=1), window_s=600) == [1]


def test_neither_login_nor_address_stands_in_the_table(app: Flask) -> None:
    hit(("sign-in", "wang", "192.0.2.7"))
    kept = db.session.scalars(select(counters.Counter.key_hash)).one()
    assert len(kept) == 64
    assert set(kept) <= set("0123456789abcdef")
