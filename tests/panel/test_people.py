"""People in the panel: masked, found without their number in an address, revealed with a reason, frozen, signed out."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from app import jobs
from app.audit.models import AuditEntry
from app.core import clock
from app.core.db import db
from tests.builders import City, Guest
from tests.http.contract import assert_problem
from tests.panel.desk import ONE_DATABASE, Office
from tests.privacy.test_exports import PHONE_NUMBER, give_phone

pytestmark = ONE_DATABASE
MASKED = "138****8000"
REASON = {"reason": "本人来电核对"}


@pytest.fixture
def citizen(city: City) -> Guest:
    guest = city.guest()
    guest.call("PATCH", "/me", {"nickname": "林女士"})
    give_phone(guest.id)
    return guest


def _trail(action: str) -> list[Any]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def _act(office: Office, name: str, guest: Guest, who: str = "city", **data: str) -> Any:
    return office.desk(who).post(f"/admin/people/act/{name}/", {"id": str(guest.id), **data})


def test_numbers_are_masked_in_list_and_details(office: Office, citizen: Guest) -> None:
    for who in ("city", "auditor"):
        for page in (
            office.desk(who).get("/admin/people/").text,
            office.desk(who).get("/admin/people/details/", id=citizen.id).text,
        ):
            assert MASKED in page
            assert PHONE_NUMBER not in page


@pytest.mark.parametrize(
    "typed", ["13800138000", "+86 138-0013-8000", "0086 138 0013 8000", "１３８００１３８０００", "{id}", " {id} "]
)
def test_somebody_is_found_by_a_whole_number_however_written_or_by_an_id(
    office: Office, citizen: Guest, typed: str
) -> None:
    answer = office.desk("city").post("/admin/people/find", {"who": typed.replace("{id}", citizen.public_id)})

    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/admin/people/details/?id={citizen.id}")


@pytest.mark.parametrize("typed", ["1380013800", "8000", "13900139000", "林女士", "%", "", "x" * 5000, "\x00"])
def test_nobody_is_found_by_less_and_the_answer_says_how(office: Office, citizen: Guest, typed: str) -> None:
    desk = office.desk("city")

    answer = desk.post("/admin/people/find", {"who": typed})

    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/admin/people/")
    assert "完整的 11 位" in desk.get("/admin/people/").text


def test_a_number_is_revealed_with_a_reason_on_one_answer_and_the_act_is_audited_without_it(
    office: Office, citizen: Guest, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = _act(office, "reveal", citizen, **REASON)

    assert answer.status_code == 200
    assert PHONE_NUMBER in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert PHONE_NUMBER not in office.desk("city").get("/admin/people/details/", id=citizen.id).text
    (entry,) = _trail("people.reveal_phone")
    assert (entry.object_id, entry.reason, entry.actor) == (citizen.public_id, REASON["reason"], "staff:city.one")
    assert PHONE_NUMBER not in repr(entry.covered())
    assert PHONE_NUMBER not in caplog.text


def test_nothing_is_revealed_without_a_reason(office: Office, citizen: Guest) -> None:
    answer = _act(office, "reveal", citizen, reason=" ")

    assert answer.status_code == 422
    assert PHONE_NUMBER not in answer.text
    assert _trail("people.reveal_phone") == []


@pytest.mark.parametrize("name", ["reveal", "kick_out", "freeze"])
def test_an_auditor_looks_and_does_nothing(office: Office, citizen: Guest, name: str) -> None:
    assert _act(office, name, citizen, "auditor", **REASON).status_code == 403
    assert office.desk("auditor").get("/admin/people/details/", id=citizen.id).text.count("act/") == 0
    assert citizen.call("GET", "/me").status_code == 200


@pytest.mark.parametrize("who", ["shinan", "local_auditor"])
def test_a_district_sees_nobody(office: Office, citizen: Guest, who: str) -> None:
    """A person belongs to no district; a district sees visits to its stations and asks the city."""
    desk = office.desk(who)

    assert desk.get("/admin/people/").status_code == 403
    assert desk.get("/admin/people/details/", id=citizen.id).status_code == 403
    assert desk.post("/admin/people/find", {"who": PHONE_NUMBER}).status_code == 403
    assert _act(office, "reveal", citizen, who, **REASON).status_code == 403


def test_kicking_out_kills_every_token_at_once(app: Flask, city: City, office: Office, citizen: Guest) -> None:
    other = city.guest()
    copied = Guest(app.test_client(), citizen.token, citizen.id, citizen.public_id)
    assert copied.call("GET", "/me").status_code == 200

    assert _act(office, "kick_out", citizen).status_code == 303

    assert_problem(copied.call("GET", "/me"), 401, "auth.token_invalid")
    assert other.call("GET", "/me").status_code == 200
    assert [entry.after for entry in _trail("people.kick_out")] == [{"sessions": 1}]


def test_a_frozen_person_stamps_no_more_keeps_what_they_have_and_is_unfrozen(
    city: City, office: Office, citizen: Guest
) -> None:
    first, second = city.station(), city.station(code="YANDAO")
    citizen.check_in(city.poster(first))

    assert _act(office, "freeze", citizen, reason="代人打卡").status_code == 303

    assert_problem(citizen.check_in(city.poster(second)), 403, "checkin.account_frozen")
    assert citizen.call("GET", "/me/passport").json["collected"] == 1
    assert citizen.call("POST", "/me/export").status_code == 202, "rights over one's own data stay"
    assert _act(office, "freeze", citizen, **REASON).status_code == 409

    assert _act(office, "unfreeze", citizen, **REASON).status_code == 303

    assert citizen.check_in(city.poster(second)).status_code == 201
    (entry,) = _trail("people.freeze")
    assert (entry.before, entry.after, entry.reason) == ({"state": "active"}, {"state": "frozen"}, "代人打卡")


def test_the_list_is_filtered_by_kind_and_state(city: City, office: Office, citizen: Guest) -> None:
    leaving, gone, _ = city.guest(), city.guest(), city.guest()
    gone.call("POST", "/me/deletion")
    jobs.erase_people(clock.now() + timedelta(days=8))
    leaving.call("POST", "/me/deletion")
    _act(office, "freeze", citizen, **REASON)
    desk = office.desk("city")

    counts = {
        query: desk.count(f"/admin/people/?{query}")
        for query in ("kind=citizen", "kind=guest", "state=frozen", "state=leaving", "state=erased", "state=active")
    }

    assert counts == {
        "kind=citizen": 1, "kind=guest": 3, "state=frozen": 1, "state=leaving": 1, "state=erased": 1, "state=active": 1,
    }  # fmt: skip
    for strange in ("from=0001-01-01", "to=9999-12-31", "from=x"):
        assert desk.get(f"/admin/people/?{strange}").status_code == 200


def test_of_somebody_erased_nothing_can_be_done_and_nothing_is_shown(
    city: City, office: Office, citizen: Guest
) -> None:
    citizen.call("POST", "/me/deletion")
    assert "申请注销" in office.desk("city").get("/admin/people/details/", id=citizen.id).text
    jobs.erase_people(clock.now() + timedelta(days=8))

    page = office.desk("city").get("/admin/people/details/", id=citizen.id).text

    assert "已注销" in page
    assert "林女士" not in page
    assert MASKED not in page
    for name in ("reveal", "kick_out", "freeze"):
        assert _act(office, name, citizen, **REASON).status_code == 404
    assert (
        office.desk("city").post("/admin/people/find", {"who": PHONE_NUMBER}).headers["Location"].endswith("/people/")
    )


def test_a_nickname_is_text_wherever_it_is_shown(office: Office, city: City) -> None:
    guest = city.guest()
    guest.call("PATCH", "/me", {"nickname": "<img src=x>"})

    for page in (
        office.desk("city").get("/admin/people/").text,
        office.desk("city").get("/admin/people/details/", id=guest.id).text,
    ):
        assert "&lt;img src=x&gt;" in page
        assert "<img src=x>" not in page


def test_a_page_of_people_costs_the_same_few_statements(app: Flask, city: City, office: Office) -> None:
    desk = office.desk("city")

    def statements() -> int:
        seen: list[str] = []

        def note(*given: Any) -> None:
            seen.append(given[2])

        event.listen(db.engine, "before_cursor_execute", note)
        desk.get("/admin/people/")
        event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    give_phone(city.guest().id, "13900000001")
    few = statements()
    for number in range(10, 20):
        give_phone(city.guest().id, f"139000000{number}")

    assert statements() == few
