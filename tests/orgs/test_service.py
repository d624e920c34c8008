"""Staff, rights, links, sign-in and sessions, and what refused attempts leave behind."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.actor import SYSTEM, Actor
from app.core.db import db, unit_of_work
from app.core.errors import AccessDenied, ChangedMeanwhile, InvalidInput, NotFound
from app.orgs import queries, rules, service, sign_in
from app.orgs.errors import (
    GrantTooWide,
    LastCityAdmin,
    LinkSpent,
    OwnRights,
    SignInFailed,
    StaffDisabled,
    TooManySignIns,
)
from app.orgs.models import Staff, StaffGrant, StaffLink, StaffSession
from app.orgs.rules import Verdict
from tests.builders import City

pytestmark = pytest.mark.usefixtures("app")
AT = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
PASSWORD = "gull over the red roof"
HOME = {"address": "192.0.2.7", "known_device": None}


def hire(
    login: str, role: str = "city_admin", scope: str = "city", by: Actor = SYSTEM, until: datetime | None = None
) -> Verdict:
    data = {"login": login, "name": f"示例 {login}", "role": role, "scope": scope, "valid_until": until}
    with unit_of_work():
        return service.create_staff(by, data=data, at=AT)


def actor_of(staff_id: int | None) -> Actor:
    assert staff_id is not None
    return Actor("staff", staff_id, "staff:test", queries.live_grants(staff_id, AT))


def last_entry() -> AuditEntry:
    found = db.session.scalar(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1))
    assert found is not None
    return found


def grant(by: Actor, staff_id: int | None, role: str, scope: str, until: datetime | None = None) -> Verdict:
    assert staff_id is not None
    with unit_of_work():
        return service.grant_role(by, staff_id, data={"role": role, "scope": scope, "valid_until": until}, at=AT)


@pytest.fixture
def city_admin() -> Actor:
    hire("second.boss")
    return actor_of(hire("first.boss").id)


@pytest.fixture
def shinan_admin(city_admin: Actor) -> Actor:
    return actor_of(hire("shinan.boss", "district_admin", "district:370202", by=city_admin).id)


# --- taking on -------------------------------------------------------------------------------------


def test_somebody_new_has_a_role_a_link_and_no_password() -> None:
    verdict = hire("lin.hai")
    staff = queries.find_staff_by_login("lin.hai")
    assert staff is not None
    assert staff.password_hash is None
    assert [grant.role for grant in queries.list_grants(staff.id)] == ["city_admin"]
    assert verdict.token is not None
    assert sign_in.staff_of_link(verdict.token, AT).id == staff.id


def test_no_token_and_no_password_stand_in_the_tables() -> None:
    verdict = hire("lin.hai")
    stored = db.session.scalars(select(StaffLink.token_hash)).all()
    assert verdict.token not in stored
    with unit_of_work():
        sign_in.set_password_by_link(str(verdict.token), password=PASSWORD, at=AT)
    staff = queries.find_staff_by_login("lin.hai")
    assert staff is not None
    assert PASSWORD not in str(staff.password_hash)


def test_a_new_database_has_nobody_who_could_sign_in() -> None:
    assert db.session.scalars(select(Staff)).all() == []


def test_a_taken_login_says_so_at_the_field() -> None:
    hire("lin.hai")
    with pytest.raises(InvalidInput) as refusal:
        hire("lin.hai")
    assert list(refusal.value.fields) == ["login"]


@pytest.mark.parametrize(
    ("role", "scope", "field"),
    [
        ("king", "city", "role"),
        ("city_admin", "district:370202", "scope"),
        ("district_admin", "city", "scope"),
        ("district_admin", "district:999999", "scope"),
        ("station_keeper", "station:NOWHERE", "scope"),
        ("auditor", "city:1", "scope"),
        ("auditor", "", "scope"),
    ],
)
def test_a_role_without_its_kind_of_scope_is_refused(role: str, scope: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        hire("lin.hai", role, scope)
    assert field in refusal.value.fields


def test_an_end_in_the_past_is_refused() -> None:
    with pytest.raises(InvalidInput) as refusal:
        hire("lin.hai", until=AT - timedelta(seconds=1))
    assert "valid_until" in refusal.value.fields


def test_a_keeper_is_given_a_station_by_its_code(city: City) -> None:
    station = city.station()
    verdict = hire("keeper", "station_keeper", "station:ZHANQIAO")
    assert actor_of(verdict.id).grants[0].scope_id == station.id


# --- rights: refused, and written down -----------------------------------------------------------


def refused(verdict: Verdict, error: type[Exception], act: str) -> None:
    assert isinstance(verdict.refused, error)
    entry = last_entry()
    assert (entry.action, entry.reason) == (f"{act}_refused", verdict.refused.code)


def test_a_district_admin_gives_no_city_role(shinan_admin: Actor) -> None:
    keeper = hire("auditor.one", "auditor", "district:370202")
    refused(grant(shinan_admin, keeper.id, "city_admin", "city"), GrantTooWide, "staff.grant")
    refused(grant(shinan_admin, keeper.id, "auditor", "city"), GrantTooWide, "staff.grant")
    refused(grant(shinan_admin, keeper.id, "district_admin", "district:370212"), GrantTooWide, "staff.grant")
    refused(hire("new.one", by=shinan_admin), GrantTooWide, "staff.create")
    assert queries.find_staff_by_login("new.one") is None


def test_nobody_edits_their_own_rights(city_admin: Actor, shinan_admin: Actor) -> None:
    refused(grant(shinan_admin, shinan_admin.id, "auditor", "district:370202"), OwnRights, "staff.grant")
    own = queries.list_grants(city_admin.id or 0)[0].id
    with unit_of_work():
        refused(service.revoke_grant(city_admin, own, at=AT), OwnRights, "staff.revoke")
    with unit_of_work():
        refused(service.disable_staff(city_admin, city_admin.id or 0, reason="x", at=AT), OwnRights, "staff.disable")
    with unit_of_work():
        refused(service.issue_link(city_admin, city_admin.id or 0, at=AT), OwnRights, "staff.link")


def test_a_higher_admin_does_not_exist_for_a_lower_one(city_admin: Actor, shinan_admin: Actor) -> None:
    above = city_admin.id or 0
    with unit_of_work():
        refused(service.disable_staff(shinan_admin, above, reason="x", at=AT), NotFound, "staff.disable")
    with unit_of_work():
        refused(service.issue_link(shinan_admin, above, at=AT), NotFound, "staff.link")
    with unit_of_work():
        renamed = service.rename_staff(shinan_admin, above, data={"name": "x"}, seen_version=1, at=AT)
        refused(renamed, NotFound, "staff.rename")
    refused(grant(shinan_admin, above, "auditor", "district:370202"), NotFound, "staff.grant")
    staff = queries.find_staff(above)
    assert staff is not None
    assert staff.state == "active"


def test_an_auditor_may_look_and_nothing_else(city_admin: Actor) -> None:
    auditor = actor_of(hire("auditor.one", "auditor", "city").id)
    refused(grant(auditor, city_admin.id, "auditor", "city"), AccessDenied, "staff.grant")


def test_the_last_permanent_city_admin_stays() -> None:
    last = hire("last.boss")
    passing = hire("passing.boss", until=AT + timedelta(days=1))
    other = actor_of(passing.id)
    assert last.id is not None
    own = queries.list_grants(last.id)[0].id
    with unit_of_work():
        refused(service.revoke_grant(other, own, at=AT), LastCityAdmin, "staff.revoke")
    with unit_of_work():
        refused(service.disable_staff(other, last.id, reason="x", at=AT), LastCityAdmin, "staff.disable")
    refused(grant(other, last.id, "city_admin", "city", AT + timedelta(days=1)), LastCityAdmin, "staff.grant")
    with unit_of_work():
        refused(service.disable_staff(SYSTEM, last.id, reason="x", at=AT), LastCityAdmin, "staff.disable")


def test_one_of_two_city_admins_may_go(city_admin: Actor) -> None:
    other = queries.find_staff_by_login("second.boss")
    assert other is not None
    with unit_of_work():
        assert service.disable_staff(city_admin, other.id, reason="调岗", at=AT).refused is None
    assert last_entry().action == "staff.disable"
    assert last_entry().reason == "调岗"


def test_disabling_needs_a_reason(city_admin: Actor) -> None:
    other = queries.find_staff_by_login("second.boss")
    assert other is not None
    with pytest.raises(InvalidInput), unit_of_work():
        service.disable_staff(city_admin, other.id, reason=" ", at=AT)


def test_a_district_admin_governs_the_district_and_its_stations(shinan_admin: Actor, city: City) -> None:
    city.station()
    keeper = hire("keeper", "station_keeper", "station:ZHANQIAO", by=shinan_admin)
    assert keeper.refused is None
    with unit_of_work():
        assert service.disable_staff(shinan_admin, keeper.id or 0, reason="离岗", at=AT).refused is None


def test_a_grant_given_again_changes_its_end(city_admin: Actor) -> None:
    keeper = hire("auditor.one", "auditor", "district:370202")
    until = AT + timedelta(days=30)
    assert grant(city_admin, keeper.id, "auditor", "district:370202", until).refused is None
    rows = queries.list_grants(keeper.id or 0)
    assert [row.valid_until for row in rows] == [until]


def test_an_ended_grant_gives_nothing() -> None:
    verdict = hire("passing", "auditor", "city", until=AT + timedelta(days=1))
    assert queries.live_grants(verdict.id or 0, AT)
    assert queries.live_grants(verdict.id or 0, AT + timedelta(days=1)) == ()


def test_staff_without_grants_are_the_citys(city_admin: Actor, shinan_admin: Actor) -> None:
    bare = hire("auditor.one", "auditor", "district:370202")
    with unit_of_work():
        service.revoke_grant(city_admin, queries.list_grants(bare.id or 0)[0].id, at=AT)
    with unit_of_work():
        refused(service.enable_staff(shinan_admin, bare.id or 0, at=AT), NotFound, "staff.enable")
    assert grant(city_admin, bare.id, "auditor", "city").refused is None


def test_a_name_changed_meanwhile_is_not_overwritten(city_admin: Actor) -> None:
    other = queries.find_staff_by_login("second.boss")
    assert other is not None
    with unit_of_work():
        service.rename_staff(city_admin, other.id, data={"name": "甲"}, seen_version=1, at=AT)
    with pytest.raises(ChangedMeanwhile), unit_of_work():
        service.rename_staff(city_admin, other.id, data={"name": "乙"}, seen_version=1, at=AT)


# --- links and passwords ---------------------------------------------------------------------------


def test_a_link_sets_a_password_once() -> None:
    token = str(hire("lin.hai").token)
    with unit_of_work():
        sign_in.set_password_by_link(token, password=PASSWORD, at=AT)
    with pytest.raises(LinkSpent), unit_of_work():
        sign_in.set_password_by_link(token, password="another fine long one", at=AT)
    with pytest.raises(LinkSpent):
        sign_in.staff_of_link(token, AT)


def test_looking_at_a_link_does_not_spend_it() -> None:
    token = str(hire("lin.hai").token)
    for _ in range(3):
        sign_in.staff_of_link(token, AT)
    with unit_of_work():
        sign_in.set_password_by_link(token, password=PASSWORD, at=AT)


def test_a_bad_password_leaves_the_link_open() -> None:
    token = str(hire("lin.hai").token)
    with pytest.raises(InvalidInput), unit_of_work():
        sign_in.set_password_by_link(token, password="lin.hai.2026", at=AT)
    with unit_of_work():
        sign_in.set_password_by_link(token, password=PASSWORD, at=AT)


@pytest.mark.parametrize("token", ["", "x", "a" * 43])
def test_an_unknown_link_is_as_spent_as_a_used_one(token: str) -> None:
    with pytest.raises(LinkSpent):
        sign_in.staff_of_link(token, AT)


def test_a_link_lives_half_an_hour() -> None:
    token = str(hire("lin.hai").token)
    sign_in.staff_of_link(token, AT + timedelta(minutes=29))
    with pytest.raises(LinkSpent):
        sign_in.staff_of_link(token, AT + timedelta(minutes=30))


def test_a_new_link_ends_the_one_before(city_admin: Actor) -> None:
    first = hire("lin.hai")
    with unit_of_work():
        second = service.issue_link(city_admin, first.id or 0, at=AT)
    with pytest.raises(LinkSpent):
        sign_in.staff_of_link(str(first.token), AT)
    sign_in.staff_of_link(str(second.token), AT)


def test_a_disabled_account_gets_no_link_and_its_link_is_dead(city_admin: Actor) -> None:
    verdict = hire("lin.hai", "auditor", "city")
    with unit_of_work():
        service.disable_staff(city_admin, verdict.id or 0, reason="离岗", at=AT)
    with pytest.raises(LinkSpent):
        sign_in.staff_of_link(str(verdict.token), AT)
    with pytest.raises(StaffDisabled), unit_of_work():
        service.issue_link(city_admin, verdict.id or 0, at=AT)


# --- sign-in -----------------------------------------------------------------------------------------


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


# --- sessions ----------------------------------------------------------------------------------------


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


# --- organisations -----------------------------------------------------------------------------------


def test_organisations_are_made_and_changed_by_the_city_only(city_admin: Actor, shinan_admin: Actor) -> None:
    data = {"name_zh": "海滨管理中心", "name_en": "Seaside Office", "kind": "operator", "district_id": None}
    with unit_of_work():
        made = service.save_organisation(city_admin, None, data=data, at=AT)
    with unit_of_work():
        service.save_organisation(city_admin, made.id, data={"name_en": "Coast Office"}, seen_version=1, at=AT)
    assert last_entry().before == {"name_en": "Seaside Office"}
    with pytest.raises(ChangedMeanwhile), unit_of_work():
        service.save_organisation(city_admin, made.id, data={"name_en": "X"}, seen_version=1, at=AT)
    with pytest.raises(AccessDenied), unit_of_work():
        service.save_organisation(shinan_admin, made.id, data={"name_en": "X"}, at=AT)


def test_a_second_organisation_of_a_name_is_refused_at_the_field(city_admin: Actor) -> None:
    data = {"name_zh": "海滨管理中心", "name_en": "Seaside Office", "kind": "operator", "district_id": None}
    with unit_of_work():
        service.save_organisation(city_admin, None, data=data, at=AT)
    with pytest.raises(InvalidInput) as refusal, unit_of_work():
        service.save_organisation(city_admin, None, data=data, at=AT)
    assert list(refusal.value.fields) == ["name_zh"]


def test_an_organisation_without_a_name_or_kind_says_what_is_missing(city_admin: Actor) -> None:
    with pytest.raises(InvalidInput) as refusal, unit_of_work():
        service.save_organisation(city_admin, None, data={}, at=AT)
    assert set(refusal.value.fields) == {"name_zh", "name_en", "kind"}


def test_every_grant_keeps_who_gave_it(city_admin: Actor, app: Flask) -> None:
    verdict = hire("auditor.one", "auditor", "city", by=city_admin)
    row = db.session.scalar(select(StaffGrant).where(StaffGrant.staff_id == verdict.id))
    assert row is not None
    assert row.granted_by == city_admin.label


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
