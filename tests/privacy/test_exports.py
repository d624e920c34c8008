"""A copy of one's own data: complete, only one's own, fetched once, gone after a day (Q3)."""

from __future__ import annotations

import csv
import io
import json
import threading
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import jobs
from app.checkins import service as checkins
from app.checkins.models import CheckIn
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.core.secrets import blind_index, key_id
from app.factory import OWN_ROWS
from app.people.models import PHONE, PHONES, Person
from app.privacy import exports
from app.privacy.models import Export
from tests.builders import ZHANQIAO, City, Guest, at
from tests.http.contract import assert_problem

PHONE_NUMBER = "13800138000"
NOT_IN_A_COPY = {
    "idempotency": "answers of calls, kept two days to be given again; what they say stands in the rows themselves"
}
"""Tables that name a person and are left out of the copy, and why."""


def give_phone(person_id: int, number: str = PHONE_NUMBER) -> None:
    with unit_of_work():
        person = db.session.get_one(Person, person_id)
        person.phone_index, person.phone_enc = (
            blind_index(PHONES, number),
            PHONE.seal(number.encode(), person.public_id),
        )
        person.phone_verified_at = clock.now()


def copy_of(guest: Guest) -> zipfile.ZipFile:
    asked = guest.call("POST", "/me/export")
    assert asked.status_code == 202
    url = guest.call("GET", f"/me/export/{asked.json['id']}").json["download_url"]
    answer = guest.client.get(url.removeprefix("https://ouyu.test"))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="ouyu-')
    return zipfile.ZipFile(io.BytesIO(answer.data))


def rows_of(archive: zipfile.ZipFile) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(archive.read("data.json"))
    return found


def test_a_copy_is_complete_and_holds_nobody_elses_rows(city: City) -> None:
    station, mine, other = city.station(), city.guest(), city.guest()
    for one, nickname in ((mine, "=海边的我"), (other, "别人")):
        one.call("PATCH", "/me", {"nickname": nickname})
        one.check_in(city.poster(station), at(ZHANQIAO))
        one.check_in(city.poster(station).replace("k=", "k=x"))
        one.call("POST", "/me/consents", {"purpose": "privacy", "version": 1})
    give_phone(mine.id)
    stamped = db.session.scalars(select(CheckIn.id).where(CheckIn.person_id == mine.id, CheckIn.reason.is_(None))).one()
    with unit_of_work():
        checkins.void_check_in(SYSTEM, stamped, reason="代人打卡", at=clock.now())

    archive = copy_of(mine)

    rows = rows_of(archive)
    assert rows["profile"][0]["phone"] == PHONE_NUMBER
    assert rows["profile"][0]["nickname"] == "=海边的我"
    assert [(one["state"], one["explanation"], one["lat"]) for one in rows["checkins"]] == [
        ("void", "代人打卡", ZHANQIAO.lat),
        ("refused", None, None),
    ]
    assert len(rows["sessions"]) == 1
    assert [one["purpose"] for one in rows["consents"]] == ["privacy"]
    whole = "".join(archive.read(name).decode() for name in archive.namelist())
    assert "别人" not in whole
    assert other.public_id not in whole
    assert {f"{name}.csv" for name in rows if name != "made_at"} | {"README.txt", "data.json"} == set(
        archive.namelist()
    )
    sheet = list(csv.reader(io.StringIO(archive.read("profile.csv").decode("utf-8-sig"))))
    assert "'=海边的我" in sheet[1], "no spreadsheet takes a nickname for a formula"


def test_every_table_that_names_a_person_is_in_the_copy_or_left_out_with_a_reason(city: City) -> None:
    """A new table fails here until its domain adds itself to OWN_ROWS of the factory."""
    guest = city.guest()
    sheets = {name for own_rows in OWN_ROWS for name in own_rows(guest.id)} | {"persons", "erasures"}

    named = {table.name for table in db.metadata.tables.values() if "person_id" in table.columns}

    assert named - sheets == set(NOT_IN_A_COPY)


