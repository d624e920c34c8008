"""The demo city: 21 places of which 17 are marked, a season of visits, and no invented person passes for a real one."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.checkins.errors import OF_REASON
from app.checkins.models import Appeal, CheckIn
from app.checkins.rules import CheckInState, Reason
from app.checkins.waiting import on_the_list
from app.core import clock
from app.core.db import db, unit_of_work
from app.demo import visits
from app.demo.desk import desk
from app.demo.places import PLACES, REPORTED
from app.events.models import Shift, SignUp
from app.events.programme import Phase, phase_of, whole
from app.events.rules import EventState, ShiftState, SignUpState
from app.orgs.models import Staff
from app.people import otp
from app.people.models import Person
from app.stations.models import Closure, OpeningRule, Station
from app.volunteers.models import Qualification, Volunteer
from app.volunteers.queries import opened
from app.volunteers.rules import VolunteerState
from tests.conftest import make_app
from tests.first_run.conftest import FirstStart

SEED_WITHIN_S = 25


@pytest.fixture(scope="module")
def demo(first_start: FirstStart, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on a copy of the demo city, its own key with it."""
    folder = Path(shutil.copytree(first_start.folder, tmp_path_factory.mktemp("city") / "data"))
    app = make_app(folder, profile="demo", OUYU_SECRETS__MASTER_KEY="")
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_first_start_builds_the_city_in_time(first_start: FirstStart) -> None:
    assert first_start.ready_s < 3 * SEED_WITHIN_S


def test_there_are_21_places_and_all_but_the_four_reported_are_marked(demo: Flask) -> None:
    stations = db.session.scalars(select(Station)).all()

    assert len(stations) == 21
    reported = {station.code for station in stations if not station.demo}
    assert reported == {"ZHANQIAO", "SHANGJIE", "YANDAO", "CRUISE"}
    for station in stations:
        assert ("（演示）" in station.name_zh) is station.demo
        assert ("(demo)" in station.name_en) is station.demo
        assert ("虚构" in station.description_zh) is station.demo


def test_the_four_reported_stations_keep_unknown_hours_and_no_phone(demo: Flask) -> None:
    known = set(db.session.scalars(select(Station.code).join(OpeningRule, OpeningRule.station_id == Station.id)))

    assert not known & {place.code for place in REPORTED}
    assert len(known) == 17
    assert set(db.session.scalars(select(Station.phone))) == {None}


def test_a_season_of_about_five_thousand_attempts(demo: Flask) -> None:
    total, first, last = db.session.execute(
        select(func.count(), func.min(CheckIn.business_date), func.max(CheckIn.business_date)).select_from(CheckIn)
    ).one()

    assert 4_500 <= total <= 5_500
    assert 80 <= (last - first).days <= 91


def test_refusals_of_every_reason_an_open_city_knows(demo: Flask) -> None:
    found = set(db.session.scalars(select(CheckIn.reason).where(CheckIn.state == CheckInState.REFUSED)))

    assert found == {reason.value for reason in OF_REASON} - {Reason.STATION_WITHDRAWN} | {Reason.REVIEW}


def test_every_grade_and_a_few_voided_visits(demo: Flask) -> None:
    grades = set(db.session.scalars(select(CheckIn.grade).where(CheckIn.state == CheckInState.ACCEPTED)))
    voided = db.session.scalar(select(func.count()).where(CheckIn.state == CheckInState.VOID))

    assert grades == {"A", "B", "C"}
    assert voided == 6


def test_a_few_visits_wait_for_the_office_an_appeal_among_them_and_older_ones_are_decided(demo: Flask) -> None:
    waits = db.session.scalars(select(CheckIn).where(on_the_list())).all()
    appeals = db.session.scalars(select(Appeal)).all()

    assert {one.state for one in waits} == {CheckInState.PENDING_REVIEW, CheckInState.REFUSED}
    assert 3 <= len(waits) <= 12
    assert [one.state for one in appeals] == ["open"]
    assert all(clock.now() - one.happened_at < timedelta(days=5) for one in waits)


