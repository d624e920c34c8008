"""Staff, rights, links, sign-in and sessions, and what refused attempts leave behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.actor import SYSTEM, Actor
from app.core.db import db, unit_of_work
from app.core.errors import AccessDenied, ChangedMeanwhile, InvalidInput, NotFound
from app.orgs import queries, service, sign_in
from app.orgs.errors import (
    GrantTooWide,
    LastCityAdmin,
    LinkSpent,
    OwnRights,
    StaffDisabled,
)
from app.orgs.models import Staff, StaffGrant, StaffLink
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


# --- sessions ----------------------------------------------------------------------------------------


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