def test_a_download_link_works_once(city: City) -> None:
    guest = city.guest()
    export_id = guest.call("POST", "/me/export").json["id"]
    ready = guest.call("GET", f"/me/export/{export_id}").json
    path = ready["download_url"].removeprefix("https://ouyu.test")
    assert ready["state"] == "ready"
    assert guest.client.head(path).status_code == 200, "a link preview does not use it up"

    first, second = guest.client.get(path), guest.client.get(path)

    assert (first.status_code, second.status_code) == (200, 404)
    assert "重新导出" in second.text
    assert guest.call("GET", f"/me/export/{export_id}").json == {
        "id": export_id, "state": "expired", "download_url": None, "expires_at": None,
    }  # fmt: skip
    assert db.session.scalars(select(Export.file_enc)).all() == [None]


def test_of_two_who_open_one_link_at_once_one_gets_the_file(app: Flask, city: City) -> None:
    guest = city.guest()
    guest.call("POST", "/me/export")
    path = guest.call("GET", "/me/export/latest").json["download_url"].removeprefix("https://ouyu.test")
    barrier, seen = threading.Barrier(4), []

    def fetch() -> None:
        client = app.test_client()
        barrier.wait()
        seen.append(client.get(path).status_code)

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(seen) == [200, 404, 404, 404]


def test_a_copy_that_nobody_fetched_is_gone_after_a_day(city: City) -> None:
    guest = city.guest()
    guest.call("POST", "/me/export")
    path = guest.call("GET", "/me/export/latest").json["download_url"].removeprefix("https://ouyu.test")

    with clock.frozen(clock.now() + timedelta(hours=24, seconds=1)):
        assert guest.call("GET", "/me/export/latest").json["state"] == "expired"
        assert guest.client.get(path).status_code == 404
        assert jobs.keep_terms(clock.now()) == "1 copies"

    db.session.rollback()
    assert db.session.scalars(select(Export.file_enc)).all() == [None]


def test_the_waiting_file_is_sealed(city: City) -> None:
    guest = city.guest()
    guest.call("PATCH", "/me", {"nickname": "不许看见我"})
    guest.call("POST", "/me/export")

    sealed = db.session.scalars(select(Export.file_enc)).one()

    assert sealed is not None
    assert sealed.startswith(key_id() + ":")


def test_a_copy_whose_message_was_lost_is_prepared_within_a_minute(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    guest = city.guest()
    monkeypatch.setattr(exports.prepare_soon, "provider", lambda _: None)
    guest.call("POST", "/me/export")
    again = guest.call("POST", "/me/export")
    assert guest.call("GET", "/me/export/latest").json["state"] == "preparing"
    assert again.json["id"] == guest.call("GET", "/me/export/latest").json["id"], "one at a time"

    assert jobs.prepare_exports(clock.now()) == "1 copies prepared"

    assert guest.call("GET", "/me/export/latest").json["state"] == "ready"


def test_a_newer_copy_replaces_the_one_that_waits(city: City) -> None:
    guest = city.guest()
    first = guest.call("POST", "/me/export").json["id"]
    second = guest.call("POST", "/me/export").json["id"]

    states = [guest.call("GET", f"/me/export/{one}").json["state"] for one in (first, second)]

    assert states == ["expired", "ready"]


def test_the_copy_of_another_is_not_found_as_if_it_did_not_exist(city: City) -> None:
    mine, other = city.guest(), city.guest()
    export_id = mine.call("POST", "/me/export").json["id"]

    for unknown in (export_id, "nothing", "latest"):
        assert_problem(other.call("GET", f"/me/export/{unknown}"), 404, "resource.not_found")


@pytest.mark.parametrize(
    "token", ["x", "x.y", ".", "{id}", "{id}.", "{id}.0123456789abcdef0123456789abcdef", "{id}.海"]
)
def test_a_link_that_we_did_not_make_opens_nothing(city: City, token: str) -> None:
    guest = city.guest()
    export_id = guest.call("POST", "/me/export").json["id"]

    assert guest.client.get("/exports/" + token.replace("{id}", export_id)).status_code == 404
    assert guest.call("GET", f"/me/export/{export_id}").json["state"] == "ready"


def test_the_same_key_asks_for_one_copy(city: City) -> None:
    guest = city.guest()

    first, again = (guest.call("POST", "/me/export", Idempotency_Key="one-key-only") for _ in range(2))

    assert first.json == again.json
    assert again.headers["Idempotency-Replayed"] == "true"