def test_invented_people_and_staff_are_marked_and_nobody_has_a_password(demo: Flask) -> None:
    nicknames = db.session.scalars(select(Person.nickname)).all()
    staff = db.session.scalars(select(Staff)).all()

    assert all(nickname.startswith("示例") for nickname in nicknames)
    assert {one.login for one in staff} == {"admin", "shinan", "zhanqiao", "auditor", "operator", "leader"}
    assert all(one.name.startswith("示例") and one.password_hash is None for one in staff)


def test_about_sixty_volunteers_in_every_state_carry_the_mark_in_their_own_names(demo: Flask) -> None:
    volunteers = db.session.scalars(select(Volunteer)).all()
    states = Counter(one.state for one in volunteers)
    proved = set(db.session.scalars(select(Qualification.code)))

    assert len(volunteers) == 60
    assert set(states) == set(VolunteerState)
    assert states[VolunteerState.ACTIVE] == 52
    assert all((opened(one).real_name or "").endswith("示例") for one in volunteers)
    assert len({opened(one).real_name for one in volunteers}) == 60
    assert len(proved) >= 6


def test_about_fifteen_events_in_every_state_but_settled_all_marked(demo: Flask) -> None:
    events = db.session.scalars(whole()).unique().all()
    seen = [one for one in events if one.state in (EventState.CANCELLED, EventState.PUBLISHED)]
    cancelled = [one for one in events if one.state == EventState.CANCELLED]

    assert len(events) == 16
    assert {one.state for one in events} == set(EventState) - {EventState.SETTLED}
    assert all("（演示）" in one.title_zh and "(demo)" in one.title_en for one in events)
    assert all(one.publisher_id not in (None, one.author_id) for one in seen)
    assert all(one.cancel_reason_zh and one.cancel_reason_en for one in cancelled)
    assert {phase_of(one, clock.now()) for one in events} >= set(Phase) - {Phase.RUNNING}


def test_shifts_yesterday_today_and_tomorrow_one_full_with_a_queue_one_short_and_one_called_off(demo: Flask) -> None:
    shifts = db.session.scalars(select(Shift)).all()
    today = clock.business_date(clock.now())
    days = {(clock.business_date(one.starts_at) - today).days for one in shifts}

    assert days >= {-1, 0, 1}
    assert any(one.taken == one.capacity and one.waitlisted >= 3 for one in shifts)
    assert any(0 < one.taken < one.min_cover for one in shifts)
    assert any(one.state == ShiftState.CANCELLED and one.cancel_reason_en for one in shifts)
    assert set(db.session.scalars(select(SignUp.state))) >= {
        *(SignUpState.CONFIRMED, SignUpState.WAITLISTED, SignUpState.OFFERED, SignUpState.INVITED),
        *(SignUpState.PENDING, SignUpState.REJECTED, SignUpState.CANCELLED_ORG),
    }


def test_the_visitors_volunteer_has_a_ticket_an_offer_an_invitation_a_clash_and_a_queue_to_join(demo: Flask) -> None:
    """What the demo's visitor needs to see every turn of a sign-up, with the phone from the desk."""
    client, headers = demo.test_client(), _signed_in(demo, "volunteer")
    mine = client.get("/api/v1/me/signups", headers=headers).json["items"]
    listed = client.get("/api/v1/events?limit=50").json["items"]
    ids = {one["title"].removesuffix("（演示）"): one["id"] for one in listed}

    def sign_up(title: str) -> Any:
        shift = client.get(f"/api/v1/events/{ids[title]}").json["positions"][0]["shifts"][0]["id"]
        return client.post(f"/api/v1/shifts/{shift}/signups", json={"risk_ack": True}, headers=headers).json

    assert sorted(one["state"] for one in mine) == ["confirmed", "invited", "offered"]
    told = client.get("/api/v1/me/inbox", headers=headers).json["items"]
    assert {one["kind"] for one in told} >= {"signup.confirmed", "signup.offered", "signup.invited"}
    assert sign_up("小麦岛公园净滩")["code"] == "signup.time_conflict"
    assert sign_up("市博物馆讲解")["reasons"][0]["code"] == "signup.qualification_missing"
    assert sign_up("栈桥文明观鸥劝导")["state"] == "waitlisted"
    offer = next(one["id"] for one in mine if one["state"] == "offered")
    taken = client.post(f"/api/v1/signups/{offer}/accept", json={"risk_ack": True}, headers=headers).json
    assert (taken["state"], bool(taken["ticket"])) == ("confirmed", True)


