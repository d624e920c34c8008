"""Sign-ups over the API: what is answered, refused and found, each held against the document."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from app import jobs
from app.core import clock
from app.core.actor import SYSTEM
from app.core.clock import CITY_ZONE
from app.core.db import db, unit_of_work
from app.events import mine, signups
from app.events.models import Shift, SignUp
from tests.builders import City, Guest
from tests.http.contract import assert_documented, assert_problem

NOON = datetime(2026, 11, 25, 12, tzinfo=CITY_ZONE)


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with clock.frozen(NOON):
        yield


def call(guest: Guest, method: str, path: str, body: Any = None, **headers: str) -> Any:
    answer = guest.call(method, path, body, **headers)
    assert_documented(method, answer)
    return answer


def sign_up(guest: Guest, shift: Shift, **body: Any) -> Any:
    return call(guest, "POST", f"/shifts/{shift.public_id}/signups", body)


def test_signing_up_answers_with_the_seat_and_again_with_the_same(city: City) -> None:
    guest, _ = city.volunteer()
    shift = city.shift()
    first, again = sign_up(guest, shift), sign_up(guest, shift)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == {
        "id": first.json["id"],
        "state": "confirmed",
        "queue_position": None,
        "shift": {
            "id": shift.public_id,
            "starts_at": "2026-11-28T12:00:00+08:00",
            "ends_at": "2026-11-28T14:00:00+08:00",
        },
        "event": {"id": first.json["event"]["id"], "title": "栈桥文明引导"},
        "cancel_until": "2026-11-27T12:00:00+08:00",
    }
    assert first.json.items() <= again.json.items()


def test_the_queue_tells_ones_place_and_an_offer_moves_it(city: City) -> None:
    shift = city.shift(capacity=1)
    guests = [city.volunteer(f"1380013800{n}")[0] for n in range(4)]
    ids = [sign_up(guest, shift).json["id"] for guest in guests]
    assert call(guests[3], "GET", f"/signups/{ids[3]}").json["queue_position"] == 3
    left = call(guests[0], "DELETE", f"/signups/{ids[0]}").json
    assert (left["state"], left["late"]) == ("cancelled_self", False)
    offered = call(guests[1], "GET", f"/signups/{ids[1]}").json
    assert (offered["state"], offered["offer_until"]) == ("offered", "2026-11-26T00:00:00+08:00")
    assert call(guests[3], "GET", f"/signups/{ids[3]}").json["queue_position"] == 2
    taken = call(guests[1], "POST", f"/signups/{ids[1]}/accept", {}).json
    assert (taken["state"], taken["offer_until"]) == ("confirmed", None)
    assert taken["ticket"]["valid_until"] == "2026-11-28T14:00:00+08:00"
    assert call(guests[1], "GET", f"/signups/{ids[1]}").json["ticket"] == taken["ticket"]


def test_a_declined_offer_goes_to_the_next(city: City) -> None:
    shift = city.shift(capacity=1)
    guests = [city.volunteer(f"1380013800{n}")[0] for n in range(3)]
    ids = [sign_up(guest, shift).json["id"] for guest in guests]
    call(guests[0], "DELETE", f"/signups/{ids[0]}")
    assert call(guests[1], "POST", f"/signups/{ids[1]}/decline").json["state"] == "declined"
    assert call(guests[2], "GET", f"/signups/{ids[2]}").json["state"] == "offered"
    refused = call(guests[1], "POST", f"/signups/{ids[1]}/accept", {})
    assert_problem(refused, 409, "signup.state_conflict")


def test_an_offer_that_ran_out_says_so(city: City) -> None:
    shift = city.shift(capacity=1)
    guests = [city.volunteer(f"1380013800{n}")[0] for n in range(2)]
    ids = [sign_up(guest, shift).json["id"] for guest in guests]
    call(guests[0], "DELETE", f"/signups/{ids[0]}")
    for _ in range(2):
        with clock.frozen(NOON + timedelta(hours=12, seconds=1)):
            refused = call(guests[1], "POST", f"/signups/{ids[1]}/accept", {})
            assert_problem(refused, 409, "signup.offer_expired")
            jobs.offer_seats(clock.now())


def test_a_clash_names_the_other_shift(city: City) -> None:
    guest, _ = city.volunteer()
    other = sign_up(guest, city.shift()).json
    refused = sign_up(guest, city.shift(starts_in=timedelta(days=3, hours=1)))
    body = assert_problem(refused, 409, "signup.time_conflict")
    assert body["conflicts_with"] == {"id": other["id"], "event": other["event"], **_times(other)}
    assert [one["code"] for one in body["reasons"]] == ["signup.time_conflict"]
    assert body["reasons"][0]["message"] == body["detail"]
    assert "11-28 12:00–14:00" in body["detail"]


def _times(signup: dict[str, Any]) -> dict[str, Any]:
    return {name: signup["shift"][name] for name in ("starts_at", "ends_at")}


def test_every_reason_is_told_and_the_first_names_the_refusal(city: City) -> None:
    guest, _ = city.volunteer(birth_date=date(2012, 1, 1), qualifications={"first_aid": date(2026, 11, 27)})
    sign_up(guest, city.shift())
    event = city.event(risk_note_zh="礁石湿滑", risk_note_en="Slippery rocks", no_particular_risk=False)
    shift = city.shift(event, min_age=18, qualifications=["first_aid"])
    refused = guest.call("POST", f"/shifts/{shift.public_id}/signups", {}, Accept_Language="en")
    assert_documented("POST", refused)
    body = assert_problem(refused, 422, "signup.not_eligible")
    assert [one["code"] for one in body["reasons"]] == [
        "signup.too_young",
        "signup.qualification_missing",
        "signup.time_conflict",
        "signup.risk_ack_needed",
    ]
    assert "First aid" in body["reasons"][1]["message"]


@pytest.mark.parametrize(
    ("who", "status", "code"),
    [
        ("guest", 403, "signup.not_a_volunteer"),
        ("citizen", 403, "signup.not_a_volunteer"),
        ("pending", 403, "signup.not_a_volunteer"),
        ("suspended", 422, "signup.not_eligible"),
        ("frozen", 403, "signup.account_frozen"),
    ],
)
def test_who_may_not_is_told_what_to_do(city: City, who: str, status: int, code: str) -> None:
    shift = city.shift()
    if who in ("guest", "citizen"):
        guest = city.guest() if who == "guest" else city.citizen()
    else:
        more = {"state": who, "state_reason": "多次未到"} if who != "frozen" else {}
        guest, _ = city.volunteer(**more)
    if who == "frozen":
        from app.people.models import Person

        with unit_of_work():
            db.session.get_one(Person, guest.id).state = "frozen"
    body = assert_problem(sign_up(guest, shift), status, code)
    assert body["reasons"][0]["message"] == body["detail"]


def test_an_invitation_is_accepted_with_the_risk_acknowledged(city: City) -> None:
    guest, volunteer = city.volunteer()
    event = city.event(risk_note_zh="礁石湿滑", risk_note_en="Slippery rocks", no_particular_risk=False)
    shift = city.shift(event)
    with unit_of_work():
        invited = signups.invite(SYSTEM, shift.id, volunteer.id, at=NOON).public_id
    shown = call(guest, "GET", f"/signups/{invited}").json
    assert (shown["state"], shown["risk_note"], shown["ticket"]) == ("invited", "礁石湿滑", None)
    assert_problem(call(guest, "POST", f"/signups/{invited}/accept", {}), 422, "signup.risk_ack_needed")
    accepted = call(guest, "POST", f"/signups/{invited}/accept", {"risk_ack": True})
    assert accepted.json["state"] == "confirmed"


def test_a_shift_that_has_begun_takes_nobody_and_keeps_its_people(city: City) -> None:
    shift = city.shift()
    (mine_, _), (late, _) = city.volunteer("13800138001"), city.volunteer("13800138002")
    made = sign_up(mine_, shift).json
    with clock.frozen(shift.starts_at):
        assert_problem(sign_up(late, shift), 409, "signup.closed")
        assert_problem(call(mine_, "DELETE", f"/signups/{made['id']}"), 409, "signup.closed")


def test_a_cancelled_shift_says_why(city: City) -> None:
    guest, _ = city.volunteer()
    shift = city.shift()
    made = sign_up(guest, shift).json
    with unit_of_work():
        data = {"reason_zh": "大风", "reason_en": "Strong wind"}
        signups.cancel_shift(SYSTEM, shift.id, data=data, at=NOON)
    for language, reason in (("zh-CN", "大风"), ("en", "Strong wind")):
        shown = call(guest, "GET", f"/signups/{made['id']}", Accept_Language=language).json
        assert (shown["state"], shown["reason"]) == ("cancelled_org", reason)


def test_the_list_pages_forwards_from_a_day_and_backwards_without_one(city: City) -> None:
    guest, _ = city.volunteer()
    event = city.event()
    ids = [sign_up(guest, city.shift(event, starts_in=timedelta(days=day))).json["id"] for day in (3, 1, 2)]
    by_time = [ids[1], ids[2], ids[0]]

    def walk(query: str) -> list[str]:
        found, cursor = [], ""
        while True:
            page = call(guest, "GET", f"/me/signups?limit=1{query}{cursor}").json
            found += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                return found
            cursor = f"&cursor={page['next_cursor']}"

    assert walk("") == by_time[::-1]
    assert walk("&from=2026-11-27") == by_time[1:]
    call(guest, "DELETE", f"/signups/{ids[2]}")
    assert walk("&state=confirmed&from=2026-11-25") == [ids[1], ids[0]]
    assert walk("&state=cancelled_self") == [ids[2]]
    assert_problem(call(guest, "GET", "/me/signups?from=yesterday"), 422, "request.invalid")


@pytest.mark.parametrize(("method", "tail"), [("GET", ""), ("DELETE", ""), ("POST", "/accept"), ("POST", "/decline")])
def test_x2_anothers_sign_up_answers_like_an_unknown_one(city: City, method: str, tail: str) -> None:
    (mine_, _), (other, _) = city.volunteer("13800138001"), city.volunteer("13800138002")
    theirs = sign_up(other, city.shift()).json["id"]
    foreign = assert_problem(call(mine_, method, f"/signups/{theirs}{tail}"), 404, "resource.not_found")
    unknown = assert_problem(call(mine_, method, f"/signups/unknown{tail}"), 404, "resource.not_found")
    own = {name: value for name, value in foreign.items() if name not in ("request_id", "instance")}
    assert own.items() <= unknown.items()
    assert db.session.query(SignUp).one().state == "confirmed"


def test_x2_a_shift_of_a_draft_answers_like_an_unknown_one(city: City) -> None:
    guest, _ = city.volunteer()
    hidden = sign_up(guest, city.shift(city.event(state="draft")))
    assert_problem(hidden, 404, "resource.not_found")
    assert_problem(call(guest, "POST", "/shifts/unknown/signups", {}), 404, "resource.not_found")


def test_x3_nothing_but_the_acknowledgement_is_taken(city: City) -> None:
    guest, _ = city.volunteer()
    for extra in ({"state": "confirmed"}, {"volunteer_id": 1}, {"risk_ack": 1}):
        assert_problem(sign_up(guest, city.shift(), **extra), 422, "request.invalid")


def test_f1_a_key_replays_the_answer_and_a_refusal_is_not_kept(city: City) -> None:
    guest, _ = city.volunteer()
    event = city.event(risk_note_zh="礁石湿滑", risk_note_en="Slippery rocks", no_particular_risk=False)
    path = f"/shifts/{city.shift(event).public_id}/signups"
    assert call(guest, "POST", path, {}, Idempotency_Key="key-of-a-tap").status_code == 422
    first, again = (call(guest, "POST", path, {"risk_ack": True}, Idempotency_Key="key-of-a-tap") for _ in range(2))
    assert (first.status_code, again.data, again.headers["Idempotency-Replayed"]) == (201, first.data, "true")


def test_the_standing_to_an_event_agrees_with_signing_up(city: City) -> None:
    guest, _ = city.volunteer()
    event = city.event()
    taken = city.shift(event)
    clashing = city.shift(event, starts_in=timedelta(days=3, hours=1))
    free = city.shift(event, starts_in=timedelta(days=4), capacity=1)
    asks = city.shift(event, starts_in=timedelta(days=5), qualifications=["english"])
    made = sign_up(guest, taken).json
    found = mine.standing_in(guest.id, event.public_id, is_frozen=False, at=NOON)
    signup = found[taken.public_id].signup
    assert (signup.public_id, signup.state) == (made["id"], "confirmed")
    told = {shift.public_id: [one.code for one in found[shift.public_id].reasons] for shift in (clashing, free, asks)}
    assert told == {
        clashing.public_id: ["signup.time_conflict"],
        free.public_id: [],
        asks.public_id: ["signup.qualification_missing"],
    }
    for shift in (clashing, asks):
        refused = sign_up(guest, shift).json
        assert [one["code"] for one in refused["reasons"]] == told[shift.public_id]
    nobody = mine.standing_in(city.guest().id, event.public_id, is_frozen=False, at=NOON)
    assert {one.code for shown in nobody.values() for one in shown.reasons} == {"signup.not_a_volunteer"}
