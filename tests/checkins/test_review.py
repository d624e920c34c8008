"""What is held, and what becomes of it: signals over HTTP, appeals, the office's decision, its scope and its trace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.audit.models import AuditEntry
from app.checkins import review, service, waiting
from app.checkins.errors import DayTaken, NotWaiting
from app.checkins.models import Appeal, CheckIn
from app.checkins.rules import REFUSAL_TEMPLATES
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.db import db, unit_of_work
from app.core.errors import AccessDenied, InvalidInput, NotFound
from app.core.geo import Point
from app.orgs import queries as orgs
from app.stations.models import Station
from tests.builders import ZHANQIAO, City, Guest, at
from tests.checkins.test_service import staff, visit_of
from tests.http.contract import assert_documented, assert_problem, pointers

NOON = datetime(2026, 11, 22, 4, 0, 10, tzinfo=UTC)
LAIXI = {"code": "LAIXI", "district": "370285", "circles": [{"lat": 36.8667, "lng": 120.5333, "radius_m": 150}]}
YANERDAO = {"code": "YANDAO", "circles": [{"lat": 36.054, "lng": 120.395, "radius_m": 150}]}
FAR = Point(ZHANQIAO.lat + 0.027, ZHANQIAO.lng)
M, H = timedelta(minutes=1), timedelta(hours=1)
CONFIRMED, UNCONFIRMED = {"template": "confirmed"}, {"template": "unconfirmed"}
SQLITE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)


def result(guest: Guest, link: str, when: datetime, **claim: Any) -> str:
    with clock.frozen(when):
        return str(guest.check_in(link, **claim).json["result"])


def held(city: City, station: Station, guest: Guest | None = None, when: datetime = NOON) -> CheckIn:
    """A visit that is held because the phone's clock is wrong."""
    found = city.visit(station, guest, at=when, client_time=when + H)
    assert found.result == "pending_review"
    return visit_of(found.id)


def refused(city: City, station: Station, guest: Guest, when: datetime = NOON) -> CheckIn:
    return visit_of(city.visit(station, guest, at=when, point=FAR, accuracy_m=9.0).id)


def decide(act: Any, visit: CheckIn, data: dict[str, Any], actor: Actor = SYSTEM, when: datetime = NOON + H) -> None:
    with unit_of_work():
        act(actor, visit.id, data=data, at=when)


def newest_mine(guest: Guest) -> dict[str, Any]:
    found: dict[str, Any] = guest.call("GET", "/me/checkins").json["items"][0]
    return found


# --- what is held -----------------------------------------------------------------------------------


def test_k3_over_http(city: City, pier: Station) -> None:
    far, near = city.station(**LAIXI), city.station(**YANERDAO)
    for other, minutes, expected in ((far, 10, "pending_review"), (far, 90, "accepted"), (near, 20, "accepted")):
        guest = city.guest()
        assert result(guest, city.poster(pier), NOON) == "accepted"
        assert result(guest, city.poster(other), NOON + minutes * M) == expected
    assert visit_of(guest.call("GET", "/me/checkins").json["items"][0]["id"]).signals is None


def test_k3_a_vague_position_makes_nobody_faster(city: City, pier: Station) -> None:
    far, guest = city.station(**LAIXI), city.guest()
    result(guest, city.poster(pier), NOON)
    vague = at(ZHANQIAO, accuracy_m=5_000)
    assert result(guest, city.poster(far), NOON + 10 * M, location=vague) == "pending_review"


def test_k3_a_late_item_is_held_against_the_visits_after_it_too(city: City, pier: Station) -> None:
    far, guest = city.station(**LAIXI), city.guest()
    result(guest, city.poster(pier), NOON)
    item = {
        "key": "item-of-laixi",
        "credential": city.poster(far),
        "client_time": clock.city_time(NOON - 10 * M).isoformat(),
    }
    with clock.frozen(NOON + H):
        answer = guest.call("POST", "/checkins/batch", {"items": [item]}).json["items"][0]
    assert answer["body"]["result"] == "pending_review"


def test_a_held_visit_is_not_held_against_the_next_one(city: City, pier: Station) -> None:
    far, near, guest = city.station(**LAIXI), city.station(**YANERDAO), city.guest()
    result(guest, city.poster(pier), NOON)
    assert result(guest, city.poster(far), NOON + 10 * M) == "pending_review"
    assert result(guest, city.poster(near), NOON + 30 * M) == "accepted"


