"""Build the demo city through the services: places, posters, staff, and a season of visits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from app.checkins import service as checkins
from app.checkins.models import CheckIn
from app.checkins.rules import Source
from app.checkins.service import Claim
from app.core.actor import SYSTEM, Actor, Grant
from app.core.clock import CITY_ZONE, business_date
from app.core.db import db
from app.demo import doubts, events, visits, volunteers
from app.demo.places import DEMO_OPERATOR, PLACES, SEAFRONT_OFFICE, Place, station_data
from app.demo.visits import Shows, Visit
from app.orgs import queries as orgs
from app.orgs import service as staff
from app.people import desk as people_desk
from app.people import service as people
from app.stations import codes
from app.stations import queries as station_queries
from app.stations import service as stations
from app.stations.codes import CredentialKind
from app.stations.models import Station

POSTER_STATION = "ZHANQIAO"
PAUSED = ("TUANDAO", "演示：市场改造", "Demo: the market is being rebuilt")
CLOSED = ("DIAOSU", "演示：步道检修", "Demo: footpath repairs")
CLOSED_FOR = timedelta(days=30)
CLOSED_UNTIL_HOUR = time(18)
NEW_POSTER_AGE = timedelta(days=45)
OLD_POSTER_REVOKED_AGE = timedelta(days=20)
PAUSED_AGE = timedelta(days=3)
CLOSED_AGE = timedelta(hours=20)
VOIDED = 6
FROZEN_TRIES = 3
STAFF: tuple[dict[str, str], ...] = (
    {"login": "admin", "name": "示例 · 市级管理员", "role": "city_admin", "scope": "city"},
    {"login": "shinan", "name": "示例 · 市南区管理员", "role": "district_admin", "scope": "district:370202"},
    {"login": "zhanqiao", "name": "示例 · 栈桥站长", "role": "station_keeper", "scope": f"station:{POSTER_STATION}"},
    {"login": "auditor", "name": "示例 · 审计员", "role": "auditor", "scope": "city"},
)
OPERATOR_STAFF = {"login": "operator", "name": "示例 · 运营单位管理员", "role": "org_admin"}
LEADER = {"login": "leader", "name": "示例 · 值守负责人", "role": "event_leader"}
_GIVEN = ("林", "于", "王", "孙", "刘", "宋", "姜", "曲", "迟", "周")
_TITLE = ("先生", "女士", "同学", "阿姨", "叔叔")


def build(*, at: datetime) -> None:
    """Build the whole city in the open unit, its last visit just before `at`. Deterministic but for ids and keys."""
    start = at - timedelta(days=visits.DAYS + 1)
    seafront, operator = (_organisation(names, start) for names in (SEAFRONT_OFFICE, DEMO_OPERATOR))
    for place in PLACES:
        known = seafront if place.code == POSTER_STATION else None
        _open(place, known if place.reported else operator, start)
    admin, *_ = [_hire(data, start) for data in STAFF]
    city = _City(visits.plan(PLACES, at))
    for moment, act in _acts(admin, at):
        city.let_in_until(moment)
        act()
    city.let_in_until(at)
    city.freeze_one(at)
    doubts.hold_some(city.poster(POSTER_STATION, newest=True), at)
    _void_some(admin, city.accepted, at)
    doubts.decide_some(admin, at)
    doubts.appeal_one()
    doubts.tell_some(admin, at)
    _run_events(admin, operator, at)


def _run_events(admin: Actor, operator_id: int, at: datetime) -> None:
    """Let the operator's office write the programme, the city publish it, and somebody lead the daily duty."""
    enlisted = volunteers.build(admin, at=at)
    office = {**OPERATOR_STAFF, "scope": f"org:{operator_id}"}
    author = _hire(office, at - timedelta(days=visits.DAYS), Grant("org_admin", "org", operator_id))
    duty = events.build(author, admin, enlisted, operator_id, at=at)
    _hire(
        {**LEADER, "scope": f"event:{duty.public_id}"}, at - timedelta(days=8), Grant("event_leader", "event", duty.id)
    )


def _organisation(names: tuple[str, str], at: datetime) -> int:
    data = {"name_zh": names[0], "name_en": names[1], "kind": "operator"}
    return staff.save_organisation(SYSTEM, None, data=data, at=at).id


def _open(place: Place, organisation_id: int | None, at: datetime) -> None:
    district = orgs.find_district_by_code(place.district)
    assert district is not None
    data = station_data(place, district.id, organisation_id)
    station = stations.create_station(SYSTEM, data=data, at=at, demo=not place.reported)
    stations.open_station(SYSTEM, station.id, at=at)


def _hire(data: dict[str, str], at: datetime, grant: Grant | None = None) -> Actor:
    hired = staff.create_staff(SYSTEM, data=data, at=at)
    return Actor("staff", hired.id, f"staff:{data['login']}", grants=(grant or Grant(data["role"], "city"),))


