"""Builders: stations, guests and visits made through the services, never by hand in the tables."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.checkins import service as checkins
from app.checkins.service import Claim, Verdict
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.db import db, unit_of_work
from app.core.geo import Point
from app.core.types import new_public_id
from app.events.models import Event, Position, Shift
from app.kiosks import service as kiosks
from app.orgs import queries as orgs
from app.people import otp, sign_in
from app.people import queries as people_queries
from app.people import service as people
from app.people.sign_in import Arrival
from app.stations import queries
from app.stations import service as stations
from app.stations.codes import CredentialKind
from app.stations.models import Station
from app.volunteers import models as volunteer_models
from app.volunteers import rules as volunteer_rules
from app.volunteers import service as volunteers
from app.volunteers.models import Qualification, Volunteer
from app.volunteers.rules import Origin

ZHANQIAO = Point(36.06157, 120.31426)


class Guest:
    """Somebody with a token, who can call the API."""

    def __init__(self, client: FlaskClient, token: str, person_id: int, public_id: str) -> None:
        self.client, self.token, self.id, self.public_id = client, token, person_id, public_id

    @property
    def actor(self) -> Actor:
        return Actor(kind="person", id=self.id, label=f"person:{self.public_id}")

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        sent = {"Authorization": f"Bearer {self.token}"} | {n.replace("_", "-"): v for n, v in headers.items()}
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=sent)

    def check_in(self, credential: str, location: dict[str, Any] | None = None, **headers: str) -> TestResponse:
        body = {"credential": credential} | ({"location": location} if location else {})
        return self.call("POST", "/checkins", body, **headers)


class City:
    """Makes what a test needs; each maker takes only what the test is about."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def data(self, **changes: Any) -> dict[str, Any]:
        """The data of a station that nothing is wrong with."""
        district = orgs.find_district_by_code(changes.pop("district", "370202"))
        assert district is not None
        return {
            "code": "ZHANQIAO",
            "name_zh": "栈桥驿站",
            "name_en": "Zhanqiao Pier",
            "kind": "station",
            "district_id": district.id,
            "address_zh": "太平路 12 号",
            "address_en": "12 Taiping Road",
            "circles": [{"lat": ZHANQIAO.lat, "lng": ZHANQIAO.lng, "radius_m": 350}],
        } | changes

    def station(self, *, opened: bool = True, at: datetime | None = None, **changes: Any) -> Station:
        at = at or clock.now()
        with unit_of_work():
            station = stations.create_station(SYSTEM, data=self.data(**changes), at=at)
            if opened:
                stations.open_station(SYSTEM, station.id, at=at)
        return station

    def poster(self, station: Station) -> str:
        """The link on the poster to print."""
        credential = queries.find_current(station.id, CredentialKind.POSTER)
        assert credential is not None
        return queries.poster_path(station, credential)

    def digits(self, station: Station, at: datetime | None = None) -> str:
        """CODE:123456 as the station's screen shows it."""
        found = queries.find_rotating_digits(station.id, at or clock.now())
        assert found is not None
        return f"{station.code}:{found.digits}"

    def kiosk_code(self, code: str = "ZHANQIAO") -> str:
        """A fresh one-time code for a screen at a station."""
        with unit_of_work():
            station = queries.get_station_by_code(code)
            return kiosks.add_device(SYSTEM, station.id, name="入口平板", at=clock.now()).code

    def screen(self, code: str = "ZHANQIAO") -> str:
        """The token of a paired screen."""
        with unit_of_work():
            station = queries.get_station_by_code(code)
            added = kiosks.add_device(SYSTEM, station.id, name="大厅屏", at=clock.now())
            return kiosks.pair(added.code, address="192.0.2.1", at=clock.now()).token

    def guest(self, device_id: str | None = None) -> Guest:
        with unit_of_work():
            opened = people.open_guest_session(locale="zh-CN", device_id=device_id, user_agent="", at=clock.now())
        return Guest(self.app.test_client(), opened.token, opened.person.id, opened.person.public_id)

    def code(self, phone: str, at: datetime | None = None) -> str:
        """A one-time code that is good now, whatever was sent before."""
        at = at or clock.now()
        with unit_of_work():
            return otp.issue_code(phone, address="", at=at).code

    def citizen(self, phone: str = "13800138000", guest: Guest | None = None, *, at: datetime | None = None) -> Guest:
        """Somebody who has signed in by phone, coming from a guest's session or from none."""
        at = at or clock.now()
        code = self.code(phone, at)
        with unit_of_work():
            arrival = Arrival(
                people_queries.find_caller(guest.token) if guest else None,
                guest.token if guest else "",
                locale="zh-CN",
                user_agent="",
                at=at,
            )
            opened = sign_in.sign_in_by_phone(arrival, phone=phone, code=code).opened
            assert opened is not None
        return Guest(self.app.test_client(), opened.token, opened.person.id, opened.person.public_id)

    def visit(
        self, station: Station, guest: Guest | None = None, *, at: datetime | None = None, **claim: Any
    ) -> Verdict:
        """A visit by poster, without a position unless one is given."""
        given = Claim(**{"credential": self.poster(station), **claim})
        visitor = (guest or self.guest()).actor
        with unit_of_work():
            return checkins.check_in(visitor, claim=given, at=at or clock.now())

    def volunteer(self, phone: str = "13800138000", **changes: Any) -> tuple[Guest, Volunteer]:
        """An active volunteer of 30 and their session; `qualifications` maps codes to their last days."""
        citizen = self.citizen(phone)
        proved: dict[str, date | None] = changes.pop("qualifications", {})
        public_id, name = new_public_id(), changes.pop("real_name", "张海燕")
        given = {"state": "active", "origin": "self", "birth_date": date(1996, 5, 4)} | changes
        now = clock.now()
        with unit_of_work():
            row = Volunteer(
                public_id=public_id,
                person_id=citizen.id,
                volunteer_no=volunteer_rules.volunteer_no(citizen.id),
                real_name_enc=volunteer_models.REAL_NAME.seal(name.encode(), public_id),
                real_name_index=volunteer_models.name_index(name),
                district_id=self.district_id(),
                skills=[],
                languages=[],
                created_at=now,
                version=1,
                **given,
            )
            db.session.add(row)
            db.session.flush()
            for code, last in proved.items():
                db.session.add(Qualification(volunteer_id=row.id, code=code, valid_until=last, noted_at=now))
        return citizen, row

    def crowd(self, number: int) -> list[Guest]:
        """Many active volunteers at once, each with a session but without a phone, which signing up does not ask for."""
        now, district_id, people_ = clock.now(), self.district_id(), []
        with unit_of_work():
            for _ in range(number):
                opened = people.open_guest_session(locale="zh-CN", device_id=None, user_agent="", at=now)
                public_id = new_public_id()
                row = Volunteer(
                    public_id=public_id,
                    person_id=opened.person.id,
                    volunteer_no=volunteer_rules.volunteer_no(opened.person.id),
                    real_name_enc=volunteer_models.REAL_NAME.seal("张海燕".encode(), public_id),
                    real_name_index=volunteer_models.name_index("张海燕"),
                    district_id=district_id,
                    skills=[],
                    languages=[],
                    state="active",
                    origin="self",
                    birth_date=date(1996, 5, 4),
                    created_at=now,
                    version=1,
                )
                db.session.add(row)
                people_.append(Guest(self.app.test_client(), opened.token, opened.person.id, opened.person.public_id))
        return people_

    def invited(self, phone: str = "13800138000", *, origin: Origin = Origin.STAFF, **changes: Any) -> Volunteer:
        """Somebody of 36 whom the office wrote down by their phone, and who has not answered yet."""
        given = {"real_name": "张海鸥", "birth_date": date(1990, 5, 1), "district": "370202", "phone": phone} | changes
        data = {name: value for name, value in given.items() if value is not None}
        with unit_of_work():
            return volunteers.create_volunteer(SYSTEM, data=data, at=clock.now(), origin=origin)

    def district_id(self, code: str = "370202") -> int:
        district = orgs.find_district_by_code(code)
        assert district is not None
        return district.id

    def event(self, *, at: datetime | None = None, **changes: Any) -> Event:
        """A published event without shifts, at no station, with no risk to speak of."""
        at = at or clock.now()
        given = {
            "title_zh": "栈桥文明引导",
            "title_en": "Guiding at the pier",
            "category": "guidance",
            "summary_zh": "为来往的客人指路",
            "summary_en": "Show visitors the way",
            "description_zh": "",
            "description_en": "",
            "requirements_zh": "能站立两小时",
            "requirements_en": "Able to stand for two hours",
            "district_id": self.district_id(),
            "place_zh": "栈桥入口",
            "place_en": "Entrance of the pier",
            "risk_note_zh": "",
            "risk_note_en": "",
            "no_particular_risk": True,
            "contact": "0532-12345",
            "state": "published",
            "published_at": at,
        } | changes
        with unit_of_work():
            event = Event(public_id=new_public_id(), created_at=at, version=1, **given)
            db.session.add(event)
        return event

    def shift(
        self,
        event: Event | None = None,
        *,
        starts_in: timedelta = timedelta(days=3),
        hours: float = 2,
        capacity: int = 10,
        min_cover: int = 0,
        at: datetime | None = None,
        **position: Any,
    ) -> Shift:
        """A shift of a position of its own; the event's time follows. position: fields of the position."""
        at = at or clock.now()
        event = event or self.event(at=at)
        starts_at = at + starts_in
        given = {
            "title_zh": "引导员",
            "title_en": "Guide",
            "requirements_zh": "",
            "requirements_en": "",
            "qualifications": [],
            "approval": "instant",
            "position": 1,
        } | position
        with unit_of_work():
            row = Position(public_id=new_public_id(), event_id=event.id, **given)
            db.session.add(row)
            db.session.flush()
            shift = Shift(
                public_id=new_public_id(),
                position_id=row.id,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=hours),
                capacity=capacity,
                taken=0,
                waitlisted=0,
                queue_last=0,
                min_cover=min_cover,
                state="open",
                version=1,
            )
            db.session.add(shift)
            event = db.session.merge(event)
            event.starts_at = min(event.starts_at or shift.starts_at, shift.starts_at)
            event.ends_at = max(event.ends_at or shift.ends_at, shift.ends_at)
        return shift


def at(point: Point, accuracy_m: float = 12.0) -> dict[str, Any]:
    """A location as a phone sends it."""
    return {"lat": point.lat, "lng": point.lng, "accuracy_m": accuracy_m, "coord_sys": "wgs84"}
