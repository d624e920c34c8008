"""Stations through the service: states, closures, credentials, conflicts, the trail they leave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.audit import queries as audit
from app.core import clock
from app.core.actor import SYSTEM, Actor, Grant
from app.core.db import db, unit_of_work
from app.core.errors import AccessDenied, ChangedMeanwhile, DomainError, InvalidInput, NotFound
from app.orgs import queries as orgs
from app.stations import queries, rules
from app.stations import service as stations
from app.stations.codes import CredentialKind
from app.stations.errors import CredentialRevoked, StationAlreadyClosed, StationStateConflict
from app.stations.models import Closure, ServiceItem, Station
from tests.builders import City

REASONS = {"reason_zh": "大风", "reason_en": "Strong wind"}
OPENING = [{"weekday": 0, "on_date": None, "closed": False, "opens_min": 540, "closes_min": 1020}]


def act(service: Callable[..., Any], *args: Any, actor: Actor = SYSTEM, **kwargs: Any) -> Any:
    with unit_of_work():
        return service(actor, *args, at=clock.now(), **kwargs)


def reload(station: Station) -> Station:
    db.session.rollback()
    found = queries.find_station(station.id)
    assert found is not None
    return found


def close(station: Station, **changes: Any) -> Closure:
    data = REASONS | {"until": clock.now() + timedelta(hours=3)} | changes
    closure: Closure = act(stations.close_station, station.id, data=data)
    return closure


def keeper_of(station: Station) -> Actor:
    return Actor("staff", None, "staff:keeper", (Grant("station_keeper", "station", station.id),))


def admin_of(code: str) -> Actor:
    district = orgs.find_district_by_code(code)
    assert district is not None
    return Actor("staff", None, "staff:district", (Grant("district_admin", "district", district.id),))


def test_a_new_station_is_a_draft_with_a_poster_and_a_rotating_secret(city: City) -> None:
    station = city.station(opened=False, opening=OPENING, services=[{"code": "wifi", "note_zh": "免费"}])
    assert (station.state, station.version) == ("draft", 1)
    kinds = [(c.kind, c.version, c.revoked_at) for c in queries.list_credentials(station.id)]
    assert sorted(kinds) == [("poster", 1, None), ("rotating", 1, None)]
    found = reload(station)
    assert [(s.item.code, s.note_zh, s.available) for s in found.services] == [("wifi", "免费", True)]
    assert [(r.weekday, r.opens_min, r.closes_min) for r in found.opening_rules] == [(0, 540, 1020)]


def test_secrets_of_two_posters_differ_and_stand_sealed(city: City) -> None:
    one, two = (queries.find_current(city.station(code=code).id, CredentialKind.POSTER) for code in ("AAA", "BBB"))
    assert one is not None
    assert two is not None
    assert queries.secret_of(one.public_id, one.secret) != queries.secret_of(two.public_id, two.secret)
    assert queries.secret_of(one.public_id, one.secret).hex() not in one.secret


@pytest.mark.parametrize("missing", ["code", "name_zh", "name_en", "kind", "district_id", "circles"])
def test_a_station_needs_its_main_fields(city: City, missing: str) -> None:
    data = {name: value for name, value in city.data().items() if name != missing}
    with pytest.raises(InvalidInput) as refused:
        act(stations.create_station, data=data)
    assert set(refused.value.fields) == {missing}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"district_id": 999}, "district_id"),
        ({"organisation_id": 999}, "organisation_id"),
        ({"services": [{"code": "teleport"}]}, "services"),
    ],
)
def test_what_is_not_in_the_lists_is_refused(city: City, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        act(stations.create_station, data=city.data() | changes)
    assert refused.value.fields == {field: [rules.UNKNOWN_CHOICE]}


def test_a_code_that_is_taken_is_refused_in_the_rules_own_words(city: City) -> None:
    city.station()
    with pytest.raises(InvalidInput) as refused:
        city.station()
    assert refused.value.fields == {"code": [rules.CODE_TAKEN]}


def test_a_code_never_changes_after_the_station_is_made(city: City) -> None:
    station = city.station()
    with pytest.raises(InvalidInput) as refused:
        act(stations.update_station, station.id, data={"code": "OTHER"}, seen_version=None)
    assert refused.value.fields == {"code": [rules.CODE_FIXED]}
    act(stations.update_station, station.id, data={"code": "ZHANQIAO", "name_zh": "新名"}, seen_version=None)


def test_an_update_changes_what_is_given_and_records_before_and_after(city: City) -> None:
    station = city.station(opening=OPENING)
    act(
        stations.update_station,
        station.id,
        data={"name_zh": "  栈桥新站 ", "opening": [], "services": [{"code": "wifi"}]},
        seen_version=station.version,
    )
    found = reload(station)
    assert (found.name_zh, found.name_en, found.opening_rules) == ("栈桥新站", "Zhanqiao Pier", [])
    entry = audit.find_last_change("station", "ZHANQIAO")
    assert entry is not None
    assert entry.action == "stations.update"
    assert set(entry.before or {}) == set(entry.after or {}) == {"name_zh", "opening", "services"}
    assert (entry.before or {})["name_zh"] == "栈桥驿站"
    assert audit.chain_faults() == []


def test_the_same_parts_can_be_saved_again(city: City) -> None:
    station = city.station(services=[{"code": "wifi"}, {"code": "reading"}], opening=OPENING)
    data = {"services": [{"code": "reading"}, {"code": "wifi"}], "circles": city.data()["circles"], "opening": OPENING}
    act(stations.update_station, station.id, data=data, seen_version=None)
    assert len(reload(station).services) == 2


def test_saving_without_a_change_records_nothing(city: City) -> None:
    station = city.station()
    entries = audit.count_entries()
    act(stations.update_station, station.id, data={"name_zh": station.name_zh}, seen_version=station.version)
    assert audit.count_entries() == entries
    assert reload(station).version == station.version


def test_r7_the_second_of_two_editors_is_told_who_changed_what(city: City) -> None:
    station = city.station()
    seen = station.version
    first = Actor("staff", None, "staff:wang", (Grant("city_admin", "city"),))
    act(stations.update_station, station.id, actor=first, data={"phone": "0532-1"}, seen_version=seen)
    with pytest.raises(ChangedMeanwhile) as refused:
        act(stations.update_station, station.id, data={"name_zh": "乙"}, seen_version=seen)
    assert refused.value.facts == {"by": "wang", "what": "phone"}
    assert reload(station).name_zh == "栈桥驿站"


def test_a_closure_leaves_the_state_open_and_ends_by_itself(city: City) -> None:
    station = city.station()
    close(station)
    assert reload(station).state == "open"
    with pytest.raises(StationAlreadyClosed):
        close(station)
    with clock.frozen(clock.now() + timedelta(hours=4)):
        close(station)
    ended, running = sorted(reload(station).closures, key=lambda c: c.starts_at)
    assert ended.ended_at == ended.until
    assert running.ended_at is None


def test_a_closure_can_be_ended_before_its_time_once(city: City) -> None:
    station = city.station()
    close(station)
    act(stations.end_closure, station.id)
    assert reload(station).closures[0].ended_at is not None
    with pytest.raises(StationStateConflict):
        act(stations.end_closure, station.id)


def test_a_closure_without_reason_or_end_is_refused_by_field(city: City) -> None:
    station = city.station()
    with pytest.raises(InvalidInput) as refused:
        close(station, reason_en=" ", until=clock.now())
    assert set(refused.value.fields) == {"reason_en", "until"}


def test_the_states_of_a_station(city: City) -> None:
    station = city.station(opened=False)
    for service in (stations.end_closure,):
        with pytest.raises(StationStateConflict):
            act(service, station.id)
    for service in (stations.pause_station, stations.close_station):
        with pytest.raises(StationStateConflict):
            act(service, station.id, data=REASONS | {"until": clock.now() + timedelta(hours=1)})
    act(stations.open_station, station.id)
    with pytest.raises(StationStateConflict):
        act(stations.open_station, station.id)
    close(station)
    act(stations.pause_station, station.id, data=REASONS)
    assert reload(station).state == "paused"
    assert len([c for c in reload(station).closures if c.ended_at is None]) == 1
    with pytest.raises(StationStateConflict):
        close(station)
    act(stations.open_station, station.id)
    assert [c for c in reload(station).closures if c.ended_at is None] == []
    act(stations.withdraw_station, station.id, reason="改造")
    with pytest.raises(StationStateConflict) as refused:
        act(stations.open_station, station.id)
    assert refused.value.sentence("zh-CN") == "站点当前状态是“已撤站”，不能这样操作，请刷新后再看。"


def test_withdrawing_ends_the_closure_and_needs_a_reason(city: City) -> None:
    station = city.station()
    close(station)
    with pytest.raises(InvalidInput):
        act(stations.withdraw_station, station.id, reason="")
    act(stations.withdraw_station, station.id, reason="改造")
    assert db.session.scalar(select(func.count()).where(Closure.ended_at.is_(None))) == 0
    entry = audit.find_last_change("station", station.code)
    assert entry is not None
    assert (entry.action, entry.reason, entry.before) == ("stations.withdraw", "改造", {"state": "open"})


def test_a_new_poster_version_leaves_the_old_until_it_is_revoked_once(city: City) -> None:
    station = city.station()
    second = act(stations.issue_credential, station.id, kind=CredentialKind.POSTER)
    assert second.version == 2
    assert queries.find_current(station.id, CredentialKind.POSTER).version == 2  # type: ignore[union-attr]
    with pytest.raises(InvalidInput):
        act(stations.revoke_credential, second.id, reason="")
    act(stations.revoke_credential, second.id, reason="印错了")
    assert queries.find_current(station.id, CredentialKind.POSTER).version == 1  # type: ignore[union-attr]
    with pytest.raises(CredentialRevoked):
        act(stations.revoke_credential, second.id, reason="再来一次")


def test_a_keeper_closes_their_own_station_and_edits_nothing(city: City) -> None:
    own, other = city.station(), city.station(code="OTHER")
    keeper = keeper_of(own)
    data = REASONS | {"until": clock.now() + timedelta(hours=1)}
    act(stations.close_station, own.id, actor=keeper, data=data)
    with pytest.raises(NotFound):
        act(stations.close_station, other.id, actor=keeper, data=data)
    refused_acts: list[tuple[Callable[..., Any], dict[str, Any]]] = [
        (stations.update_station, {"data": {"name_zh": "x"}, "seen_version": None}),
        (stations.withdraw_station, {"reason": "x"}),
        (stations.issue_credential, {"kind": CredentialKind.POSTER}),
    ]
    for service, kwargs in refused_acts:
        with pytest.raises(AccessDenied):
            act(service, own.id, actor=keeper, **kwargs)


def test_a_district_admin_neither_reaches_nor_moves_a_station_beyond_the_district(city: City) -> None:
    shinan = admin_of("370202")
    inside, outside = city.station(), city.station(code="OTHER", district="370203")
    elsewhere = outside.district_id
    refusals: list[tuple[type[DomainError], Callable[[], Any]]] = [
        (NotFound, lambda: act(stations.withdraw_station, outside.id, actor=shinan, reason="x")),
        (
            DomainError,
            lambda: act(
                stations.update_station, inside.id, actor=shinan, data={"district_id": elsewhere}, seen_version=None
            ),
        ),
        (
            DomainError,
            lambda: act(stations.create_station, actor=shinan, data=city.data(code="NEW", district="370203")),
        ),
    ]
    for refusal, attempt in refusals:
        with pytest.raises(refusal):
            attempt()
    assert reload(inside).district_id != elsewhere
    act(stations.create_station, actor=shinan, data=city.data(code="NEW"))


def test_an_unknown_station_or_credential_is_not_found(city: City) -> None:
    with pytest.raises(NotFound):
        act(stations.open_station, 10**9)
    with pytest.raises(NotFound):
        act(stations.revoke_credential, 10**9, reason="x")


def test_the_catalogue_grows_and_rewords_but_codes_stay(city: City) -> None:
    item: ServiceItem = act(
        stations.save_service_item, None, data={"code": "aed", "name_zh": "除颤仪", "name_en": "AED"}
    )
    act(stations.save_service_item, item.id, data={"code": "other", "name_zh": "自动除颤仪", "name_en": "AED"})
    found = db.session.scalars(select(ServiceItem).where(ServiceItem.code == "aed")).one()
    assert found.name_zh == "自动除颤仪"
    assert queries.list_service_items()[-1].code == "aed"
    with pytest.raises(InvalidInput) as refused:
        act(stations.save_service_item, None, data={"code": "aed", "name_zh": "x", "name_en": "x"})
    assert set(refused.value.fields) == {"code"}
    with pytest.raises(AccessDenied):
        act(
            stations.save_service_item,
            item.id,
            actor=admin_of("370202"),
            data={"name_zh": "x", "name_en": "x"},
        )


def test_r7_of_two_who_reword_one_service_the_second_is_told_by_whom_and_what(city: City) -> None:
    item: ServiceItem = act(
        stations.save_service_item, None, data={"code": "aed", "name_zh": "除颤仪", "name_en": "AED"}
    )
    other = Actor("staff", None, "staff:lin.hai", (Grant("city_admin", "city"),))
    act(stations.save_service_item, item.id, actor=other, data={"name_zh": "自动除颤仪"}, seen_version=1)
    with pytest.raises(ChangedMeanwhile) as refused:
        act(stations.save_service_item, item.id, data={"name_en": "Defibrillator"}, seen_version=1)
    assert refused.value.facts == {"by": "lin.hai", "what": "name_zh"}
    found = db.session.get_one(ServiceItem, item.id, populate_existing=True)
    assert (found.name_zh, found.name_en, found.version) == ("自动除颤仪", "AED", 2)
    act(stations.save_service_item, item.id, data={"name_en": "Defibrillator"}, seen_version=2)


def test_saving_a_service_as_it_stands_is_no_change(city: City) -> None:
    item: ServiceItem = act(
        stations.save_service_item, None, data={"code": "aed", "name_zh": "除颤仪", "name_en": "AED"}
    )
    act(stations.save_service_item, item.id, data={"name_zh": "除颤仪", "name_en": "AED"}, seen_version=1)
    assert db.session.get_one(ServiceItem, item.id, populate_existing=True).version == 1
