"""The OpenAPI document: whole, true to the routes, and its examples work."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.checkins import service as checkins
from app.checkins.models import CheckIn
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.events import signups
from app.http import openapi
from app.http.blueprint import ROUTES
from app.inbox import service as inbox
from app.stations import service as stations
from tests.builders import ZHANQIAO, City, Guest, at
from tests.http.contract import Caller
from tests.photos import photo

DOCS_PHONE = "138 0000 0000"
METHODS = {"get", "post", "put", "patch", "delete"}
VOLUNTEER = {"real_name": "张海鸥", "birth_date": "1990-05-01", "district": "370202"}
FAR = {"lat": 36.2, "lng": 120.4, "accuracy_m": 5.0, "coord_sys": "wgs84"}


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """(method, path) → operation."""
    paths = openapi.document()["paths"]
    return {(method, path): item[method] for path, item in paths.items() for method in item if method in METHODS}


def references(part: Any) -> set[str]:
    if isinstance(part, dict):
        own = {part["$ref"]} if "$ref" in part else set()
        return own.union(*(references(value) for value in part.values()))
    return set().union(*(references(value) for value in part)) if isinstance(part, list) else set()


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_the_document_is_served_as_31_and_survives_json(client: FlaskClient) -> None:
    served = client.get("/api/v1/openapi.json")
    assert served.content_type == "application/json"
    assert served.json["openapi"].startswith("3.1.")
    assert served.json["paths"].keys() == openapi.document()["paths"].keys()
    assert {"title", "version"} <= served.json["info"].keys()


def test_every_reference_leads_somewhere_and_every_schema_is_used(app_once: Flask) -> None:
    document = openapi.document()
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references(document) == known


def _ask_as_volunteer(call: Caller, city: City) -> None:
    """Every call about oneself as a volunteer, the refused ones too."""
    guest = call.guest
    child = {**VOLUNTEER, "birth_date": "2020-02-02", "gender": "female", "emergency_contact": "李四 13900139000"}
    call("GET", "/me/volunteer")
    call("PUT", "/me/volunteer", VOLUNTEER)
    for phone, act in (("13600136001", "accept"), ("13600136002", "decline")):
        city.invited(phone)
        call.guest = city.citizen(phone)
        call("POST", f"/me/volunteer/{act}")
        call("PUT", "/me/volunteer", child)
        call("PUT", "/me/volunteer", {**child, "guardian": {"name": "张大海", "phone": phone, "consent": True}})
        call("GET", "/me/volunteer", Accept_Language="en")
        call("GET", "/me")
    call.guest = guest


def _ask_about_signups(call: Caller, city: City) -> None:
    """Every call about sign-ups, the refused ones too."""
    guest = call.guest
    shift, clashing = city.shift(capacity=1), city.shift()
    people = [city.volunteer(f"1350013500{n}")[0] for n in range(3)]
    ids = []
    for one in people:
        call.guest = one
        ids.append(call("POST", f"/shifts/{shift.public_id}/signups", {"risk_ack": True}).json["id"])
    call.guest = people[0]
    call("POST", f"/shifts/{clashing.public_id}/signups", {})
    for path in (f"/shifts/{shift.public_id}", "/shifts/unknown", f"/shifts/{clashing.public_id}"):
        call("POST", f"{path}/signups", {}, Accept_Language="en")
    for _ in range(2):
        call("DELETE", f"/signups/{ids[0]}")
    call("DELETE", "/signups/unknown")
    for guest_, volunteer, act in (
        (*city.volunteer("13500135008"), "decline"),
        (*city.volunteer("13500135009"), "accept"),
    ):
        with unit_of_work():
            one = signups.invite(SYSTEM, clashing.id, volunteer.id, at=clock.now()).public_id
        call.guest = guest_
        for _ in range(2):
            call("POST", f"/signups/{one}/{act}")
        call("GET", f"/signups/{one}")
    for query in ("", "?state=confirmed&from=2026-01-01&limit=1", "?state=x"):
        call("GET", f"/me/signups{query}")
    call.guest = guest


def test_every_schema_is_json_schema_2020_12(app_once: Flask) -> None:
    for name, schema in openapi.document()["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid(schema | {"$schema": "https://json-schema.org/draft/2020-12/schema"}), name


def test_operation_ids_are_unique_and_everything_is_said_in_words(app_once: Flask) -> None:
    found = operations()
    assert len({operation["operationId"] for operation in found.values()}) == len(found)
    for where, operation in found.items():
        assert operation["summary"].strip().endswith("."), where
        assert operation["tags"], where
        for answer in operation["responses"].values():
            assert answer["description"].strip(), where


def test_every_route_of_the_api_is_in_the_document_and_nothing_else(app_once: Flask) -> None:
    routed = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app_once.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint in ROUTES
    }
    assert set(operations()) == routed


def test_every_path_parameter_is_described_and_has_an_example(app_once: Flask) -> None:
    for (_, path), operation in operations().items():
        described = {p["name"]: p for p in operation["parameters"] if p["in"] == "path"}
        assert set(re.findall(r"{(\w+)}", path)) == set(described)
        assert all(p["required"] and p["example"] for p in described.values())


def test_a_person_is_asked_for_a_token_exactly_where_the_route_does(app_once: Flask) -> None:
    secured = {op["operationId"] for op in operations().values() if op.get("security") == [{"session": []}]}
    assert secured == {name.partition(".")[2] for name, route in ROUTES.items() if route.access.name == "people"}


# -- X4: live answers against the document ---------------------------------------------------------------------------


@pytest.fixture
def full_city(city: City) -> City:
    """Stations of every look: with hours, a closure, services, an operator, several circles; and a bare one."""
    daily = [
        {"weekday": day, "on_date": None, "closed": False, "opens_min": 540, "closes_min": 1020} for day in range(6)
    ]
    holiday = {
        "weekday": None,
        "on_date": clock.business_date(clock.now()),
        "closed": True,
        "opens_min": None,
        "closes_min": None,
    }
    services = [
        {"code": "first_aid_kit", "note_zh": "在柜台", "note_en": "at the desk", "available": True},
        {"code": "wheelchair", "note_zh": "", "note_en": "", "available": False},
    ]
    long_text = "海" * 2000
    pier = city.station(
        opening=[*daily, holiday],
        services=services,
        description_zh=long_text,
        description_en="x" * 2000,
        phone="+86 532 8288 0000",
        languages=["zh", "en", "ja"],
        circles=[{"lat": ZHANQIAO.lat + n / 1000, "lng": ZHANQIAO.lng, "radius_m": 350} for n in range(3)],
    )
    city.station(code="YANDAO", kind="sight", name_zh="燕" * 60, name_en="Y" * 120)
    city.station(code="GONE")
    city.station(code="OLDPIER")
    city.shift(city.event(station_id=pier.id, title_zh="引" * 60, title_en="g" * 120))
    city.shift(city.event(state="cancelled", cancel_reason_zh="风" * 200, cancel_reason_en="w" * 200))
    closure = {"reason_zh": "修" * 200, "reason_en": "w" * 200, "until": clock.now() + timedelta(days=2)}
    with unit_of_work():
        stations.close_station(SYSTEM, pier.id, data=closure, at=clock.now())
    return city


def test_x4_every_answer_is_what_the_document_says_and_nothing_beside_it(full_city: City) -> None:
    city = full_city
    call = Caller(city.guest())
    pier, sight, gone = (_station(code) for code in ("ZHANQIAO", "YANDAO", "GONE"))
    call("POST", "/auth/guest", {"device_id": "abc"})
    call("POST", "/auth/guest", {})
    code = call("POST", "/auth/sms/code", {"phone": DOCS_PHONE}).json["demo_code"]
    call("POST", "/auth/sms/code", {"phone": DOCS_PHONE})
    call("POST", "/auth/sms/code", {"phone": "110"})
    call("POST", "/auth/sms", {"phone": DOCS_PHONE, "code": code[::-1] + "0"})
    call("POST", "/auth/sms", {"phone": "13900139000", "code": "123456"})
    for path in ("/status", "/services", "/districts", "/stations", "/stations/ZHANQIAO", "/stations/YANDAO"):
        for language in ("zh-CN", "en"):
            assert call("GET", path, Accept_Language=language).status_code == 200
    near = "lat=36.06&lng=120.31&coord_sys=gcj02"
    for query in (near, f"{near}&limit=1", "limit=1", "q=zhan", "kind=sight", "open_now=true", "service=first_aid_kit",
                  "district=370202", "out_coord_sys=bd09", "q=nothing"):  # fmt: skip
        assert call("GET", f"/stations?{query}").status_code == 200
    shown = _ask_about_events(call)
    etag = call("GET", "/stations").headers["ETag"]
    assert call("GET", "/stations", If_None_Match=etag).status_code == 304
    for station, location in ((pier, at(ZHANQIAO)), (pier, None), (sight, None), (gone, FAR)):
        call("POST", "/checkins", {"credential": city.poster(station)} | ({"location": location} if location else {}))
    call(
        "POST",
        "/checkins",
        {"credential": city.digits(gone), "client_time": "2026-11-22T09:12:00+08:00"},
        Idempotency_Key="12345678",
    )
    call(
        "POST",
        "/checkins",
        {"credential": city.digits(gone), "client_time": "2026-11-22T09:12:00+08:00"},
        Idempotency_Key="12345678",
    )
    call("POST", "/checkins", {"credential": "ZHANQIAO:123456"})
    kept = [
        {"key": f"kept-{n:04d}", "credential": shown, "client_time": "2026-01-01T09:12:00+08:00"}
        for n, shown in enumerate(
            (city.poster(_station("OLDPIER")), "ZHANQIAO:123456", city.poster(pier).replace("v=1", "v=7"))
        )
    ]
    answers = call("POST", "/checkins/batch", {"items": kept}).json["items"]
    held = answers[0]["body"]["id"]
    for _ in range(2):
        call("POST", f"/checkins/{held}/appeal", {"text": "在现场"})
    call("POST", "/checkins/unknown/appeal", {"text": "在现场"})
    link = call("POST", "/feedback", {"about": "app", "text": "地图打不开"}).json["status_url"].rpartition("/")[2]
    for token in (link, "unknown"):
        call("GET", f"/feedback/{token}")
    message = _read_messages(call)
    _void_one(call.guest)
    with unit_of_work():
        stations.withdraw_station(SYSTEM, gone.id, reason="改造", at=clock.now())
    call("POST", "/checkins", {"credential": city.poster(gone)})
    for path in ("/me", "/me/passport", "/me/checkins", "/me/checkins?limit=1", "/me/sessions"):
        assert call("GET", path).status_code == 200
    results = {item["result"] for item in call("GET", "/me/checkins").json["items"]}
    assert results == {"accepted", "pending_review", "refused", "void"}
    call("POST", "/kiosk/pair", {"code": "0000 0000"})
    call("GET", "/kiosk/codes")
    person, call.guest.token = call.guest.token, call("POST", "/kiosk/pair", {"code": city.kiosk_code()}).json["token"]
    assert call("GET", "/kiosk/codes").status_code == 200
    call.guest.token = person
    call.send_photo("/scan", photo("ZHANQIAO?v=1&k=x"))
    call("PATCH", "/me", {"nickname": "海鸥", "locale": "en", "elder_mode": True})
    _ask_about_privacy(call)
    _ask_as_volunteer(call, city)
    _ask_about_signups(call, city)
    for bad in ("/stations?limit=0", "/stations/NOWHERE", "/me/checkins?cursor=x"):
        call("GET", bad)
    call.guest.token = call("POST", "/auth/wechat", {"code": "somebody:1"}).json["token"]
    call("POST", "/auth/wechat", {"code": "somebody:1"})
    call("POST", "/auth/sms", {"phone": DOCS_PHONE, "code": code})
    call("GET", "/me")
    call("DELETE", "/me/sessions/unknown")
    call("DELETE", "/me/sessions/current")
    call("GET", "/me")
    call.guest = city.guest()
    call("POST", "/auth/logout")
    found = {
        "{code}": "ZHANQIAO",
        "{session_id}": "current",
        "{purpose}": "location",
        "{export_id}": "latest",
        "{checkin_id}": held,
        "{token}": link,
        "{event_id}": shown,
        "{message_id}": message,
    }
    concrete = {(m, re.sub(r"{\w+}", lambda blank: found.get(blank[0], blank[0]), p)) for m, p in operations()}
    seen = {(m, f"/api/v1{_without_ids_of_signups(p)}") for m, p in call.seen}
    assert seen >= concrete, "an operation that no answer was seen of"


def _without_ids_of_signups(path: str) -> str:
    path = re.sub(r"^/shifts/[^/]+", "/shifts/{shift_id}", path)
    return re.sub(r"^/signups/[^/]+", "/signups/{signup_id}", path)


def _ask_about_events(call: Caller) -> str:
    """Every call about the programme, the refused ones too. Returns the id of an event."""
    shown: list[str] = []
    for language in ("zh-CN", "en"):
        shown = [item["id"] for item in call("GET", "/events", Accept_Language=language).json["items"]]
        assert [call("GET", f"/events/{one}", Accept_Language=language).status_code for one in shown] == [200, 200]
        assert [call("GET", f"/events/{one}.ics").status_code for one in shown] == [200, 200]
    for query in ("limit=1", "from=2026-01-01&to=2026-01-02", "has_places=true", "state=over", "q=nothing", "state=x"):
        call("GET", f"/events?{query}")
    call("GET", "/events/unknown")
    call("GET", "/events/unknown.ics")
    call("POST", "/me/calendar")
    return shown[0]


def _read_messages(call: Caller) -> str:
    """Every call about messages, the refused ones too; returns the id of one."""
    message = _tell_something(call.guest)
    for path in ("/me/inbox", "/me/inbox?unread=true&limit=1", "/me/inbox?cursor=x"):
        call("GET", path)
    for id_ in (message, "unknown"):
        call("POST", f"/me/inbox/{id_}/read")
    return message


def _tell_something(guest: Guest) -> str:
    """Tell somebody something; returns the message's id."""
    with unit_of_work():
        facts = {"event_zh": "栈桥引导", "event_en": "Guides", "starts_at": "2026-11-25T09:00:00+08:00"}
        inbox.tell(guest.id, "signup.waitlisted", facts, "a-key", clock.now(), link="/signups/x")
    return str(guest.call("GET", "/me/inbox").json["items"][0]["id"])