def test_k4_three_people_on_one_phone_are_fine_and_of_eight_the_last_three_are_held(city: City, pier: Station) -> None:
    results = []
    for n in range(8):
        results.append(result(city.guest(device_id="one phone"), city.poster(pier), NOON + n * M))
        result(city.guest(device_id=f"phone {n}"), city.poster(pier), NOON + n * M)
    assert results == ["accepted"] * 5 + ["pending_review"] * 3
    assert result(city.guest(device_id="one phone"), city.poster(pier), NOON + 3 * H) == "accepted"
    assert result(city.guest(), city.poster(pier), NOON + 8 * M) == "accepted"


def test_k4_signing_out_does_not_hide_the_phone(city: City, pier: Station) -> None:
    results = []
    for n in range(6):
        guest = city.guest(device_id="one phone")
        results.append(result(guest, city.poster(pier), NOON + n * M))
        guest.call("POST", "/auth/logout")
    assert results[-1] == "pending_review"


@SQLITE
def test_the_same_position_on_the_fifth_day_is_held_and_a_moved_one_is_not(city: City, pier: Station) -> None:
    guest, day = city.guest(), timedelta(days=1)
    for n in range(4):
        assert result(guest, city.poster(pier), NOON + n * day, location=at(ZHANQIAO)) == "accepted"
    moved = Point(ZHANQIAO.lat + 0.000002, ZHANQIAO.lng)
    assert result(guest, city.poster(pier), NOON + 4 * day, location=at(moved)) == "accepted"
    again = Point(ZHANQIAO.lat + 0.0000001, ZHANQIAO.lng)
    assert result(guest, city.poster(pier), NOON + 5 * day, location=at(again)) == "pending_review"


def test_a_wrong_clock_holds_the_stamp_kindly_and_takes_the_day(city: City, pier: Station) -> None:
    guest = city.guest()
    late = clock.city_time(NOON - 6 * M).isoformat()
    with clock.frozen(NOON):
        answer = guest.call("POST", "/checkins", {"credential": city.poster(pier), "client_time": late})
        again = guest.check_in(city.poster(pier))
    assert (answer.status_code, answer.json["result"], answer.json["passport"]["collected"]) == (
        201,
        "pending_review",
        0,
    )
    assert answer.json["message"] == "已收到，工作人员核对后就会盖上，不用再来一次。"
    assert (again.status_code, again.json["already"], again.json["result"]) == (200, True, "pending_review")
    assert visit_of(answer.json["id"]).signals == "clock"
    assert guest.call("GET", "/me/passport").json["collected"] == 0


def test_doubtful_evidence_raises_no_grade(city: City, pier: Station) -> None:
    guest = city.guest()
    with clock.frozen(NOON):
        guest.check_in(city.poster(pier))
        wrong = {"credential": city.digits(pier), "location": at(ZHANQIAO), "client_time": "2026-11-22T18:00:00+08:00"}
        again = guest.call("POST", "/checkins", wrong).json
    assert (again["already"], again["result"], again["grade"]) == (True, "accepted", "C")


def test_after_thirty_days_the_phone_is_forgotten_with_the_point(city: City, pier: Station) -> None:
    guest = city.guest(device_id="one phone")
    result(guest, city.poster(pier), NOON, location=at(ZHANQIAO))
    with unit_of_work():
        service.purge_points(NOON + timedelta(days=30))
    db.session.rollback()
    kept = db.session.scalars(select(CheckIn)).one()
    assert (kept.device_hash, kept.lat, kept.distance_m) == (None, None, 0)


# --- appeals ----------------------------------------------------------------------------------------


def appeal(guest: Guest, visit: CheckIn, text: str = "我当时就在栈桥。\n手机没信号。") -> Any:
    return guest.call("POST", f"/checkins/{visit.public_id}/appeal", {"text": text})


def test_a_refused_and_a_held_visit_can_be_appealed_once_each(city: City, pier: Station) -> None:
    guest = city.guest()
    for visit in (refused(city, pier, guest), held(city, pier, guest)):
        first = appeal(guest, visit)
        assert (first.status_code, first.json["state"]) == (201, "open")
        assert_documented("POST", first)
        assert_problem(appeal(guest, visit), 409, "checkin.already_appealed")
        mine = {one["id"]: one for one in guest.call("GET", "/me/checkins").json["items"]}
        assert mine[visit.public_id]["appeal"] == {"state": "open", "answer": None}


