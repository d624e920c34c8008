"""Volunteers over real processes: one record per person; no name, contact or guardian in clear anywhere (Q2)."""

from __future__ import annotations

import itertools
from collections import Counter
from contextlib import closing
from typing import Any

from sqlalchemy import func, select

from app.core.db import db
from app.volunteers.models import Volunteer
from tests.races.callers import Call, at_once, connect, send
from tests.races.conftest import Service
from tests.races.test_sign_in import bearer, everything

CALLERS = 20
_phones = (f"1375678{n:04d}" for n in itertools.count())
ADULT: dict[str, Any] = {"real_name": "张海鸥", "birth_date": "1990-05-01", "district": "370202"}
CANARIES = ("金丝雀", "迦那利", "13722220001", "13722220002", "卡纳里")
ME = "/api/v1/me/volunteer"


def test_twenty_forms_of_one_person_at_once_make_one_record(service: Service) -> None:
    citizen = service.city.citizen(next(_phones))

    answers = at_once(service.port, [Call("PUT", ME, ADULT, bearer(citizen.token))] * CALLERS)

    assert Counter(answer.status for answer in answers) == {200: CALLERS}
    assert len({answer.json["volunteer_no"] for answer in answers}) == 1
    rows = select(func.count()).select_from(Volunteer).where(Volunteer.person_id == citizen.id)
    db.session.rollback()
    assert db.session.scalar(rows) == 1


def test_an_answer_to_an_invitation_is_one_of_the_two(service: Service) -> None:
    phone = next(_phones)
    made = service.city.invited(phone)
    citizen = service.city.citizen(phone)
    calls = [Call("POST", f"{ME}/{way}", {}, bearer(citizen.token)) for way in ("accept", "decline")] * 5

    answers = at_once(service.port, calls)

    db.session.rollback()
    row = db.session.get_one(Volunteer, made.id, populate_existing=True)
    assert {answer.status for answer in answers} <= {200, 404, 409}
    assert (row.state, row.real_name_enc is None) in (("active", False), ("archived", True))


def test_q2_no_name_contact_or_guardian_stands_in_clear_in_a_file_a_row_or_a_log(service: Service) -> None:
    name, guardian, contact_phone, guardian_phone, contact = CANARIES
    phone = next(_phones)
    service.city.invited(phone, real_name=name, emergency_contact=f"{contact} {contact_phone}")
    citizen = service.city.citizen(phone)
    child = {
        "birth_date": "2014-01-01",
        "guardian": {"name": guardian, "phone": guardian_phone, "consent": True},
        "emergency_contact": f"{contact} {contact_phone}",
    }
    with closing(connect(service.port)) as line:
        key = {"Idempotency-Key": "canary-of-volunteers"} | bearer(citizen.token)
        assert send(line, Call("POST", f"{ME}/accept", {}, key)).json["real_name_masked"] == "金*"
        assert send(line, Call("PUT", ME, child, bearer(citizen.token))).status == 200
        assert send(line, Call("PUT", ME, {"real_name": f"{name}1"}, bearer(citizen.token))).status == 422
        assert send(line, Call("GET", ME, None, bearer(citizen.token))).json["guardian"]["name_masked"] == "迦*"
    places = list(everything(service))
    assert any(b"canary-of-volunteers" in content for _, content in places), "it finds what does stand there"
    secrets = [canary.encode() for canary in CANARIES]
    assert [where for where, content in places if any(secret in content for secret in secrets)] == []
