"""Volunteers by the JSON door: joining, invitations, what one's own record says, and whom it never tells about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.http.idempotency import IdempotencyRow
from app.people.models import Person
from app.privacy import queries as consents
from app.volunteers import desk
from app.volunteers import queries as volunteers
from app.volunteers.models import Volunteer
from app.volunteers.rules import Origin, find_volunteer_no
from tests.builders import City, Guest
from tests.http.contract import assert_documented, assert_problem, pointers

NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
PHONE = "13800138000"
SQLITE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
ADULT: dict[str, Any] = {"real_name": "张海鸥", "birth_date": "1990-05-01", "district": "370202"}
GUARDIAN = {"name": "张大海", "phone": "+86 139 0013 9000", "consent": True}


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.frozen(NOON):
        yield


def join(guest: Guest, **changes: Any) -> Any:
    answer = guest.call("PUT", "/me/volunteer", {**ADULT, **changes})
    assert_documented("PUT", answer)
    return answer


def count(table: type) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


# --- joining


def test_an_adult_with_a_verified_phone_is_active_at_once(city: City) -> None:
    guest = city.citizen()
    answer = join(
        guest, gender="female", skills=["guide"], languages=["zh", "en"], emergency_contact="李四 13900139000"
    )

    assert answer.status_code == 200
    assert answer.json["state"] == "active"
    assert answer.json["real_name_masked"] == "张*"
    assert find_volunteer_no(answer.json["volunteer_no"]) == answer.json["volunteer_no"]
    assert answer.json["qualifications"] == []
    assert answer.json["district"] == {"code": "370202", "name": "市南区"}
    assert (answer.json["skills"], answer.json["languages"]) == (["guide"], ["zh", "en"])
    assert guest.call("GET", "/me/volunteer").json == answer.json
    card = {"volunteer_no": answer.json["volunteer_no"], "state": "active"}
    assert guest.call("GET", "/me").json["volunteer"] == card


@SQLITE
@pytest.mark.parametrize("who", ["guest", "by_wechat"])
def test_without_a_verified_phone_nobody_becomes_a_volunteer(city: City, who: str) -> None:
    guest = city.guest()
    assert_problem(guest.call("PUT", "/me/volunteer", ADULT), 403, "volunteer.phone_required")
    assert_problem(guest.call("GET", "/me/volunteer"), 404, "resource.not_found")
    assert "volunteer" not in guest.call("GET", "/me").json


@SQLITE
@pytest.mark.parametrize(
    ("born", "guardian", "state"),
    [
        ("2008-11-25", None, "active"),
        ("2008-11-26", None, "pending"),
        ("2012-11-25", None, "pending"),
        ("2012-11-26", GUARDIAN, "pending"),
        ("1990-05-01", GUARDIAN, "pending"),
    ],
)
def test_minors_and_wards_wait_for_the_office(city: City, born: str, guardian: Any, state: str) -> None:
    more = {"guardian": guardian} if guardian else {}
    assert join(city.citizen(), birth_date=born, **more).json["state"] == state


@SQLITE
def test_under_14_needs_a_guardian_who_agreed(city: City) -> None:
    guest = city.citizen()
    assert_problem(join(guest, birth_date="2012-11-26"), 422, "volunteer.guardian_needed")
    refused = join(guest, birth_date="2012-11-26", guardian={**GUARDIAN, "consent": False})
    assert_problem(refused, 422, "request.invalid")
    assert pointers(refused) == ["/guardian/consent"]
    assert count(Volunteer) == 0


@SQLITE
def test_the_guardian_is_shown_masked_and_cannot_be_taken_away_from_who_needs_one(city: City) -> None:
    guest = city.citizen()
    answer = join(guest, birth_date="2013-01-01", guardian=GUARDIAN)

    assert answer.json["guardian"] == {"name_masked": "张*", "phone_masked": "139****9000"}
    refused = guest.call("PUT", "/me/volunteer", {"guardian": None})
    assert_problem(refused, 422, "volunteer.guardian_needed")


@SQLITE
def test_joining_agrees_to_the_texts_about_real_names_and_guardians(city: City) -> None:
    guest = city.citizen()
    join(guest, birth_date="2013-01-01", guardian=GUARDIAN)

    given = {one.purpose for one in consents.list_consents(guest.id) if one.withdrawn_at is None}
    assert given == {"realname", "guardian"}


@SQLITE
@pytest.mark.parametrize("lacking", ["real_name", "birth_date", "district"])
def test_at_first_name_birthday_and_district_are_needed(city: City, lacking: str) -> None:
    body = {name: value for name, value in ADULT.items() if name != lacking}
    refused = city.citizen().call("PUT", "/me/volunteer", body)

    assert_problem(refused, 422, "request.invalid")
    assert pointers(refused) == [f"/{lacking}"]


@SQLITE
@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"state": "active"}, "/state"),
        ({"volunteer_no": "123456782"}, "/volunteer_no"),
        ({"person_id": 1}, "/person_id"),
        ({"qualifications": []}, "/qualifications"),
        ({"id_number": "370202199005010011"}, "/id_number"),
        ({"birth_date": "2026-02-30"}, "/birth_date"),
        ({"birth_date": "1990-5-1"}, "/birth_date"),
        ({"birth_date": "１９９０-05-01"}, "/birth_date"),
        ({"birth_date": "2026-11-26"}, "/birth_date"),
        ({"birth_date": 19900501}, "/birth_date"),
        ({"birth_date": None}, "/birth_date"),
        ({"district": "110101"}, "/district"),
        ({"skills": ["juggling"]}, "/skills/0"),
        ({"skills": "guide"}, "/skills"),
        ({"languages": ["en"] * 9}, "/languages"),
        ({"gender": "x"}, "/gender"),
        ({"real_name": "张三1"}, "/real_name"),
        ({"guardian": {"name": "张", "phone": "139", "consent": True, "id": 1}}, "/guardian/id"),
        ({"guardian": {"name": "张大海", "phone": "139", "consent": True}}, "/guardian/phone"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(city: City, changes: dict[str, Any], pointer: str) -> None:
    refused = join(city.citizen(), **changes)

    assert_problem(refused, 422, "request.invalid")
    assert pointer in pointers(refused)
    assert count(Volunteer) == 0


# --- changing


def test_what_is_left_out_stays_and_null_empties(city: City) -> None:
    guest = city.citizen()
    before = join(guest, emergency_contact="李四 13900139000", gender="male", skills=["guide"]).json

    after = guest.call("PUT", "/me/volunteer", {"gender": None, "languages": ["en"]}).json

    assert after == before | {"gender": None, "languages": ["en"]}
    assert after["emergency_contact_masked"] == "李*"


@SQLITE
def test_who_turns_out_a_minor_is_looked_at_again(city: City) -> None:
    guest = city.citizen()
    join(guest)
    assert guest.call("PUT", "/me/volunteer", {"birth_date": "2010-01-01"}).json["state"] == "pending"
    assert guest.call("PUT", "/me/volunteer", {"birth_date": "1990-01-01"}).json["state"] == "pending"


@SQLITE
def test_a_suspended_volunteer_reads_why_and_stays_suspended_whatever_they_send(city: City) -> None:
    guest = city.citizen()
    join(guest)
    found = volunteers.find_volunteer(guest.id)
    assert found is not None
    with unit_of_work():
        desk.suspend(SYSTEM, found.id, reason="多次未到", at=NOON)

    again = join(guest, real_name="张海燕").json

    assert again["state"] == "suspended"
    assert "多次未到" in again["state_note"]


@SQLITE
def test_who_was_archived_may_ask_again_and_is_looked_at(city: City) -> None:
    guest = city.citizen()
    join(guest)
    found = volunteers.find_volunteer(guest.id)
    assert found is not None
    with unit_of_work():
        desk.archive(SYSTEM, found.id, reason="已搬走", at=NOON)

    assert join(guest).json["state"] == "pending"


# --- invitations


def test_an_invitation_hangs_on_a_phone_that_the_first_sign_in_proves(city: City) -> None:
    made = city.invited()
    person = db.session.get_one(Person, made.person_id)
    assert person.phone_verified_at is None

    guest = city.citizen(PHONE)

    assert guest.id == made.person_id
    assert guest.call("GET", "/me").json["volunteer"] == {"volunteer_no": made.volunteer_no, "state": "invited"}
    accepted = guest.call("POST", "/me/volunteer/accept", Idempotency_Key="accept-once-1")
    assert_documented("POST", accepted)
    assert (accepted.status_code, accepted.json["state"]) == (200, "active")
    again = guest.call("POST", "/me/volunteer/accept")
    assert (again.status_code, again.json) == (200, accepted.json)


def test_a_guest_who_proves_the_phone_brings_their_visits_to_the_invitation(city: City) -> None:
    station = city.station()
    made = city.invited()
    guest = city.guest()
    city.visit(station, guest)

    citizen = city.citizen(PHONE, guest)

    assert citizen.id == made.person_id
    assert citizen.call("GET", "/me/passport").json["collected"] == 1


@SQLITE
def test_an_invitation_by_name_and_phone_alone_is_completed_by_the_form(city: City) -> None:
    city.invited(origin=Origin.UNIT, birth_date=None)
    guest = city.citizen(PHONE)

    refused = guest.call("POST", "/me/volunteer/accept")
    assert_problem(refused, 422, "request.invalid")
    assert pointers(refused) == ["/birth_date"]
    assert guest.call("PUT", "/me/volunteer", {"birth_date": "1990-05-01"}).json["state"] == "active"


@SQLITE
def test_a_minor_who_accepts_waits_for_the_office(city: City) -> None:
    city.invited(birth_date=date(2010, 1, 1))
    assert city.citizen(PHONE).call("POST", "/me/volunteer/accept").json["state"] == "pending"


def test_declining_empties_what_was_written_about_somebody(city: City) -> None:
    made = city.invited(emergency_contact="李四 13900139000")
    guest = city.citizen(PHONE)

    declined = guest.call("POST", "/me/volunteer/decline")

    assert_documented("POST", declined)
    assert (declined.status_code, declined.json["state"]) == (200, "archived")
    db.session.expire_all()
    row = db.session.get_one(Volunteer, made.id)
    assert (row.real_name_enc, row.real_name_index, row.birth_date, row.emergency_contact_enc) == (None,) * 4
    assert_problem(guest.call("GET", "/me/volunteer"), 404, "resource.not_found")
    assert "volunteer" not in guest.call("GET", "/me").json
    assert join(guest).json["state"] == "active"


@SQLITE
def test_who_is_a_volunteer_already_cannot_decline(city: City) -> None:
    guest = city.citizen()
    join(guest)
    assert_problem(guest.call("POST", "/me/volunteer/decline"), 409, "volunteer.state_conflict")
    assert_problem(city.citizen("13700137000").call("POST", "/me/volunteer/decline"), 404, "resource.not_found")


def test_a_person_known_by_wechat_alone_takes_the_invitation_over_with_the_phone(city: City, app: Flask) -> None:
    """The office wrote a phone down; that is no account of anybody, so it does not stand in its owner's way."""
    made = city.invited()
    guest = city.guest()
    code = guest.call("POST", "/auth/wechat", {"code": "demo:volunteer"})
    assert code.status_code == 200, code.json
    mine = Guest(app.test_client(), code.json["token"], 0, code.json["person"]["id"])

    proved = mine.call("POST", "/auth/sms", {"phone": PHONE, "code": city.code(PHONE)})

    assert proved.status_code == 200, proved.json
    assert proved.json["person"]["id"] == mine.public_id
    assert mine.call("GET", "/me/volunteer").json["volunteer_no"] == made.volunteer_no
    assert db.session.get(Person, made.person_id) is None