def _ask_about_privacy(call: Caller) -> None:
    """Every call about consents, the refused ones too."""
    assert call("GET", "/consents").status_code == 200
    for version in (1, 1, 2):
        call("POST", "/me/consents", {"purpose": "location", "version": version})
    for purpose in ("location", "location", "nothing"):
        call("DELETE", f"/me/consents/{purpose}")
    assert call("GET", "/me/consents").status_code == 200
    call("GET", "/me/export/latest")
    call("POST", "/me/export")
    assert call("GET", "/me/export/latest").json["state"] == "ready"
    for method in ("GET", "POST", "GET", "DELETE"):
        call(method, "/me/deletion")


def _station(code: str) -> Any:
    from app.stations import queries

    return queries.get_station_by_code(code)


def _void_one(guest: Guest) -> None:
    db.session.rollback()
    visit = db.session.scalars(
        select(CheckIn).where(CheckIn.person_id == guest.id, CheckIn.state == "accepted")
    ).first()
    assert visit is not None
    with unit_of_work():
        checkins.void_check_in(SYSTEM, visit.id, reason="重复", at=clock.now())


def test_x4_public_answers_hold_nothing_about_people(full_city: City) -> None:
    guest = full_city.guest()
    guest.check_in(full_city.poster(_station("ZHANQIAO")), at(ZHANQIAO))
    me = guest.call("GET", "/me").json
    personal = (me["id"], me["nickname"], guest.token)
    public = [path for (method, path), op in operations().items() if method == "get" and "security" not in op]
    assert len(public) >= 5
    told = full_city.app.test_client().post("/api/v1/feedback", json={"about": "app", "text": "字太小"})
    token = told.json["status_url"].rpartition("/")[2]
    event = full_city.app.test_client().get("/api/v1/events").json["items"][0]["id"]
    for path in public:
        named = path.replace("{code}", "ZHANQIAO").replace("{token}", token).replace("{event_id}", event)
        answer = full_city.app.test_client().get(named)
        assert answer.status_code == 200, path
        assert not [word for word in personal if word in answer.text], path


def test_x4_credentials_and_secrets_stand_in_no_public_answer(full_city: City) -> None:
    station = _station("ZHANQIAO")
    mac = full_city.poster(station).partition("k=")[2]
    digits = full_city.digits(station).partition(":")[2]
    for path in ("/stations", "/stations/ZHANQIAO", "/openapi.json"):
        text = full_city.app.test_client().get(f"/api/v1{path}").text
        assert mac not in text
        assert f'"{digits}"' not in text


# -- examples --------------------------------------------------------------------------------------------------------
