"""Check-in over HTTP: verdicts, repetitions, refusals that leave a trace, passport and history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from app.checkins.models import CheckIn
from app.checkins.rules import WRONG_DIGITS_PER_PERSON
from app.checkins.schemas import CheckInOut
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.core.geo import CoordSys, Point, from_wgs84
from app.people.models import Person
from app.stations import service as stations
from app.stations.codes import CredentialKind
from app.stations.models import Station
from tests.builders import ZHANQIAO, City, at

NOON = datetime(2026, 11, 22, 4, 0, 10, tzinfo=UTC)
THREE_KM_AWAY = Point(ZHANQIAO.lat + 0.027, ZHANQIAO.lng)
YANERDAO = Point(36.054, 120.395)


def rows() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(CheckIn)) or 0


def newest() -> CheckIn:
    db.session.rollback()
    return db.session.scalars(select(CheckIn).order_by(CheckIn.id.desc()).limit(1)).one()


def test_k1_poster_without_a_place_is_c_too_far_is_kept_and_inside_is_b(city: City, pier: Station) -> None:
    link = city.poster(pier)
    without = city.guest().check_in(link)
    assert (without.status_code, without.json["grade"], without.json["result"]) == (201, "C", "accepted")
    far = city.guest().check_in(link, at(THREE_KM_AWAY))
    assert (far.status_code, far.json["code"]) == (422, "checkin.too_far")
    assert 2900 < far.json["distance_m"] < 3100
    assert (far.json["radius_m"], far.json["accuracy_m"]) == (350, 12)
    kept = newest()
    assert (kept.state, kept.reason, kept.public_id) == ("refused", "too_far", far.json["id"])
    inside = city.guest().check_in(link, at(ZHANQIAO))
    assert (inside.status_code, inside.json["grade"], inside.json["distance_m"]) == (201, "B", 0)


def test_an_accepted_visit_says_all_that_the_contract_promises(city: City, pier: Station) -> None:
    city.station(code="YANDAO", circles=[{"lat": YANERDAO.lat, "lng": YANERDAO.lng, "radius_m": 150}])
    with clock.frozen(NOON):
        body = city.guest().check_in(city.poster(pier), at(ZHANQIAO)).json
    assert body == {
        "id": newest().public_id,
        "result": "accepted",
        "already": False,
        "grade": "B",
        "station": {"code": "ZHANQIAO", "name": "栈桥驿站"},
        "checked_in_at": "2026-11-22T12:00:10+08:00",
        "business_date": "2026-11-22",
        "distance_m": 0,
        "station_open": None,
        "passport": {"collected": 1, "total": 2},
        "message": "已盖章：栈桥驿站，2026-11-22。",
    }
    assert set(body) == set(CheckInOut().fields)


def test_the_answer_speaks_english_when_asked(city: City, pier: Station) -> None:
    body = city.guest().check_in(city.poster(pier), Accept_Language="en").json
    assert body["station"]["name"] == "Zhanqiao Pier"
    assert body["message"].startswith("Stamped: Zhanqiao Pier, ")


def test_second_check_in_on_the_same_day_returns_the_first(city: City, pier: Station) -> None:
    guest = city.guest()
    with clock.frozen(NOON):
        first = guest.check_in(city.poster(pier)).json
    with clock.frozen(NOON + timedelta(hours=2)):
        again = guest.check_in(city.poster(pier))
    assert again.status_code == 200
    assert again.json | {"already": False, "message": first["message"]} == first
    assert again.json["already"] is True
    assert again.json["message"] == "您已经盖过章了，今天 12:00，不用再排队。"
    assert rows() == 1


def test_better_evidence_later_the_same_day_raises_the_grade_and_keeps_the_time(city: City, pier: Station) -> None:
    guest = city.guest()
    with clock.frozen(NOON):
        guest.check_in(city.poster(pier))
    with clock.frozen(NOON + timedelta(hours=1)):
        raised = guest.check_in(city.digits(pier), at(ZHANQIAO)).json
    assert (raised["already"], raised["grade"], raised["distance_m"]) == (True, "A", 0)
    assert raised["checked_in_at"] == "2026-11-22T12:00:10+08:00"
    kept = newest()
    assert (kept.grade, kept.distance_m, kept.accuracy_m) == ("A", 0, 12)
    assert kept.step is not None


def test_weaker_evidence_later_leaves_the_grade_and_its_evidence_alone(city: City, pier: Station) -> None:
    guest = city.guest()
    guest.check_in(city.digits(pier), at(ZHANQIAO))
    again = guest.check_in(city.poster(pier)).json
    assert (again["already"], again["grade"]) == (True, "A")
    assert (newest().distance_m, newest().accuracy_m) == (0, 12)


def test_whoever_has_todays_stamp_is_never_told_to_be_too_far(city: City, pier: Station) -> None:
    guest = city.guest()
    guest.check_in(city.poster(pier), at(ZHANQIAO))
    again = guest.check_in(city.poster(pier), at(THREE_KM_AWAY))
    assert (again.status_code, again.json["already"], again.json["grade"]) == (200, True, "B")
    assert rows() == 1


def test_yesterdays_stamp_does_not_excuse_todays_distance(city: City, pier: Station) -> None:
    guest = city.guest()
    with clock.frozen(NOON - timedelta(days=1)):
        guest.check_in(city.poster(pier), at(ZHANQIAO))
    with clock.frozen(NOON):
        assert guest.check_in(city.poster(pier), at(THREE_KM_AWAY)).json["code"] == "checkin.too_far"


def test_2359_and_0001_in_the_city_are_two_days(city: City, pier: Station) -> None:
    guest = city.guest()
    before_midnight = datetime(2026, 11, 22, 15, 59, tzinfo=UTC)
    with clock.frozen(before_midnight):
        first = guest.check_in(city.poster(pier)).json
    with clock.frozen(before_midnight + timedelta(minutes=2)):
        second = guest.check_in(city.poster(pier)).json
    assert (first["business_date"], second["business_date"]) == ("2026-11-22", "2026-11-23")
    assert second["already"] is False


def test_k2_rotating_digits_of_each_age(city: City, pier: Station) -> None:
    other = city.station(code="YANDAO")
    with clock.frozen(NOON):
        digits = {back: city.digits(pier, NOON - timedelta(seconds=30 * back)) for back in (0, 1, 2, 20, 21)}
        one = city.guest()
        assert (one.check_in(digits[0]).json["grade"], city.guest().check_in(digits[1]).status_code) == ("B", 201)
        for back in (2, 20):
            assert city.guest().check_in(digits[back]).json["code"] == "checkin.code_expired"
        assert city.guest().check_in(digits[21]).json["code"] == "checkin.code_invalid"
        foreign = "ZHANQIAO:" + city.digits(other).partition(":")[2]
        assert city.guest().check_in(foreign).json["code"] == "checkin.code_invalid"
        tampered = digits[0][:-1] + str((int(digits[0][-1]) + 1) % 10)
        assert city.guest().check_in(tampered).json["code"] == "checkin.code_invalid"
        again = one.check_in(digits[0])
        assert (again.status_code, again.json["already"]) == (200, True)


def test_the_next_steps_digits_do_not_count_yet(city: City, pier: Station) -> None:
    with clock.frozen(NOON):
        ahead = city.digits(pier, NOON + timedelta(seconds=30))
        assert city.guest().check_in(ahead).json["code"] == "checkin.code_invalid"


def test_digits_with_a_place_inside_are_a(city: City, pier: Station) -> None:
    assert city.guest().check_in(city.digits(pier), at(ZHANQIAO)).json["grade"] == "A"


def test_one_step_stamps_one_day_even_across_midnight(city: City, pier: Station) -> None:
    guest = city.guest()
    last_step = datetime(2026, 11, 22, 15, 59, 40, tzinfo=UTC)
    digits = city.digits(pier, last_step)
    with clock.frozen(last_step):
        assert guest.check_in(digits).status_code == 201
    with clock.frozen(last_step + timedelta(seconds=30)):
        assert guest.check_in(digits).json["code"] == "checkin.code_expired"
        assert city.guest().check_in(digits).status_code == 201


def test_digits_of_a_revoked_secret_are_revoked(city: City, pier: Station) -> None:
    digits = city.digits(pier)
    _revoke(pier, CredentialKind.ROTATING)
    assert city.guest().check_in(digits).json["code"] == "checkin.code_revoked"


def test_revoking_poster_one_leaves_poster_two_alone(city: City, pier: Station) -> None:
    first = city.poster(pier)
    with unit_of_work():
        stations.issue_credential(SYSTEM, pier.id, kind=CredentialKind.POSTER, at=clock.now())
    second = city.poster(pier)
    assert city.guest().check_in(first).status_code == 201
    _revoke(pier, CredentialKind.POSTER, version=1)
    refused = city.guest().check_in(first)
    assert (refused.status_code, refused.json["code"]) == (422, "checkin.code_revoked")
    assert city.guest().check_in(second).status_code == 201


@pytest.mark.parametrize(
    "spoil",
    [
        lambda link: link[:-1] + ("a" if link[-1] != "a" else "b"),
        lambda link: link.replace("v=1", "v=2"),
        lambda link: link.partition("&k=")[0],
        lambda link: "ZHANQIAO",
    ],
)
def test_a_poster_that_is_not_ours_is_invalid_and_kept(city: City, pier: Station, spoil: object) -> None:
    refused = city.guest().check_in(spoil(city.poster(pier)))  # type: ignore[operator]
    assert (refused.status_code, refused.json["code"]) == (422, "checkin.code_invalid")
    assert newest().public_id == refused.json["id"]


def test_a_poster_of_another_station_does_not_open_this_one(city: City, pier: Station) -> None:
    other = city.station(code="YANDAO")
    swapped = city.poster(other).replace("YANDAO", "ZHANQIAO")
    assert city.guest().check_in(swapped).json["code"] == "checkin.code_invalid"


@pytest.mark.parametrize("credential", ["NOSUCH:123456", "hello", "https://example.com/"])
def test_a_credential_that_names_no_station_is_invalid_and_not_recorded(
    city: City, pier: Station, credential: str
) -> None:
    refused = city.guest().check_in(credential)
    assert (refused.status_code, refused.json["code"]) == (422, "checkin.code_invalid")
    assert "id" not in refused.json
    assert rows() == 0


def test_a_drafts_poster_is_invalid_and_a_withdrawn_stations_says_so(city: City) -> None:
    draft = city.station(opened=False)
    assert city.guest().check_in(city.poster(draft)).json["code"] == "checkin.code_invalid"
    with unit_of_work():
        stations.open_station(SYSTEM, draft.id, at=clock.now())
        stations.withdraw_station(SYSTEM, draft.id, reason="改造", at=clock.now())
    gone = city.guest().check_in(city.poster(draft), Accept_Language="en")
    assert (gone.status_code, gone.json["code"]) == (409, "checkin.station_withdrawn")
    assert gone.json["detail"].startswith("Zhanqiao Pier has been withdrawn")


def test_a_closed_or_paused_station_still_stamps_and_says_so(city: City, pier: Station) -> None:
    data = {"reason_zh": "大风", "reason_en": "Strong wind", "until": clock.now() + timedelta(hours=2)}
    with unit_of_work():
        stations.close_station(SYSTEM, pier.id, data=data, at=clock.now())
    closed = city.guest().check_in(city.poster(pier)).json
    assert (closed["result"], closed["station_open"]) == ("accepted", False)
    assert "大风" in closed["message"]
    with unit_of_work():
        stations.pause_station(SYSTEM, pier.id, data=data, at=clock.now())
    paused = city.guest().check_in(city.poster(pier), Accept_Language="en").json
    assert (paused["result"], paused["station_open"]) == ("accepted", False)
    assert "Strong wind" in paused["message"]


def test_a_station_within_its_hours_is_open_and_unknown_hours_are_null(city: City) -> None:
    noon = [{"weekday": 6, "on_date": None, "closed": False, "opens_min": 540, "closes_min": 1020}]
    station = city.station(opening=noon)
    with clock.frozen(NOON):
        assert city.guest().check_in(city.poster(station)).json["station_open"] is True
    with clock.frozen(NOON + timedelta(days=1)):
        assert city.guest().check_in(city.poster(station)).json["station_open"] is None


def test_a_frozen_account_is_refused_and_the_attempt_kept(city: City, pier: Station) -> None:
    guest = city.guest()
    with unit_of_work():
        db.session.execute(update(Person).where(Person.id == guest.id).values(state="frozen"))
    refused = guest.check_in(city.poster(pier), at(ZHANQIAO))
    assert (refused.status_code, refused.json["code"]) == (403, "checkin.account_frozen")
    assert newest().reason == "account_frozen"


def test_ten_wrong_digits_by_one_person_are_too_many_even_for_the_right_ones(city: City, pier: Station) -> None:
    guest, other = city.guest(), city.guest()
    with clock.frozen(NOON):
        right = city.digits(pier)
        wrong = "ZHANQIAO:" + f"{(int(right[-6:]) + 500_000) % 1_000_000:06d}"
        for _ in range(WRONG_DIGITS_PER_PERSON):
            assert guest.check_in(wrong).json["code"] == "checkin.code_invalid"
        refused = guest.check_in(right)
        assert (refused.status_code, refused.json["code"]) == (429, "checkin.too_many")
        assert int(refused.headers["Retry-After"]) == 600
        assert rows() == WRONG_DIGITS_PER_PERSON
        assert guest.check_in(city.poster(pier)).status_code == 201
        assert other.check_in(right).status_code == 201
    with clock.frozen(NOON + timedelta(minutes=11)):
        assert guest.check_in(city.digits(pier)).status_code == 200


def test_expired_digits_are_no_guess(city: City, pier: Station) -> None:
    guest = city.guest()
    with clock.frozen(NOON):
        old = city.digits(pier, NOON - timedelta(minutes=2))
        for _ in range(WRONG_DIGITS_PER_PERSON):
            guest.check_in(old)
        assert guest.check_in(city.digits(pier)).status_code == 201


def test_wrong_digits_of_many_people_at_one_address_close_one_station_only(
    city: City, pier: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.checkins.rules.WRONG_DIGITS_PER_STATION_AND_ADDRESS", 3)
    other = city.station(code="YANDAO")
    with clock.frozen(NOON):
        right = city.digits(pier)
        wrong = "ZHANQIAO:" + f"{(int(right[-6:]) + 500_000) % 1_000_000:06d}"
        for _ in range(3):
            city.guest().check_in(wrong)
        assert city.guest().check_in(right).json["code"] == "checkin.too_many"
        assert city.guest().check_in(city.digits(other)).status_code == 201


@pytest.mark.parametrize("coord_sys", list(CoordSys))
def test_a_place_is_read_in_the_datum_it_is_given_in(city: City, pier: Station, coord_sys: CoordSys) -> None:
    shown = from_wgs84(ZHANQIAO, coord_sys)
    location = {"lat": shown.lat, "lng": shown.lng, "accuracy_m": 5.0, "coord_sys": coord_sys.value}
    assert city.guest().check_in(city.poster(pier), location).json["distance_m"] == 0


def test_mislabelled_coordinates_are_454_m_off_and_refused(city: City, pier: Station) -> None:
    shown = from_wgs84(ZHANQIAO, CoordSys.GCJ02)
    refused = city.guest().check_in(city.poster(pier), at(shown, accuracy_m=5.0))
    assert (refused.json["code"], refused.json["distance_m"]) == ("checkin.too_far", 454)


def test_a_position_less_certain_than_200_m_counts_as_none(city: City, pier: Station) -> None:
    body = city.guest().check_in(city.poster(pier), at(THREE_KM_AWAY, accuracy_m=201.0)).json
    assert (body["result"], body["grade"]) == ("accepted", "C")


@pytest.mark.parametrize(
    ("location", "pointer"),
    [
        ({"lat": 91.0}, "/location/lat"),
        ({"lng": -180.5}, "/location/lng"),
        ({"accuracy_m": 0}, "/location/accuracy_m"),
        ({"accuracy_m": -5}, "/location/accuracy_m"),
        ({"accuracy_m": "12"}, "/location/accuracy_m"),
        ({"lat": True}, "/location/lat"),
        ({"coord_sys": "mars"}, "/location/coord_sys"),
        ({"speed": 1}, "/location/speed"),
    ],
)
def test_a_place_that_cannot_be_is_refused_by_field(
    city: City, pier: Station, location: dict[str, object], pointer: str
) -> None:
    refused = city.guest().check_in(city.poster(pier), at(ZHANQIAO) | location)
    assert (refused.status_code, refused.json["code"]) == (422, "request.invalid")
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]
    assert rows() == 0


@pytest.mark.parametrize("missing", ["lat", "lng", "accuracy_m", "coord_sys"])
def test_a_place_needs_all_its_parts(city: City, pier: Station, missing: str) -> None:
    location = {name: value for name, value in at(ZHANQIAO).items() if name != missing}
    refused = city.guest().check_in(city.poster(pier), location)
    assert [error["pointer"] for error in refused.json["errors"]] == [f"/location/{missing}"]


def _revoke(station: Station, kind: CredentialKind, version: int = 1) -> None:
    from app.stations import queries

    wanted = next(c for c in queries.list_credentials(station.id) if (c.kind, c.version) == (kind, version))
    with unit_of_work():
        stations.revoke_credential(SYSTEM, wanted.id, reason="旧版", at=clock.now())