# --- what nobody else learns


def test_no_answer_and_no_kept_answer_holds_a_name_or_a_phone_in_clear(city: City) -> None:
    city.invited(emergency_contact="李四光 13700137001")
    guest = city.citizen(PHONE)
    said = [
        guest.call("POST", "/me/volunteer/accept", Idempotency_Key="accept-once-2").text,
        join(guest, guardian=GUARDIAN).text,
        guest.call("GET", "/me/volunteer").text,
        guest.call("GET", "/me").text,
    ]
    kept = [row.body.decode() for row in db.session.scalars(select(IdempotencyRow)) if row.body]

    assert kept
    for secret in ("张海鸥", "张大海", "13900139000", "李四光", "13700137001", PHONE):
        assert not [text for text in (*said, *kept) if secret in text], secret


# --- consents taken back


def test_taking_realname_back_empties_the_record(city: City) -> None:
    guest = city.citizen()
    join(guest, guardian=GUARDIAN)

    assert guest.call("DELETE", "/me/consents/realname").status_code == 204

    row = volunteers.find_volunteer_for_change(guest.id)
    assert row is not None
    assert (row.state, row.real_name_enc, row.birth_date, row.guardian_phone_enc) == ("archived", None, None, None)


@SQLITE
@pytest.mark.parametrize(("born", "stays"), [("1990-05-01", True), ("2013-01-01", False)])
def test_taking_guardian_back_empties_the_guardian_and_who_cannot_do_without(
    city: City, born: str, stays: bool
) -> None:
    guest = city.citizen()
    join(guest, birth_date=born, guardian=GUARDIAN)

    guest.call("DELETE", "/me/consents/guardian")

    found = volunteers.find_volunteer(guest.id)
    assert (found is not None) is stays
    assert found is None or (found.guardian_name_enc, found.guardian_consent_at) == (None, None)
