"""Staff sign in: passwords, tries that are counted, sessions that end at once."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core.actor import SYSTEM, Actor
from app.core.db import db, unit_of_work
from app.core.errors import InvalidInput, NotFound
from app.orgs import queries, rules, service, sign_in
from app.orgs.errors import (
    SignInFailed,
    TooManySignIns,
)
from app.orgs.models import StaffLink, StaffSession
from app.orgs.rules import Verdict
from tests.orgs.test_service import AT, HOME, PASSWORD, actor_of, hire, last_entry

pytestmark = pytest.mark.usefixtures("app")


def ready(login: str = "lin.hai") -> int:
    verdict = hire(login)
    with unit_of_work():
        sign_in.set_password_by_link(str(verdict.token), password=PASSWORD, at=AT)
    return verdict.id or 0


def attempt(login: str, password: str, at: datetime = AT, **where: Any) -> TooManySignIns | Verdict:
    place = {**HOME, **where}
    with unit_of_work():
        too_many = sign_in.count_try(login=login, at=at, **place)
    if too_many is not None:
        return too_many
    proof = sign_in.proven_hash(login, password)
    with unit_of_work():
        return sign_in.sign_in(login=login, proof=proof, device="test", tried_at=at, at=at, **place)


def test_the_right_password_opens_a_session() -> None:
    staff_id = ready()
    verdict = attempt("lin.hai", PASSWORD)
    assert isinstance(verdict, Verdict)
    caller = queries.find_caller(str(verdict.token))
    assert caller is not None
    assert caller.staff_id == staff_id
    assert last_entry().action == "staff.sign_in"


@pytest.mark.parametrize("login", ["lin.hai", "nobody.here"])
def test_wrong_password_and_unknown_login_get_one_answer_and_a_trace(login: str) -> None:
    ready()
    verdict = attempt(login, "not the right one")
    assert isinstance(verdict, Verdict)
    assert isinstance(verdict.refused, SignInFailed)
    assert verdict.token is None
    entry = last_entry()
    assert entry.action == "staff.sign_in_failed"
    assert "nobody.here" not in f"{entry.actor}{entry.object_id}{entry.after}"


def test_a_disabled_account_cannot_sign_in() -> None:
    hire("other.boss")
    staff_id = ready()
    with unit_of_work():
        service.disable_staff(SYSTEM, staff_id, reason="离岗", at=AT)
    verdict = attempt("lin.hai", PASSWORD)
    assert isinstance(verdict, Verdict)
    assert isinstance(verdict.refused, SignInFailed)


def test_a_password_changed_between_proof_and_sign_in_opens_nothing() -> None:
    staff_id = ready()
    proof = sign_in.proven_hash("lin.hai", PASSWORD)
    actor = actor_of(staff_id)
    with unit_of_work():
        sign_in.change_own_password(actor, current=PASSWORD, password="another fine long one", at=AT)
    with unit_of_work():
        verdict = sign_in.sign_in(login="lin.hai", proof=proof, device="test", tried_at=AT, at=AT, **HOME)
    assert isinstance(verdict.refused, SignInFailed)


@pytest.fixture(autouse=True)
def few_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few enough that a test does not spend its time on hashing."""
    monkeypatch.setattr(rules, "TRIES_PER_ACCOUNT", 3)
    monkeypatch.setattr(rules, "TRIES_PER_KNOWN_DEVICE", 3)


def test_tries_are_counted_per_account_from_wherever_they_come() -> None:
    ready()
    for n in range(rules.TRIES_PER_ACCOUNT):
        assert isinstance(attempt("lin.hai", "wrong", address=f"192.0.2.{n}"), Verdict)
    assert isinstance(attempt("lin.hai", PASSWORD, address="192.0.2.99"), TooManySignIns)
    later = AT + timedelta(seconds=rules.SIGN_IN_WINDOW_S)
    assert isinstance(attempt("lin.hai", PASSWORD, at=later), Verdict)


def test_an_unknown_login_is_throttled_like_a_known_one() -> None:
    for _ in range(rules.TRIES_PER_ACCOUNT):
        attempt("nobody.here", "wrong")
    assert isinstance(attempt("nobody.here", "wrong"), TooManySignIns)


def test_tries_are_counted_per_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "TRIES_PER_ADDRESS", 3)
    for n in range(3):
        attempt(f"login.{n}", "wrong")
    assert isinstance(attempt("login.9", "wrong"), TooManySignIns)
    assert isinstance(attempt("login.9", "wrong", address="198.51.100.1"), Verdict)