def test_the_desk_offers_people_who_can_sign_in_as_they_stand(demo: Flask) -> None:
    states = {
        key: demo.test_client().get("/api/v1/me/volunteer", headers=_signed_in(demo, key)).json["state"]
        for key in ("volunteer", "invited")
    }

    assert states == {"volunteer": "active", "invited": "invited"}


def _signed_in(demo: Flask, key: str) -> dict[str, str]:
    phone = next(one["phone"] for one in desk()["people"] if one["key"] == key)
    with unit_of_work():
        code = otp.code_to_show(phone, at=clock.now())
    token = demo.test_client().post("/api/v1/auth/sms", json={"phone": phone, "code": code}).json["token"]
    return {"Authorization": f"Bearer {token}"}


def test_one_station_is_closed_and_one_paused_with_reasons(demo: Flask) -> None:
    running = db.session.execute(
        select(Station.state, Closure.reason_zh, Closure.reason_en, Closure.until)
        .join(Closure, Closure.station_id == Station.id)
        .where(Closure.ended_at.is_(None))
    ).all()

    assert sorted(row.state for row in running) == ["open", "paused"]
    assert all(row.reason_zh and row.reason_en for row in running)


def test_exact_points_older_than_thirty_days_are_gone(demo: Flask) -> None:
    oldest = db.session.scalar(select(func.min(CheckIn.happened_at)).where(CheckIn.lat.is_not(None)))

    assert oldest is not None
    assert (clock.now() - oldest).days <= 30


def test_the_desk_offers_every_place_and_code(demo: Flask) -> None:
    offered = desk()

    assert [place["key"] for place in offered["places"]] == ["at", "far", "denied"]
    assert {code["key"] for code in offered["codes"]} >= {"poster", "revoked", "digits", "expired_digits"}


def test_the_visits_are_the_same_for_the_same_instant() -> None:
    at = clock.now()

    assert visits.plan(PLACES, at) == visits.plan(PLACES, at)


def test_the_sign_ins_of_the_api_document_succeed_as_they_stand(city_folder: Path) -> None:
    client = make_app(city_folder, profile="demo", OUYU_SECRETS__MASTER_KEY="").test_client()
    paths = client.get("/api/v1/openapi.json").json["paths"]
    for path, status in (("/sms/code", 202), ("/sms", 200), ("/wechat", 200)):
        operation = paths[f"/api/v1/auth{path}"]["post"]
        answer = client.post(
            f"/api/v1/auth{path}", json=operation["requestBody"]["content"]["application/json"]["example"]
        )
        assert answer.status_code == status, answer.text


def test_the_sign_up_of_the_api_document_succeeds_as_it_stands(city_folder: Path) -> None:
    client = make_app(city_folder, profile="demo", OUYU_SECRETS__MASTER_KEY="").test_client()
    paths = client.get("/api/v1/openapi.json").json["paths"]

    def send(method: str, path: str, **headers: str) -> Any:
        operation = paths[f"/api/v1{path}"][method]
        for one in operation["parameters"]:
            if one["in"] == "path":
                path = path.replace(f"{{{one['name']}}}", one["example"])
        body = operation.get("requestBody", {"content": {"application/json": {"example": None}}})["content"]
        return client.open(f"/api/v1{path}", method=method, json=body["application/json"]["example"], headers=headers)

    held = {"Authorization": f"Bearer {send('post', '/auth/sms').json['token']}"}
    assert send("get", "/events/{event_id}").status_code == 200
    made = send("post", "/shifts/{shift_id}/signups", **held)
    assert (made.status_code, made.json["state"]) == (201, "confirmed"), made.text
