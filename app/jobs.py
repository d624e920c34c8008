"""The job consumer: huey runs each task in turn; every task is a door with a unit of work of its own."""

from __future__ import annotations

import json
import logging
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask, current_app
from huey import SqliteHuey, crontab
from huey.api import TaskWrapper
from huey.consumer import Consumer

from app import retention
from app.audit import queries as audit
from app.checkins import rollup
from app.clients import NotSetUp, Unreachable
from app.clients.sms import SmsSender
from app.core import clock, outbox
from app.core.db import empty_log, unit_of_work
from app.core.errors import DomainError
from app.core.outbox import Claimed
from app.events import messages, offers
from app.inbox import delivery
from app.privacy import deletion, exports
from config.settings import Settings, current

QUEUE_FILE = "jobs.sqlite3"
HEARTBEAT_FILE = "jobs-heartbeat.json"
HEARTBEAT_LATE_S = 180
OFFERS_AT_ONCE = 500
"""At most so many seats of one shift are offered in a run; the rest a minute later."""
DELIVER_FOR_S = 20
"""How long one run hands messages over before it lets the other tasks in."""
GIVE_UP_AFTER = 3
"""So many messages in a row that nobody took mean that the gateway is down; the next run tries again."""
_QUEUE = "ouyu.jobs"

log = logging.getLogger("ouyu.jobs")


class Job(NamedTuple):
    """A periodic task: its name, how often it looks whether something is due, and what it does."""

    name: str
    minutes: str
    run: Callable[[datetime], str]


def beat(at: datetime) -> str:
    """Leave a sign of life for `doctor`."""
    path = current().server.data_dir / HEARTBEAT_FILE
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({"at": at.isoformat(timespec="seconds")}), encoding="utf-8")
    draft.replace(path)
    return ""


def find_heartbeat(data_dir: Path) -> datetime | None:
    """Return when the consumer was last alive, or None."""
    try:
        return datetime.fromisoformat(json.loads((data_dir / HEARTBEAT_FILE).read_text(encoding="utf-8"))["at"])
    except (OSError, ValueError, KeyError):
        return None


def fix_audit_head(at: datetime) -> str:
    """Sign the head of the audit trail once a city day, to file and log, so that a cut tail shows."""
    path = audit.checkpoint_path(current().server.data_dir)
    last = _last_checkpoint(path)
    if last is not None and clock.business_date(last) >= clock.business_date(at):
        return ""
    line = audit.checkpoint_line(audit.get_head(), at)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    return line


def _last_checkpoint(path: Path) -> datetime | None:
    try:
        return datetime.fromisoformat(json.loads(path.read_text(encoding="utf-8").splitlines()[-1])["at"])
    except (OSError, ValueError, KeyError, IndexError):
        return None


def forget_due(at: datetime, *, dry_run: bool = False) -> dict[str, int]:
    """Forget what has been kept long enough, each term in a unit of its own. Returns how many of each.

    dry_run: every unit is undone, so that what it would do is counted and nothing changes.
    """
    forgotten: dict[str, int] = {}
    for term in retention.TERMS:
        with suppress(_Undone), unit_of_work():
            forgotten[term.name] = term.forget(at - term.kept)
            if dry_run:
                raise _Undone
    return forgotten


class _Undone(Exception):
    """Ends a unit that was only to be counted."""


def keep_terms(at: datetime) -> str:
    """Forget what has been kept long enough: exact points after 30 days, ended sign-ins, keys, counters, old copies."""
    return ", ".join(f"{count} {name}" for name, count in forget_due(at).items() if count)


def prepare_exports(at: datetime) -> str:
    """Prepare the copies of their own data that people have asked for, those that a lost message left behind too."""
    with unit_of_work():
        waiting = exports.list_waiting()
    done = sum(prepare_export(export_id, at) for export_id in waiting)
    return f"{done} copies prepared" if done else ""


def prepare_export(export_id: int, at: datetime) -> bool:
    """Prepare one copy in a unit of its own."""
    with unit_of_work():
        return exports.prepare_export(export_id, at=at)


def erase_people(at: datetime) -> str:
    """Erase those whose seven days are over, each in a unit of their own; then empty SQLite's log, where they stood."""
    with unit_of_work():
        due = deletion.list_due(at)
    done = 0
    for erasure_id in due:
        with unit_of_work():
            done += deletion.carry_out(erasure_id, at=at)
    if done:
        empty_log()
    return f"{done} deletions carried out" if done else ""


def roll_days_up(at: datetime) -> str:
    """Count settled days for the dashboard, each in a unit of its own, so that nobody waits for more than one."""
    with unit_of_work():
        due = rollup.list_due(at)
    for day in due:
        with unit_of_work():
            rollup.roll_up(day)
    return f"{len(due)} past days counted" if due else ""


def offer_seats(at: datetime) -> str:
    """End the offers that nobody took in time, and offer what is free to the next in line; what is over ends too."""
    ended = _each(offers.list_ended_offers, offers.expire_offer, at)
    _each(offers.list_unanswered, offers.expire_unanswered, at)
    with unit_of_work():
        shift_ids = offers.list_shifts_to_offer(at)
    offered = sum(_offer_all(shift_id, at) for shift_id in shift_ids)
    return f"{ended} offers ended, {offered} made" if ended or offered else ""


def offer_soon(shift_id: int) -> None:
    """Offer what has just come free on a shift; if that fails, the consumer finds it within a minute by itself."""
    try:
        _offer_all(shift_id, clock.now())
    except DomainError as refusal:
        log.warning("a free seat waits for the next minute: %s", refusal.code)