def _acts(admin: Actor, at: datetime) -> Iterator[tuple[datetime, Any]]:
    """Yield what the office did in the meantime, in order of time."""
    pier = station_queries.get_station_by_code(POSTER_STATION)
    first = station_queries.find_current(pier.id, CredentialKind.POSTER)
    assert first is not None
    issued, revoked, paused, closed = (
        at - age for age in (NEW_POSTER_AGE, OLD_POSTER_REVOKED_AGE, PAUSED_AGE, CLOSED_AGE)
    )
    yield issued, lambda: stations.issue_credential(admin, pier.id, kind=CredentialKind.POSTER, at=issued)
    reason = "演示：旧版海报已更换"
    yield revoked, lambda: stations.revoke_credential(admin, first.id, reason=reason, at=revoked)
    yield paused, lambda: stations.pause_station(admin, _id(PAUSED[0]), data=_reasons(PAUSED), at=paused)
    until = datetime.combine(business_date(at + CLOSED_FOR), CLOSED_UNTIL_HOUR, CITY_ZONE)
    data = {**_reasons(CLOSED), "until": until}
    yield closed, lambda: stations.close_station(admin, _id(CLOSED[0]), data=data, at=closed)


def _id(code: str) -> int:
    return station_queries.get_station_by_code(code).id


def _reasons(what: tuple[str, str, str]) -> dict[str, Any]:
    return {"reason_zh": what[1], "reason_en": what[2]}


def _void_some(admin: Actor, accepted: list[str], at: datetime) -> None:
    """Void a few visits, as a person of the office does after looking."""
    chosen = accepted[-VOIDED * 40 :: 40]
    for checkin_id in db.session.scalars(select(CheckIn.id).where(CheckIn.public_id.in_(chosen)).order_by(CheckIn.id)):
        checkins.void_check_in(admin, checkin_id, reason="示例：误扫，核实后作废", at=at)


class _City:
    """The visitors of one build: their actors, and the credentials they hold up."""

    def __init__(self, planned: Iterable[Visit]) -> None:
        self._waiting = iter(planned)
        self._next = next(self._waiting, None)
        self._actors: dict[int, Actor] = {}
        self._stations: dict[str, Station] = {}
        self._posters: dict[tuple[str, int], str] = {}
        self._secrets: dict[str, bytes] = {}
        self.accepted: list[str] = []

    def let_in_until(self, moment: datetime) -> None:
        """Let everybody in who came before an instant."""
        self._posters.clear()
        while self._next is not None and self._next.at < moment:
            visit = self._next
            verdict = checkins.check_in(self._actor(visit), claim=self._claim(visit), at=visit.at)
            if verdict.refused is None and not verdict.already:
                self.accepted.append(verdict.id)
            self._next = next(self._waiting, None)

    def freeze_one(self, at: datetime) -> None:
        """Let one frozen guest try."""
        visitor = people.open_guest_session(locale="zh-CN", device_id=None, user_agent="", at=at)
        people.update_me(visitor.person.id, {"nickname": "示例·已冻结"})
        people_desk.freeze_person(SYSTEM, visitor.person.id, reason="示例：多次代人打卡", at=at)
        actor = Actor("person", visitor.person.id, f"person:{visitor.person.public_id}")
        for n in range(FROZEN_TRIES, 0, -1):
            claim = Claim(self.poster(POSTER_STATION, newest=True), account_frozen=True, source=Source.DEMO)
            checkins.check_in(actor, claim=claim, at=at - timedelta(hours=n))

    def _actor(self, visit: Visit) -> Actor:
        if visit.visitor not in self._actors:
            number = visit.visitor
            opened = people.open_guest_session(
                locale="en" if number % 9 == 0 else "zh-CN", device_id=None, user_agent="", at=visit.at
            )
            name = f"示例·{_GIVEN[number % len(_GIVEN)]}{_TITLE[number // 7 % len(_TITLE)]}"
            people.update_me(opened.person.id, {"nickname": name})
            self._actors[number] = Actor("person", opened.person.id, f"person:{opened.person.public_id}")
        return self._actors[visit.visitor]

    def _claim(self, visit: Visit) -> Claim:
        return Claim(
            credential=self._credential(visit), point=visit.point, accuracy_m=visit.accuracy_m, source=Source.DEMO
        )

    def _credential(self, visit: Visit) -> str:
        code = visit.place.code
        if visit.shows is Shows.POSTER:
            return self.poster(code, newest=True)
        if visit.shows is Shows.OLD_POSTER:
            return self.poster(POSTER_STATION, newest=False)
        if visit.shows is Shows.FORGED_POSTER:
            return f"{code}?v=1&k=aaaaaaaaaaaaaaaa"
        if visit.shows is Shows.WRONG_DIGITS:
            return f"{code}:{self._digits(code, visit.at, ahead=50)}"
        return f"{code}:{self._digits(code, visit.at, ahead=-5 if visit.shows is Shows.OLD_DIGITS else 0)}"

    def poster(self, code: str, *, newest: bool) -> str:
        """Return the link of a station's newest poster, or of its first."""
        if (code, newest) not in self._posters:
            station = self._station(code)
            posters = [c for c in station_queries.list_credentials(station.id) if c.kind == CredentialKind.POSTER]
            self._posters[code, newest] = station_queries.poster_path(station, posters[0 if newest else -1])
        return self._posters[code, newest]

    def _digits(self, code: str, at: datetime, *, ahead: int) -> str:
        if code not in self._secrets:
            credential = station_queries.find_current(self._station(code).id, CredentialKind.ROTATING)
            assert credential is not None
            self._secrets[code] = station_queries.secret_of(credential.public_id, credential.secret)
        return codes.rotating_digits(self._secrets[code], codes.step_of(at) + ahead)

    def _station(self, code: str) -> Station:
        if code not in self._stations:
            self._stations[code] = station_queries.get_station_by_code(code)
        return self._stations[code]