def test_strangers_cannot_lock_out_the_owners_known_device() -> None:
    ready()
    for _ in range(rules.TRIES_PER_ACCOUNT + 5):
        attempt("lin.hai", "wrong", address="203.0.113.9")
    assert isinstance(attempt("lin.hai", PASSWORD), TooManySignIns)
    verdict = attempt("lin.hai", PASSWORD, known_device="my-own-browser")
    assert isinstance(verdict, Verdict)
    assert verdict.refused is None


def test_a_known_device_has_a_count_of_its_own() -> None:
    ready()
    for _ in range(rules.TRIES_PER_KNOWN_DEVICE):
        attempt("lin.hai", "wrong", known_device="my-own-browser")
    assert isinstance(attempt("lin.hai", PASSWORD, known_device="my-own-browser"), TooManySignIns)
    assert isinstance(attempt("lin.hai", PASSWORD), Verdict)


def test_honest_sign_ins_do_not_use_up_the_tries() -> None:
    ready()
    for _ in range(rules.TRIES_PER_ACCOUNT + 2):
        verdict = attempt("lin.hai", PASSWORD)
        assert isinstance(verdict, Verdict)
        assert verdict.refused is None


def sessions() -> list[StaffSession]:
    return list(db.session.scalars(select(StaffSession)))


def signed_in(login: str = "lin.hai") -> tuple[Actor, str]:
    staff_id = ready(login)
    verdict = attempt(login, PASSWORD)
    assert isinstance(verdict, Verdict)
    return actor_of(staff_id), str(verdict.token)


def test_sign_out_ends_the_session_at_once() -> None:
    actor, token = signed_in()
    caller = queries.find_caller(token)
    assert caller is not None
    with unit_of_work():
        sign_in.sign_out(actor, caller.session_id, at=AT)
    assert queries.find_caller(token) is None


@pytest.mark.parametrize("act", ["disable", "password", "grant", "kick_out"])
def test_disabling_a_new_password_a_new_role_and_kick_out_end_every_session(act: str) -> None:
    boss = actor_of(hire("other.boss").id)
    actor, token = signed_in()
    staff_id = actor.id or 0
    caller = queries.find_caller(token)
    assert caller is not None
    with unit_of_work():
        if act == "disable":
            service.disable_staff(boss, staff_id, reason="离岗", at=AT)
        elif act == "password":
            sign_in.change_own_password(actor, current=PASSWORD, password="another fine long one", at=AT)
        elif act == "grant":
            service.grant_role(boss, staff_id, data={"role": "auditor", "scope": "city"}, at=AT)
        else:
            service.kick_out(boss, caller.session_id, at=AT)
    assert queries.find_caller(token) is None
    assert sessions() == []


def test_somebody_elses_session_is_not_mine_to_end() -> None:
    _, token = signed_in()
    stranger = actor_of(hire("other.boss").id)
    caller = queries.find_caller(token)
    assert caller is not None
    with pytest.raises(NotFound), unit_of_work():
        sign_in.end_own_session(stranger, caller.session_id, at=AT)
    assert queries.find_caller(token) is not None


def test_ended_sessions_and_links_are_purged() -> None:
    signed_in()
    hire("other.boss")
    with unit_of_work():
        assert sign_in.purge(AT) == 0
    with unit_of_work():
        assert sign_in.purge(AT + timedelta(days=1)) == 3
    assert sessions() == []
    assert db.session.scalars(select(StaffLink)).all() == []


def test_the_wrong_current_password_changes_nothing() -> None:
    actor, token = signed_in()
    with pytest.raises(InvalidInput) as refusal, unit_of_work():
        sign_in.change_own_password(actor, current="wrong", password="another fine long one", at=AT)
    assert list(refusal.value.fields) == ["current"]
    assert queries.find_caller(token) is not None


def test_an_unknown_login_takes_as_long_as_a_known_one() -> None:
    ready()

    def fastest(login: str) -> float:
        times = []
        for _ in range(5):
            begun = time.perf_counter()
            assert sign_in.proven_hash(login, "not the right one") is None
            times.append(time.perf_counter() - begun)
        return min(times)

    fastest("nobody.here")
    known, unknown = fastest("lin.hai"), fastest("nobody.here")
    assert known / 3 < unknown < known * 3