def test_what_counts_or_is_void_needs_no_appeal(city: City, pier: Station) -> None:
    guest = city.guest()
    visit = visit_of(city.visit(pier, guest).id)
    assert_problem(appeal(guest, visit), 409, "checkin.not_appealable")
    with unit_of_work():
        service.void_check_in(SYSTEM, visit.id, reason="误扫", at=clock.now())
    assert_problem(appeal(guest, visit), 409, "checkin.not_appealable")


def test_x2_anothers_visit_answers_like_an_unknown_one(city: City, pier: Station) -> None:
    owner, other = city.guest(), city.guest()
    visit = held(city, pier, owner)
    foreign = assert_problem(appeal(other, visit), 404, "resource.not_found")
    visit.public_id = "AAAAAAAAAAAAAAAA"
    unknown = assert_problem(appeal(other, visit), 404, "resource.not_found")
    assert {**foreign, "request_id": "", "instance": ""} == {**unknown, "request_id": "", "instance": ""}
    db.session.rollback()
    assert db.session.scalars(select(Appeal)).all() == []


@SQLITE
@pytest.mark.parametrize("extra", ["state", "answer", "person_id", "checkin_id", "decided_by"])
def test_x3_an_appeal_takes_its_text_and_nothing_else(city: City, pier: Station, extra: str) -> None:
    guest = city.guest()
    visit = held(city, pier, guest)
    odd = guest.call("POST", f"/checkins/{visit.public_id}/appeal", {"text": "在场", extra: "upheld"})
    assert pointers(odd) == [f"/{extra}"]


@SQLITE
@pytest.mark.parametrize("text", ["", "   ", "x" * 501, "a\x00b"])
def test_an_appeal_needs_words_that_can_be_kept(city: City, pier: Station, text: str) -> None:
    guest = city.guest()
    assert pointers(appeal(guest, held(city, pier, guest), text)) == ["/text"]


# --- the office's decision ------------------------------------------------------------------------------


def test_approving_stamps_with_the_first_time_and_the_person_sees_it(city: City, pier: Station) -> None:
    guest = city.guest()
    visit = held(city, pier, guest)
    appeal(guest, visit)
    decide(review.approve, visit, CONFIRMED, when=NOON + 30 * H)
    mine = newest_mine(guest)
    assert (mine["result"], mine["grade"], mine["checked_in_at"]) == ("accepted", "C", "2026-11-22T12:00:10+08:00")
    assert mine["appeal"] == {"state": "upheld", "answer": "工作人员核对无误，章已盖上。"}
    assert guest.call("GET", "/me/passport").json["stamps"][0]["first_on"] == "2026-11-22"
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "checkins.approve")).one()
    assert (entry.object_id, entry.before, entry.after) == (
        visit.public_id,
        {"state": "pending_review"},
        {"state": "accepted"},
    )
    assert db.session.scalar(select(CheckIn.id).where(waiting.on_the_list())) is None


def test_refusing_tells_the_reason_in_the_persons_language_and_frees_the_day(city: City, pier: Station) -> None:
    guest = city.guest()
    visit = held(city, pier, guest)
    decide(review.refuse, visit, UNCONFIRMED)
    mine = guest.call("GET", "/me/checkins", Accept_Language="en").json["items"][0]
    assert (mine["result"], mine["reason"]) == ("refused", "review")
    assert mine["reason_text"] == REFUSAL_TEMPLATES["unconfirmed"].en
    with clock.frozen(NOON + 2 * H):
        assert guest.check_in(city.poster(pier)).status_code == 201


def test_the_reason_is_a_code_and_what_staff_wrote_is_told_as_they_wrote_it(city: City, pier: Station) -> None:
    guest, voided = city.guest(), city.guest()
    decide(review.refuse, held(city, pier, guest), {"words": "监控里没有找到您"})
    stamped = visit_of(city.visit(pier, voided, at=NOON).id)
    with unit_of_work():
        service.void_check_in(SYSTEM, stamped.id, reason="误扫", at=NOON)
    mine, theirs = newest_mine(guest), newest_mine(voided)
    assert (mine["result"], mine["reason"], mine["reason_text"]) == ("refused", "review", "监控里没有找到您")
    assert (theirs["result"], theirs["reason"], theirs["reason_text"]) == ("void", "voided", "误扫")


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"reason": "监控里没有找到您"}, "ck_checkins_reason_known"),
        ({"reason": "too_far", "explanation": "太远了"}, "ck_checkins_explained_by_staff"),
        ({"reason": None, "explanation": "章已盖上"}, "ck_checkins_explained_by_staff"),
    ],
)
def test_the_table_takes_no_sentence_for_a_reason(city: City, pier: Station, values: dict[str, str], rule: str) -> None:
    city.visit(pier)
    db.session.rollback()
    with db.engine.connect() as connection, pytest.raises(IntegrityError, match=rule):
        connection.execute(update(CheckIn).values(values))