def _offer_all(shift_id: int, at: datetime) -> int:
    """Make offers on a shift, each in a unit of its own, until there is nothing to look for. Returns how many times."""
    looked = 0
    while looked < OFFERS_AT_ONCE:
        with unit_of_work():
            again = offers.offer_next(shift_id, at=at)
        if not again:
            break
        looked += 1
    return looked


def _each(due: Callable[[datetime], list[int]], act: Callable[..., None], at: datetime) -> int:
    """Do something about each row that is due, in a unit of its own. Returns how many."""
    with unit_of_work():
        ids = due(at)
    for row_id in ids:
        with unit_of_work():
            act(row_id, at=at)
    return len(ids)


def remind_volunteers(at: datetime) -> str:
    """Remind people of their shifts, 24 hours before."""
    with unit_of_work():
        told = messages.remind(at)
    return f"{told} volunteers reminded" if told else ""


def deliver_messages(at: datetime) -> str:
    """Hand over the messages that are due: claimed in one unit, handed over outside of any, noted in another.

    Whoever dies between handing over and noting has the message handed over again, under the same id.
    """
    with unit_of_work():
        buried = outbox.bury_abandoned()
    sent, failed, in_a_row = 0, buried, 0
    until = time.monotonic() + DELIVER_FOR_S
    while time.monotonic() < until and in_a_row < GIVE_UP_AFTER:
        with unit_of_work():
            claimed = outbox.claim()
        if claimed is None:
            break
        fault = _hand_over(claimed, at)
        sent, failed = sent + (fault == ""), failed + bool(fault)
        in_a_row = in_a_row + 1 if fault else 0
    said = [f"{sent} text messages sent"] * bool(sent) + [f"{failed} not taken"] * bool(failed)
    return ", ".join(said)


def _hand_over(claimed: Claimed, at: datetime) -> str | None:
    """Hand one message over. Returns what went wrong, "" when it was taken, None when it was not for sending now."""
    sender: SmsSender = current_app.extensions["sms_messages"]
    try:
        with unit_of_work():
            text = delivery.prepare(claimed, at=at)
            if isinstance(text, delivery.Later):
                outbox.put_off(claimed, text.until)
            elif isinstance(text, delivery.Nobody):
                outbox.drop(claimed, text.fault)
        if not isinstance(text, delivery.TextMessage):
            return None
        sender.tell(text.phone, text.text, message_id=text.message_id, kind=text.kind, params=text.params)
    except NotSetUp:
        with unit_of_work():
            outbox.drop(claimed, "no_gateway")
        return None
    except Exception as error:  # noqa: BLE001 -- whatever is wrong with one message, the others must flow
        fault = "unreachable" if isinstance(error, Unreachable) else type(error).__name__
        with unit_of_work():
            dead = outbox.mark_failed(claimed, fault)
        log.warning("message %s not sent (%s)%s", claimed.message_id, fault, ", given up" if dead else "")
        return fault
    with unit_of_work():
        outbox.mark_sent(claimed)
    return ""


JOBS = (
    Job("beat", "*", beat),
    Job("fix_audit_head", "*/10", fix_audit_head),
    Job("remind_volunteers", "*/5", remind_volunteers),
    Job("deliver_messages", "*", deliver_messages),
    Job("keep_terms", "7", keep_terms),
    Job("prepare_exports", "*", prepare_exports),
    Job("erase_people", "*/15", erase_people),
    Job("roll_days_up", "*/10", roll_days_up),
    Job("offer_seats", "*", offer_seats),
)


def run_job(app: Flask, job: Job) -> str:
    """Run one task now, in the application's context, and log what it did."""
    with app.app_context():
        done = job.run(clock.now())
    if done:
        log.info("%s: %s", job.name, done)
    return done


class Queue(NamedTuple):
    """The queue, and the tasks that others may put on it."""

    huey: SqliteHuey
    prepare_export: TaskWrapper


def queue_of(app: Flask, settings: Settings) -> Queue:
    """Return the queue with every task on it; in tests it runs at once and keeps no file.

    The file is written without a write-ahead log: huey uses the standard library's SQLite, which may be a build that
    can damage one.
    """
    testing = settings.profile == "testing"
    huey = SqliteHuey(
        "ouyu",
        filename=str(settings.server.data_dir / QUEUE_FILE),
        journal_mode="truncate",
        immediate=testing,
        results=False,
    )
    for job in JOBS:
        huey.periodic_task(crontab(minute=job.minutes), name=job.name)(_bound(app, job))
    return Queue(huey, huey.task(name="prepare_export")(_export_task(app)))


def prepare_soon(export_id: int) -> None:
    """Tell the consumer of a copy to prepare; if that fails, it finds it within a minute by itself."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    try:
        if _QUEUE not in app.extensions:
            app.extensions[_QUEUE] = queue_of(app, current())
        queue: Queue = app.extensions[_QUEUE]
        queue.prepare_export(export_id)
    except (OSError, sqlite3.Error) as error:
        log.warning("the job queue cannot be written (%s); the copy waits for the next minute", error)


def consume(app: Flask, settings: Settings) -> None:
    """Run the consumer until it is told to stop. Every task looks once at the start: what fell due is made up for."""
    for job in JOBS:
        run_job(app, job)
    consumer: Any = Consumer(queue_of(app, settings).huey, graceful_signal="TERM", shutdown_timeout=10)
    # On a hang-up huey would start sys.argv again, which may be the whole service.
    consumer._signal_actions.pop(signal.SIGHUP, None)
    consumer.run()


def _export_task(app: Flask) -> Callable[[int], None]:
    def task(export_id: int) -> None:
        with app.app_context():
            prepare_export(export_id, clock.now())

    return task


def _bound(app: Flask, job: Job) -> Callable[[], None]:
    def task() -> None:
        run_job(app, job)

    return task