def test_an_upheld_appeal_stamps_what_was_refused_as_c(city: City, pier: Station) -> None:
    guest = city.guest()
    visit = refused(city, pier, guest)
    appeal(guest, visit)
    decide(review.approve, visit, {"words": "现场监控确认在场"})
    mine = newest_mine(guest)
    assert (mine["result"], mine["grade"], mine["reason"]) == ("accepted", "C", None)
    assert mine["appeal"] == {"state": "upheld", "answer": "现场监控确认在场"}


def test_an_appeal_is_not_upheld_into_a_second_stamp_of_the_day(city: City, pier: Station) -> None:
    guest = city.guest()
    visit = refused(city, pier, guest)
    city.visit(pier, guest, at=NOON + H)
    appeal(guest, visit)
    with pytest.raises(DayTaken):
        decide(review.approve, visit, CONFIRMED)
    decide(review.refuse, visit, {"template": "day_counted"})
    mine = guest.call("GET", "/me/checkins").json["items"][1]
    assert (mine["result"], mine["reason"]) == ("refused", "too_far")
    assert mine["appeal"] == {"state": "dismissed", "answer": "这一天您在本站已经有章了。"}


def test_what_somebody_else_has_decided_waits_no_more(city: City, pier: Station) -> None:
    visit = held(city, pier)
    decide(review.refuse, visit, UNCONFIRMED)
    for act, data in ((review.approve, CONFIRMED), (review.refuse, UNCONFIRMED)):
        with pytest.raises(NotWaiting):
            decide(act, visit, data)
    with pytest.raises(NotWaiting):
        decide(review.approve, visit_of(city.visit(pier).id), CONFIRMED)


@pytest.mark.parametrize(
    "data", [{}, {"template": "confirmed"}, {"template": "x"}, {"words": " "}, {"words": "x" * 201}]
)
def test_a_refusal_needs_a_reason(city: City, pier: Station, data: dict[str, str]) -> None:
    visit = held(city, pier)
    with pytest.raises(InvalidInput):
        decide(review.refuse, visit, data)
    assert visit_of(visit.public_id).state == "pending_review"


def test_only_the_stations_own_office_decides(city: City, pier: Station) -> None:
    visit = held(city, pier)
    own, other = orgs.find_district_by_code("370202"), orgs.find_district_by_code("370203")
    assert own is not None
    assert other is not None
    with pytest.raises(NotFound):
        decide(review.approve, visit, CONFIRMED, staff("district_admin", "district", other.id))
    with pytest.raises(NotFound):
        decide(review.approve, visit, CONFIRMED, staff("station_keeper", "station", pier.id))
    with pytest.raises(AccessDenied):
        decide(review.approve, visit, CONFIRMED, staff("auditor", "city"))
    decide(review.approve, visit, CONFIRMED, staff("district_admin", "district", own.id))


def test_the_evidence_tells_speed_phone_and_positions(city: City, pier: Station) -> None:
    far = city.station(**LAIXI)
    guest = city.guest(device_id="one phone")
    result(guest, city.poster(pier), NOON, location=at(ZHANQIAO))
    result(city.guest(device_id="one phone"), city.poster(pier), NOON)
    result(guest, city.poster(far), NOON + 10 * M, location=at(Point(36.8667, 120.5333)))
    db.session.rollback()
    visit = db.session.scalars(select(CheckIn).where(CheckIn.state == "pending_review")).one()
    (neighbour,) = waiting.list_neighbours(visit)
    assert (neighbour.station.code, neighbour.minutes, neighbour.is_too_fast) == ("ZHANQIAO", 10.0, True)
    assert 500 < neighbour.kmh < 560
    assert waiting.count_people_on_device(visit) == 2
    assert waiting.count_days_at_position(visit) == 1
    assert [one.state for one, _ in waiting.list_history(visit)] == ["accepted"]
